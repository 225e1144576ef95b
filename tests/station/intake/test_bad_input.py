"""Whatever is typed or uploaded: refused in Chinese at its field, nothing lost, nothing half done."""

import io

import pytest

from station.cases.models import Case, Serial
from station.intake.models import Draft, DraftFile
from tests.station.cases.samples import OLD_WOMAN
from tests.station.cases.world import BANK, ID_CARD, PDF, PHOTO
from tests.station.intake.window import ALLOWANCE_CODE, WHO

ACCOUNT = f"form-{ALLOWANCE_CODE}.account"


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"name": ""}, "name", "1 到 60 个字"),
        ({"name": "<script>"}, "name", "不能有数字或其他符号"),
        ({"name": "李" * 121}, "name", "1 到 60 个字"),
        ({"id_number": ""}, "id_number", "现有 0 位"),
        ({"id_number": OLD_WOMAN[:-1] + ("0" if OLD_WOMAN[-1] != "0" else "1")}, "id_number", "校验码"),
        ({"id_number": "440299194203150"}, "id_number", "15 位旧号"),
        ({"phone": "12345"}, "phone", "11 位手机号"),
        ({"phone": ""}, "phone", "11 位手机号"),
        ({"address": "长" * 201}, "address", "最多 200"),
        ({"address": "a\x00b"}, "address", "控制字符"),
        ({"has_agent": "1"}, "agent_name", "1 到 60 个字"),
        ({"has_agent": "1", "agent_name": "李强", "agent_id_number": OLD_WOMAN}, "authority", "代办依据"),
        (
            {"has_agent": "1", "agent_name": "李强", "agent_id_number": OLD_WOMAN, "authority": "kin"},
            "agent_id_number",
            "同一个人",
        ),
        (
            {
                "has_agent": "1",
                "agent_name": "李强",
                "agent_id_number": OLD_WOMAN,
                "authority": "kin",
                "until": "明天",
            },
            "until",
            "2026-12-31",
        ),
    ],
)
def test_a_wrong_value_about_a_person_is_named_at_its_field_and_kept(window, changed, field, said):
    window.comes_to("who")
    page = window.fills("id_number", WHO | changed)

    assert page.status == 422
    assert any(field_id == field and said in message for field_id, message in window.summary())
    name, value = next(iter(changed.items()))
    if value.isprintable():
        assert window.page.form(having="id_number").fields[name] == [value[:1000]]


@pytest.mark.parametrize(("value", "said"), [("", "请填写银行账号"), ("长" * 201, "最多 200 个字")])
def test_a_wrong_form_value_is_named(window, value, said):
    window.comes_to("form")
    page = window.fills(ACCOUNT, {ACCOUNT: value})

    assert page.status == 422
    assert window.summary()[0][0] == ACCOUNT and said in window.summary()[0][1]


def test_every_unchecked_material_is_named_with_a_link_to_its_line(window):
    window.comes_to("materials")
    page = window.fills("go", {})

    assert page.status == 422
    assert [field_id for field_id, _ in window.summary()] == [ID_CARD, BANK, PHOTO]
    assert all(f'id="{field_id}"' in window.html for field_id, _ in window.summary())


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({BANK: "missing"}, "选择“缺”时要写明原因"),
        ({BANK: "defective", f"reason-{BANK}": "  "}, "选择“不符”时要写明原因"),
        ({BANK: "pledged"}, "不允许容缺"),
        ({BANK: "swallowed"}, "请选择已收、缺或不符"),
        ({BANK: "in", f"pages-{BANK}": "-1"}, "页数"),
        ({BANK: "missing", f"reason-{BANK}": "长" * 301}, "最多 300"),
    ],
)
def test_a_material_line_that_does_not_hold_is_said_in_the_line(window, sent, said):
    window.comes_to("materials")
    window.fills("go", {ID_CARD: "in", PHOTO: "in"} | sent)

    assert [(field_id, said in message) for field_id, message in window.summary()] == [(BANK, True)]
    with window.counter.node.using():
        assert Case.select().count() == 0


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空的"),
        (b"MZ\x90\x00 a program", "不是 PDF、JPEG 或 PNG"),
        (b"<html><script>alert(1)</script>", "不是 PDF"),
        (PDF[:20], "不是 PDF"),
        (b"\xff\xd8\xff" + b"cut off", "断了"),
        (b"%PDF-1.4" + b"0" * (10 * 2**20) + b"%%EOF", "最多 10 MB"),
    ],
)
def test_a_file_is_judged_by_its_bytes_not_by_its_name(window, data, said):
    window.comes_to("materials")
    page = window.fills(
        "go", {ID_CARD: "in", f"file-{ID_CARD}": (io.BytesIO(data), "身份证.pdf")}, ("go", "save")
    )

    assert page.status == 422
    assert any(field_id == ID_CARD and said in message for field_id, message in window.summary())
    with window.counter.node.using():
        assert DraftFile.select().count() == 0
        assert '"in"' in Draft.get().data


def test_one_bad_file_does_not_lose_the_good_one_beside_it(window):
    window.comes_to("materials")
    files = [(io.BytesIO(PDF), "好.pdf"), (io.BytesIO(b"bad"), "坏.pdf")]
    window.fills("go", {ID_CARD: "in", f"file-{ID_CARD}": files}, ("go", "save"))

    with window.counter.node.using():
        assert [row.name for row in DraftFile.select(DraftFile.name)] == ["好.pdf"]


def test_a_name_that_would_climb_out_of_its_folder_stays_a_name(window):
    window.comes_to("materials")
    window.fills(
        "go", {ID_CARD: "in", f"file-{ID_CARD}": (io.BytesIO(PDF), "../../<b>etc.exe")}, ("go", "save")
    )

    with window.counter.node.using():
        assert DraftFile.select(DraftFile.name).get().name == "betc.pdf"


@pytest.mark.parametrize("step", ["items", "situations", "who", "form", "materials", "confirm"])
def test_nothing_can_be_submitted_past_an_open_step(window, step):
    window.starts()
    token = window.page.address.split("/")[2]
    window.counter.sends(f"/intake/{token}/confirm")

    with window.counter.node.using():
        assert (Case.select().count(), Serial.select().count()) == (0, 0)
        assert Draft.select().count() == 1
    assert window.opens(f"/intake/{token}/{step}").status == 200


@pytest.mark.parametrize(
    "path", ["/intake/{token}/nothing", "/intake/0000/who", "/intake/{token}/scans/0000"]
)
def test_an_address_that_is_none_says_so(window, path):
    window.starts()
    token = window.page.address.split("/")[2]
    page = window.opens(path.format(token=token))

    assert page.status == 404 and "没有这" in page.text


@pytest.mark.parametrize(
    ("codes", "status", "said"),
    [
        (["NO-SUCH"], 404, "目录中没有编码为 NO-SUCH 的事项"),
        (["L01000000003"], 403, "只有“咨询”权限"),
        ([], 422, "一次可同办 1 到 20 件事"),
    ],
)
def test_what_cannot_be_started_is_refused_with_the_next_step(window, codes, status, said):
    answer = window.counter.sends("/intake/start", {"item": codes})

    assert answer.status_code == status
    assert said in answer.text
    with window.counter.node.using():
        assert Draft.select().count() == 0


def test_the_last_matter_of_a_basket_stays(window):
    window.comes_to("who")
    token = window.page.address.split("/")[2]
    answer = window.counter.sends(f"/intake/{token}/items", go=f"remove:{ALLOWANCE_CODE}")

    assert answer.status_code == 422 and "最后一件事" in answer.text


def test_a_form_without_its_token_is_refused(window):
    answer = window.counter.browser.post("/intake/start", data={"item": ALLOWANCE_CODE})

    assert answer.status_code == 400 and "表单已过期" in answer.text
