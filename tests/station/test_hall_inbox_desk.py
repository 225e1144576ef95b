"""One case on the reviewer's desk: its papers, its story, and every act with what it refuses."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from station.audit import AuditLine
from station.cases.fold import Stage
from station.cases.hall_events import Accepted, Decided, Dispatched, Refused, Stepped
from station.cases.parts import Agent
from station.cases.terms import Authority, End, Outcome, Way
from sync.outbox import state_of
from tests.station.cases.samples import MORNING, OLD_WOMAN
from tests.station.cases.world import application
from tests.station.hall_desk import PDF, PNG, HallDesk, scanned
from tests.tools.counter import Counter

DECISION = {"end": "6", "result": "高龄津贴审批表", "valid_until": "", "reason": ""}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[HallDesk]:
    found = HallDesk(tmp_path)
    yield found
    found.closes()


def only_scan(desk: HallDesk, case_id: str) -> str:
    [sha256] = desk.view(case_id).files
    return f"{case_id}/files/{sha256}"


# what the reviewer sees


def test_the_desk_shows_applicant_form_materials_story_and_custody(desk: HallDesk) -> None:
    page = desk.opens(desk.arrives()).text

    assert "李䶮英" in page and OLD_WOMAN in page
    assert "6228000000000000000" in page and "银行账号" in page
    assert "居民身份证应清晰" in page
    assert "收件" in page and "大厅签收" in page
    assert "大厅已签收，日志第" in page and "站点 → 大厅" in page


def test_hall_and_station_tell_an_event_in_the_same_words(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.village.signs_in("agent")

    for page in (desk.opens(case_id).text, desk.village.opens(f"/cases/{case_id}").text):
        assert "材料 3 份" in page and "时钟未核对" in page


def test_a_photo_stands_in_the_page_and_a_pdf_is_a_download(desk: HallDesk) -> None:
    case_id = desk.arrives(id_card=scanned(PNG, "image/png", "正面.png"))

    picture = desk.opens(only_scan(desk, case_id))

    assert f'<img class="photo" src="/inbox/{only_scan(desk, case_id)}"' in desk.opens(case_id).text
    assert picture.data == PNG
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["Content-Disposition"].startswith("inline")


def test_nothing_in_a_scan_can_run(desk: HallDesk) -> None:
    case_id = desk.arrives(id_card=scanned())

    answer = desk.opens(only_scan(desk, case_id))

    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data == PDF


def test_what_calls_itself_a_picture_and_is_none_is_only_a_download(desk: HallDesk) -> None:
    case_id = desk.arrives(id_card=scanned(b"<html><script>1</script>", "image/png", "a.png"))

    answer = desk.opens(only_scan(desk, case_id))

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_scan_still_on_its_way_is_told_with_how_far_it_is(desk: HallDesk) -> None:
    case_id = str(desk.takes_in(id_card=scanned()).cases[0].case_id)
    desk.carries(with_files=False)

    assert "还在路上，已到 0%" in desk.opens(case_id).text
    assert desk.opens(only_scan(desk, case_id)).status_code == 404


def test_a_file_of_another_case_is_not_given_out_here(desk: HallDesk) -> None:
    first = desk.arrives(id_card=scanned())
    second = desk.arrives(token="b" * 32)
    sha256 = only_scan(desk, first).rpartition("/")[2]

    assert desk.opens(f"{second}/files/{sha256}").status_code == 404


@pytest.mark.parametrize("case_id", ["0" * 32, "x", "../boss"])
def test_a_case_that_is_not_here_is_refused_in_words(desk: HallDesk, case_id: str) -> None:
    assert desk.opens(case_id).status_code == 404


# acceptance


def test_accepting_starts_the_limits_and_tells_the_station(desk: HallDesk) -> None:
    case_id = desk.arrives()

    answer = desk.accepts(case_id)
    desk.carries()

    accepted = desk.view_at_village(case_id).accepted
    assert answer.status_code == 302 and accepted is not None
    assert accepted.body.document_number == "曲江区民政局受〔2026〕1号"
    assert accepted.body.promised is not None and accepted.body.promised.value == 10


def test_five_silent_working_days_make_the_acceptance_count_from_the_receipt(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.passes(days=9)

    assert "自收到材料之日起即为受理" in desk.opens(f"{case_id}/accept").text
    desk.accepts(case_id)

    [accepted] = desk.view(case_id).all(Accepted)
    assert accepted.body.since == MORNING.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_accepting_needs_a_basis_and_says_so_beside_the_field(desk: HallDesk) -> None:
    case_id = desk.arrives()

    answer = desk.does(case_id, "accept", basis=" ")

    assert answer.status_code == 422
    assert 'href="#basis"' in answer.text and 'aria-invalid="true"' in answer.text
    assert desk.view(case_id).accepted is None


def test_a_case_is_accepted_once_however_often_the_button_is_pressed(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)

    answer = desk.accepts(case_id)

    assert answer.status_code == 409 and "已受理" in answer.text
    assert len(desk.view(case_id).all(Accepted)) == 1


def test_refusing_needs_reason_basis_and_remedy(desk: HallDesk) -> None:
    case_id = desk.arrives()

    answer = desk.does(case_id, "refuse", reason="", basis="", remedy="")

    assert answer.status_code == 422
    assert all(f'href="#{name}"' in answer.text for name in ("reason", "basis", "remedy"))


def test_a_refusal_reaches_the_station_with_its_remedy(desk: HallDesk) -> None:
    case_id = desk.arrives()
    form = {"reason": "户籍不在本区", "basis": "津贴办法第三条", "remedy": "六十日内可申请行政复议。"}

    desk.does(case_id, "refuse", form)
    desk.carries()

    [refused] = desk.view_at_village(case_id).all(Refused)
    assert "行政复议" in refused.body.remedy
    assert desk.view_at_village(case_id).stage is Stage.REFUSED


def test_the_refusal_form_brings_the_usual_remedy_along(desk: HallDesk) -> None:
    assert "行政诉讼" in desk.opens(f"{desk.arrives()}/refuse").text


def test_turning_away_at_the_precheck_needs_a_reason(desk: HallDesk) -> None:
    case_id = desk.arrives()

    assert desk.does(case_id, "precheck", outcome=Outcome.REFUSE.value, reason="").status_code == 422
    assert desk.does(case_id, "precheck", outcome=Outcome.PASS.value, reason="").status_code == 302
    assert "预审</a>" not in desk.opens(case_id).text


# steps, decision, dispatch


def test_steps_are_told_with_the_opinion_of_who_took_them(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)

    desk.does(case_id, "step", step="2", action="pass", opinion="材料属实")

    [stepped] = desk.view(case_id).all(Stepped)
    assert (stepped.body.opinion, stepped.body.person) == ("材料属实", "示例员")
    assert "材料属实" in desk.opens(case_id).text


def test_a_decision_brings_its_file_to_the_station_and_is_on_its_way(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)

    desk.does(case_id, "decide", {**DECISION, "licence_number": "GL-1", "file": (BytesIO(PDF), "结果.pdf")})
    desk.carries()

    view = desk.view_at_village(case_id)
    [decided], [sent] = view.all(Decided), view.all(Dispatched)
    assert (decided.body.end, decided.body.licence_number) == (End.DONE, "GL-1")
    assert view.files[decided.body.files[0]].name == "结果.pdf"
    assert sent.body.way is Way.ELECTRONIC


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"MZ\x90\x00 a program", "结果.pdf", "不是 PDF"),
        (b"", "空.pdf", "空的"),
        (PDF[:20] + b"0" * 5 * 1024 * 1024 + PDF[20:], "大.pdf", "最大 5 MB"),
    ],
)
def test_a_result_file_is_known_by_its_bytes_and_bounded(
    desk: HallDesk, data: bytes, name: str, words: str
) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)

    answer = desk.does(case_id, "decide", {**DECISION, "file": (BytesIO(data), name)})

    assert answer.status_code == 422 and 'href="#file"' in answer.text and words in answer.text
    assert desk.view(case_id).decided is None


@pytest.mark.parametrize("end", ["1", "5"])
def test_an_end_without_a_result_needs_its_reason(desk: HallDesk, end: str) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)

    answer = desk.does(case_id, "decide", {**DECISION, "end": end, "result": ""})

    assert answer.status_code == 422 and 'href="#reason"' in answer.text


@pytest.mark.parametrize("day", ["2026-02-30", "下个月", "20261231x", "1800-01-01"])
def test_a_validity_that_is_no_day_is_refused(desk: HallDesk, day: str) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)

    answer = desk.does(case_id, "decide", {**DECISION, "valid_until": day})

    assert answer.status_code == 422 and 'href="#valid_until"' in answer.text


def test_nothing_is_decided_before_it_is_accepted(desk: HallDesk) -> None:
    case_id = desk.arrives()

    assert desk.does(case_id, "decide", DECISION).status_code == 409
    assert desk.opens(f"{case_id}/decide").status_code == 409


def test_a_result_by_post_needs_the_courier_and_the_number(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)
    desk.does(case_id, "decide", DECISION)

    assert desk.does(case_id, "dispatch", way="post", courier="", courier_number="").status_code == 422
    assert desk.does(case_id, "dispatch", way="post", courier="EMS", courier_number="E1").status_code == 302
    assert desk.view(case_id).all(Dispatched)[-1].body.courier == "EMS"


@pytest.mark.parametrize(
    ("act", "field", "value"),
    [
        ("step", "step", "9"),
        ("decide", "end", "x"),
        ("dispatch", "way", "pigeon"),
        ("precheck", "outcome", "3"),
    ],
)
def test_a_value_from_outside_the_list_is_refused(desk: HallDesk, act: str, field: str, value: str) -> None:
    case_id = desk.arrives()
    if act != "precheck":
        desk.accepts(case_id)
    if act == "dispatch":
        desk.does(case_id, "decide", DECISION)

    answer = desk.does(case_id, act, {field: value})

    assert answer.status_code == 422 and f'href="#{field}"' in answer.text


def test_an_act_that_does_not_exist_is_no_page(desk: HallDesk) -> None:
    case_id = desk.arrives()

    assert desk.opens(f"{case_id}/approve-all").status_code == 404
    assert desk.does(case_id, "approve-all").status_code == 404


def test_a_text_too_long_is_refused_and_what_was_typed_stays(desk: HallDesk) -> None:
    case_id = desk.arrives()

    answer = desk.does(case_id, "refuse", reason="理" * 1001, basis="依据", remedy="救济")

    assert answer.status_code == 422 and "最多 1000 个字" in answer.text
    assert "理" * 1001 in answer.text


# what stands behind every act


def test_each_act_is_on_record_and_waits_for_the_station_until_acknowledged(desk: HallDesk) -> None:
    case_id = desk.arrives()
    desk.accepts(case_id)

    with desk.hall.node.using():
        acts = [line.act for line in AuditLine.select().where(AuditLine.subject == case_id)]
        letters = [state.kind for state in state_of(case_id)]

    assert "case.accepted" in acts and "case.accepted" in letters
    assert "待送" in desk.opens(case_id).text
    desk.carries()
    assert "站点已签收" in desk.opens(case_id).text


def test_an_agent_is_shown_with_the_authority(desk: HallDesk) -> None:
    agent = Agent(name="李梅", id_number=OLD_WOMAN, authority=Authority.KIN)
    desk.asks_for(application("d" * 32, agent=agent))
    desk.carries()

    assert "代办：近亲属" in desk.opens().text


def test_a_person_without_the_role_can_do_nothing(hall: Counter) -> None:
    hall.signs_in("boss")

    for path in ("/inbox/", "/inbox/x", "/inbox/x/accept", "/inbox/x/files/y"):
        assert hall.opens(path).status_code == 403
    assert hall.sends("/inbox/x/accept", basis="依据").status_code == 403
