"""`yimen catalog`, as an administrator types it: looking needs no password, the draft does."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog_cache.demonstration import REFERENCE, demonstration_items, demonstration_packages, holiday_table
from station.cli import main
from tests.tools.catalogs import PUBLISHED, make_item, pack_of
from tests.tools.counter import PASSWORD, Counter

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Run `yimen catalog` at a node; exit code, what stands on standard output, on standard error."""
    password = tmp_path / "password.txt"
    password.write_text(PASSWORD + "\n")

    def run(at: Counter, *words: object, as_boss: bool = False) -> tuple[int, str, str]:
        unlock = ["--account", "boss", "--password-file", str(password)] if as_boss else []
        where = ["--dir", str(at.settings.data_folder)]
        capsys.readouterr()
        code = main(["catalog", *map(str, words), *where, *unlock])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def stocked(station: Counter) -> Counter:
    """A station with versions 1 and 2 of the demonstration catalog; version 2 lacks one item."""
    items = demonstration_items()
    for version, listed in ((1, items), (2, items[1:])):
        data = pack_of(listed, demonstration_packages(), version)
        station.installation.catalog.install(data, PUBLISHED)
    station.installation.catalog.install_holidays(holiday_table())
    return station


def test_search_prints_ranked_finds_with_code_name_and_reason(stocked, typed):
    code, out, _ = typed(stocked, "search", "gljt", "--json")

    first = json.loads(out)[0]
    assert (code, first["code"], first["name"]) == (0, "442099003001", "高龄老人津贴申请")
    assert first["why"] == "俗称：高龄津贴（首字母 gljt）"


def test_show_prints_the_guide_of_an_item_and_the_members_of_a_package(stocked, typed):
    _, out, _ = typed(stocked, "show", "442099003001")
    document = json.loads(typed(stocked, "show", "PKG-S0-01", "--json")[1])

    assert "承诺时限：10个工作日" in out and "材料：居民身份证（必要）" in out
    assert document["catalog_version"] == 2 and len(document["members"]) == 3


def test_the_wall_lists_what_is_open_here(stocked, typed):
    document = json.loads(typed(stocked, "wall", "--json")[1])
    code, said, _ = typed(stocked, "wall")

    assert code == 0 and "高龄老人津贴申请" in said
    assert {line["code"] for line in document["items"]} == {
        item.code for item in demonstration_items()[1:] if item.is_open
    }


def test_an_unknown_code_is_refused_with_the_next_step(stocked, typed):
    code, out, err = typed(stocked, "show", "nope")

    assert (code, out) == (1, "") and "下一步：请核对编码" in err


def test_status_tells_version_age_and_soundness(stocked, typed):
    code, out, _ = typed(stocked, "status", "--json")
    document = json.loads(out)

    assert code == 0 and document["sound"] and document["version"] == 2
    assert document["holidays"] == [2025, 2026, 2027]
    assert [kept["version"] for kept in document["kept"]] == [1, 2]


def test_a_station_without_a_catalog_says_so(station, typed):
    assert typed(station, "status")[:2] == (1, "本机还没有事项目录\n")
    assert "请联网更新目录" in typed(station, "search", "x")[2]


def test_diff_tells_what_changes_between_two_kept_versions_or_files(stocked, typed, tmp_path):
    changed = tmp_path / "b.json"
    (tmp_path / "a.json").write_text(json.dumps([make_item().to_dict()]))
    changed.write_text(json.dumps([make_item(phone="0751-0000001").to_dict()]))

    assert typed(stocked, "diff", 1, 2)[1].startswith("取消 ")
    assert "咨询电话：0751-0000000 → 0751-0000001" in typed(stocked, "diff", tmp_path / "a.json", changed)[1]
    assert typed(stocked, "diff", 2, 2)[1] == "两边相同\n"
    assert "没有第 9 版目录" in typed(stocked, "diff", 1, 9)[2]


def test_a_hall_imports_the_common_list_into_its_draft_and_lints_it(hall, typed):
    code, out, _ = typed(hall, "import", REFERENCE / "common_items.csv", "--json", as_boss=True)
    findings = typed(hall, "lint", "--json", as_boss=True)

    assert code == 0 and json.loads(out)["added"] == 184
    assert findings[0] == 0 and json.loads(findings[1])


def test_a_table_with_faults_is_told_cell_by_cell_and_nothing_is_taken(hall, typed, tmp_path):
    table = tmp_path / "bad.csv"
    table.write_text("name,type,theme,level\n高龄(gāo)津贴,行政给付,老龄服务,村\n低保,奇怪,民政救助,村\n")
    code, out, err = typed(hall, "import", table, "--json", as_boss=True)

    errors = json.loads(out)["errors"]
    assert [(error["row"], error["column"]) for error in errors] == [(2, "name"), (3, "type")]
    assert code == 1 and "本次没有导入任何内容" in err
    assert typed(hall, "import", REFERENCE / "common_items.csv", "--check")[1] == "可以导入：184 个事项\n"


def test_a_dry_run_tells_what_would_change_and_changes_nothing(hall, typed, tmp_path):
    path = tmp_path / "items.json"
    path.write_text(json.dumps([make_item().to_dict()]))
    typed(hall, "import", path, as_boss=True)
    path.write_text(json.dumps([make_item(phone="0751-0000001").to_dict()]))
    said = typed(hall, "import", path, "--dry-run", as_boss=True)[1]
    document = json.loads(typed(hall, "import", path, "--dry-run", "--json", as_boss=True)[1])

    assert "    咨询电话：0751-0000000 → 0751-0000001" in said and "没有导入；导入会新增 0，修改 1" in said
    assert (document["changed"], document["changes"][0]["code"]) == (1, "442099003001")
    assert json.loads(typed(hall, "import", path, "--json", as_boss=True)[1])["changed"] == 1


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_the_draft_is_written_as_a_table_that_changes_nothing_when_imported(hall, typed, tmp_path, name):
    typed(hall, "import", REFERENCE / "common_items.csv", as_boss=True)
    code, said, _ = typed(hall, "table", tmp_path / name, as_boss=True)
    document = json.loads(typed(hall, "import", tmp_path / name, "--whole", "--json", as_boss=True)[1])

    assert code == 0 and said.startswith("已写出 184 条")
    assert (document["same"], document["added"], document["changed"], document["removed"]) == (184, 0, 0, 0)
    assert typed(hall, "table", tmp_path / name, as_boss=True)[0] == 1


def test_lint_of_a_file_needs_no_password_and_fails_on_an_error(hall, typed, tmp_path):
    path = tmp_path / "items.json"
    path.write_text(json.dumps([make_item(materials=[{"id": "id-card", "name": "其他材料"}]).to_dict()]))

    code, out, _ = typed(hall, "lint", path)

    assert code == 1 and "含模糊用语“其他”" in out


def test_a_station_has_no_draft_to_import_into(station, typed):
    code, _, err = typed(station, "import", REFERENCE / "common_items.csv", as_boss=True)

    assert code == 1 and "目录草稿只在大厅" in err
