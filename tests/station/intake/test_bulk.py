"""Paper forms taken in by file: every line all or nothing, every refusal names its line."""

import json

import pytest

from station.cases.ledger import view_of
from station.cases.models import Case, Serial
from station.cases.place import place_of
from station.cli import main
from station.intake.bulk import LINE_BYTES_MAX, import_lines
from sync.tables import OutLetter, SealedFile
from tests.station.cases.samples import CLERK, OLD_WOMAN
from tests.station.cases.world import PDF
from tests.station.intake.window import ALLOWANCE_CODE, WHO, Window
from tests.tools.counter import PASSWORD

IN = {"state": "in", "pages": 1}


def line(**changed):
    """One sound application."""
    given = {
        "ref": "纸-1",
        "items": [{"code": ALLOWANCE_CODE, "answers": {"age": "80"}}],
        "who": WHO,
        "form": {f"{ALLOWANCE_CODE}.account": "6228000000000000000"},
        "materials": {"居民身份证": IN, "银行账户": IN, "近期免冠相片": {"state": "pledged"}},
    }
    return json.dumps(given | changed, ensure_ascii=False).encode() + b"\n"


def imported(window: Window, folder, *lines):
    """The reports, inside the station's tables."""
    with window.counter.node.using():
        return list(import_lines(place_of(window.counter.node), lines, folder, CLERK))


def test_good_lines_are_taken_in_and_bad_ones_leave_nothing(window, tmp_path):
    reports = imported(
        window,
        tmp_path,
        line(),
        b"{broken\n",
        b"\n",
        line(ref="纸-2", who=WHO | {"name": ""}),
        line(ref="纸-3"),
    )

    assert [bool(one.error) for one in reports] == [False, True, True, False]
    assert [one.number for one in reports] == [1, 2, 4, 5]
    with window.counter.node.using():
        assert Case.select().count() == 2
        assert OutLetter.select().count() == 10
        assert Serial.get(Serial.name.startswith("running")).value == 2


def test_the_same_ref_again_gives_the_same_receipt(window, tmp_path):
    first, again = imported(window, tmp_path, line(), line())

    assert again.is_repeat and again.receipt_number == first.receipt_number


def test_scans_beside_the_list_come_along(window, tmp_path):
    (tmp_path / "证.pdf").write_bytes(PDF)
    scans = {"居民身份证": IN | {"files": ["证.pdf"]}, "银行账户": IN, "近期免冠相片": {"state": "in"}}
    report = imported(window, tmp_path, line(materials=scans))[0]

    assert report.error == ""
    with window.counter.node.using():
        assert SealedFile.select().count() == 1
        assert len(view_of(Case.get().case_id).materials["id-card"].files) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"items": []}, "还没有选择要办的事"),
        ({"items": [{"code": "NO-SUCH"}]}, "没有编码为 NO-SUCH"),
        ({"items": [{"code": "L01000000003"}]}, "只有“咨询”权限"),
        ({"items": "L05000000001"}, "应是列表"),
        ({"items": [ALLOWANCE_CODE]}, "应是对象"),
        ({"items": [{"code": ALLOWANCE_CODE, "answers": {}}]}, "还没有回答"),
        ({"items": [{"code": ALLOWANCE_CODE, "answers": {"age": "7"}}]}, "还没有回答"),
        ({"who": WHO | {"id_number": "440299"}}, "现有 6 位"),
        ({"who": WHO | {"phone": "1"}}, "手机号"),
        ({"who": []}, "应是对象"),
        ({"form": {}}, "请填写银行账号"),
        ({"materials": {"居民身份证": IN}}, "银行账户"),
        ({"materials": {"居民身份证": IN, "银行账户": {"state": "missing"}, "近期免冠相片": IN}}, "写明原因"),
        (
            {
                "materials": {
                    "居民身份证": IN | {"files": ["../../etc/passwd"]},
                    "银行账户": IN,
                    "近期免冠相片": IN,
                }
            },
            "没有附件",
        ),
        (
            {"materials": {"居民身份证": IN | {"files": ["无.pdf"]}, "银行账户": IN, "近期免冠相片": IN}},
            "没有附件",
        ),
        ({"ref": "x", "surprise": 1}, "只能有这些字段"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(window, tmp_path, changed, said):
    report = imported(window, tmp_path, line(**changed))[0]

    assert said in report.error
    with window.counter.node.using():
        assert Case.select().count() == 0


@pytest.mark.parametrize("odd", [b"[1]", b'"text"', b"\xff\xfe", b"1" * (LINE_BYTES_MAX + 1), b"[" * 100_000])
def test_what_is_no_application_at_all_is_refused(window, tmp_path, odd):
    assert imported(window, tmp_path, odd + b"\n")[0].error


def test_the_command_reports_each_line_and_ends_with_1_when_one_was_refused(window, tmp_path, capsys):
    password = tmp_path / "password.txt"
    password.write_text(PASSWORD)
    where = [
        "--dir",
        str(window.counter.settings.data_folder),
        "--account",
        "agent",
        "--password-file",
        str(password),
    ]
    (tmp_path / "纸表.jsonl").write_bytes(line() + b"{}\n")

    assert main(["case", "import", str(tmp_path / "纸表.jsonl"), "--json", *where]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["taken"], told["refused"]) == (1, 1)
    number = told["lines"][0]["receipt_number"]

    assert main(["case", "list", *where]) == 0
    assert "李**" in capsys.readouterr().out
    assert main(["case", "show", number, "--json", *where]) == 0
    case = json.loads(capsys.readouterr().out)["cases"][0]
    assert (case["applicant"], case["stage"], len(case["custody"])) == ("李**", "received", 5)
    assert main(["case", "show", number, "--full", "--json", *where]) == 0
    assert OLD_WOMAN in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "4402"], "收件编号应有 27 位"),
        (["show", "0" * 32], "没有编号为"),
        (["list", "--limit", "0"], "1 到 1000"),
        (["import", "/no/such/file"], "文件读写没有成功"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(window, tmp_path, capsys, words, said):
    password = tmp_path / "password.txt"
    password.write_text(PASSWORD)
    where = [
        "--dir",
        str(window.counter.settings.data_folder),
        "--account",
        "agent",
        "--password-file",
        str(password),
    ]

    assert main(["case", *words, *where]) == 1
    assert said in capsys.readouterr().err
