"""出件: a result comes back, somebody is told, and the right person takes it against a record."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from station.cases.fold import Stage
from station.cases.hall_events import Decided
from station.cases.models import CaseEvent, Document
from station.cases.numbers import grouped
from station.cases.place import place_of
from station.cases.review import Desk, accept, decide
from station.cases.terms import End
from station.cases.uploads import Upload
from sync import outbox
from tests.station.cases.samples import OLD_WOMAN, REVIEWER
from tests.station.hall_desk import PDF, HallDesk

RECEIVER = {"relation": "本人", "receiver": "李䶮英", "id_kind": "idcard", "id_number": OLD_WOMAN}


class Tray:
    """The agent at the village's window, after the hall decided one case with a result file."""

    def __init__(self, folder: Path) -> None:
        self.desk = HallDesk(folder)
        self.village = self.desk.village
        self.case_id = self.desk.arrives()
        with self.desk.hall.node.using():
            reviewer = Desk(place_of(self.desk.hall.node), REVIEWER)
            accept(reviewer, self.case_id)
            made = Decided(end=End.DONE, result="高龄津贴审批表", licence_number="曲民高津〔2026〕118 号")
            decide(reviewer, self.case_id, made, Upload(PDF, "application/pdf", "审批表.pdf"))
        self.village.signs_in("agent")

    def page(self, path: str = "") -> str:
        return self.village.opens(f"/handout/{path}").text

    def hands_out(self, **changed: str) -> TestResponse:
        form = {**RECEIVER, "signature": "signed", "witness": "", "note": "", **changed}
        return self.village.sends(f"/handout/{self.case_id}/hand-out", form)

    def record(self) -> bytes:
        return self.village.opens(f"/handout/{self.case_id}/record.pdf").data


@pytest.fixture
def tray(tmp_path: Path) -> Iterator[Tray]:
    found = Tray(tmp_path)
    found.desk.carries()
    yield found
    found.desk.closes()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tray]:
    """A tray for the tests that are refused everything: it is as it was after each of them."""
    found = Tray(tmp_path_factory.mktemp("still"))
    found.desk.carries()
    yield found
    found.desk.closes()


@pytest.fixture
def tray_without_files(tmp_path: Path) -> Iterator[Tray]:
    found = Tray(tmp_path)
    found.desk.carries(with_files=False)
    yield found
    found.desk.closes()


def read(pdf: bytes, folder: Path) -> str:
    """The text of a PDF without blanks."""
    if not shutil.which("pdftotext"):
        pytest.skip("poppler-utils reads the paper: apt-get install poppler-utils")
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    run = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True)
    return "".join(run.stdout.split())


def test_a_result_that_came_waits_in_the_tray_with_masked_names(still: Tray) -> None:
    page = still.page()

    assert "高龄老人津贴申请" in page and "高龄津贴审批表" in page
    assert "李**" in page and "李䶮英" not in page and OLD_WOMAN not in page
    assert 'class="tag a">待通知' in page
    assert "待领取（1）" in page


def test_the_result_file_can_be_looked_at(still: Tray) -> None:
    page = still.page(still.case_id)
    address = page.split(f"/handout/{still.case_id}/result/")[1].split('"')[0]

    answer = still.village.opens(f"/handout/{still.case_id}/result/{address}")

    assert answer.data == PDF
    assert answer.headers["Content-Type"].startswith("application/pdf")


def test_telling_the_applicant_is_noted_and_reported(tray: Tray) -> None:
    tray.village.sends(f"/handout/{tray.case_id}/tell", way="电话", person="李䶮英")

    assert 'class="tag b">已通知' in tray.page()
    with tray.village.node.using():
        assert "result.told" in [letter.kind for letter in outbox.state_of(tray.case_id)]


def test_handing_over_makes_event_letter_and_paper_together(tray: Tray, tmp_path: Path) -> None:
    tray.village.sends(f"/handout/{tray.case_id}/tell", way="电话", person="李䶮英")

    answer = tray.hands_out()

    assert answer.status_code == 302
    words = read(tray.record(), tmp_path)
    assert "送达回证" in words and "曲民高津〔2026〕118号" in words and "高龄津贴审批表" in words
    assert "李䶮英（居民身份证4402**********" in words and OLD_WOMAN not in words
    assert "上列文书已当面点交" in words
    with tray.village.node.using():
        kinds = [letter.kind for letter in outbox.state_of(tray.case_id)]
        assert kinds[-2:] == ["result.handed_out", "document.printed"]
    assert "已领取（1）" in tray.page()


def test_the_hall_learns_who_took_it(tray: Tray) -> None:
    tray.hands_out()
    tray.desk.carries()

    assert tray.desk.view(tray.case_id).stage is Stage.HANDED_OUT


def test_a_result_is_handed_out_once(tray: Tray) -> None:
    tray.hands_out()

    again = tray.hands_out()

    assert again.status_code == 409
    assert "没有待领取的结果" in again.text
    with tray.village.node.using():
        assert CaseEvent.select().where(CaseEvent.kind == "result.handed_out").count() == 1
        assert Document.select().where(Document.kind == "handout").count() == 1


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"receiver": ""}, "receiver", "请填写领取人姓名"),
        ({"receiver": "李1"}, "receiver", "只能有文字"),
        ({"id_number": ""}, "id_number", "请填写证件号码"),
        ({"id_number": OLD_WOMAN[:-1]}, "id_number", "应为 18 位"),
        ({"id_number": OLD_WOMAN[:-1] + "X"}, "id_number", "校验码对不上"),
        ({"relation": "邻居"}, "relation", "请选择谁来领"),
        ({"relation": ""}, "relation", "请选择谁来领"),
        ({"id_kind": "uscc"}, "id_kind", "请选择证件类型"),
        ({"signature": "wave"}, "signature", "请选择签收方式"),
        ({"relation": "代办人"}, "id_number", "与收件时登记的代办人不一致"),
        ({"relation": "受托人"}, "note", "要写明凭什么领"),
        ({"id_kind": "passport", "id_number": "E12345678"}, "id_number", "与申请人的不一致"),
        ({"signature": "refused"}, "witness", "拒签时要有见证人"),
        ({"signature": "refused", "witness": "王某"}, "note", "写明拒收的理由"),
        ({"note": "长" * 301}, "note", "最多 300 个字"),
        ({"witness": "\x07"}, "witness", "控制字符"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_kept(
    still: Tray, changed: dict[str, str], field: str, said: str
) -> None:
    answer = still.hands_out(**changed)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text and said in answer.text
    with still.village.node.using():
        assert CaseEvent.select().where(CaseEvent.kind == "result.handed_out").count() == 0
        assert Document.select().where(Document.kind == "handout").count() == 0


def test_a_trusted_person_takes_it_with_a_written_power(tray: Tray, tmp_path: Path) -> None:
    tray.hands_out(
        relation="受托人",
        receiver="张示例",
        id_kind="passport",
        id_number="e12345678",
        note="2026-11-20 委托书",
    )

    words = read(tray.record(), tmp_path)
    assert "张示例（护照E123*5678，受托人）" in words


def test_a_refused_result_is_recorded_with_witness_and_reason(tray: Tray, tmp_path: Path) -> None:
    tray.hands_out(signature="refused", witness="王某", note="认为档次核低了")

    words = read(tray.record(), tmp_path)
    assert "受送达人拒收。理由：认为档次核低了。见证人：王某。" in words


def test_a_result_whose_file_is_on_its_way_is_not_handed_out(tray_without_files: Tray) -> None:
    tray = tray_without_files

    assert "文件还在路上" in tray.page()
    assert "登记领取" not in tray.page(tray.case_id)
    assert tray.hands_out().status_code == 409


def test_a_reprint_says_which_and_why_and_needs_a_reason(tray: Tray, tmp_path: Path) -> None:
    tray.hands_out()
    first = tray.record()

    assert tray.village.sends(f"/handout/{tray.case_id}/reprint", reason="").status_code == 422
    tray.village.sends(f"/handout/{tray.case_id}/reprint", reason="领取人遗失")

    assert "补打第2次打印，原因：领取人遗失" in read(tray.record(), tmp_path)
    assert "补打" not in read(first, tmp_path)


def test_a_result_nobody_takes_for_thirty_days_stands_in_a_list_of_its_own(tray: Tray) -> None:
    assert "30 天无人领取（0）" in tray.page()

    tray.village.time.passes(days=31)
    tray.village.signs_in("agent")

    assert "30 天无人领取（1）" in tray.page()
    assert "高龄老人津贴申请" in tray.page("?show=unclaimed")


def test_a_number_leads_to_its_result(still: Tray) -> None:
    number = grouped(still.desk.view(still.case_id).received.body.receipt_number)

    answer = still.village.opens(f"/handout/?number={number}")

    assert answer.headers["Location"].endswith(still.case_id)


@pytest.mark.parametrize(
    "number", ["1", "x" * 400, "4402051002010120261122000", "440205103201012026112200070"]
)
def test_a_wrong_number_is_said_beside_its_field(still: Tray, number: str) -> None:
    answer = still.village.opens(f"/handout/?number={number}")

    assert answer.status_code == 200
    assert 'href="#number"' in answer.text


@pytest.mark.parametrize("path", ["x", "ff" * 16, "?show=all", f"{'ff' * 16}/record.pdf"])
def test_what_is_not_here_is_answered_in_chinese(still: Tray, path: str) -> None:
    answer = still.village.opens(f"/handout/{path}")

    assert answer.status_code == 404
    assert "本机没有" in answer.text or "没有这个页面" in answer.text


def test_a_case_without_a_result_has_no_page_here(tray: Tray) -> None:
    other = tray.desk.arrives(token="b" * 32)

    assert tray.village.opens(f"/handout/{other}").status_code == 404
    assert (
        tray.village.sends(f"/handout/{other}/hand-out", {**RECEIVER, "signature": "signed"}).status_code
        == 409
    )


def test_the_record_is_dated_by_the_stations_own_clock(tray: Tray, tmp_path: Path) -> None:
    tray.village.time.at = datetime(2026, 12, 1, 2, 5, tzinfo=UTC)
    tray.village.signs_in("agent")

    tray.hands_out()

    assert "2026-12-0110:05" in read(tray.record(), tmp_path)
