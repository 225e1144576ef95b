"""The desk sees the draft as a chosen station will: composed by the station's own code, and read-only."""

import html
import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog_cache.model import Package
from station.hall.importing.service import TableImport
from station.hall.leftovers import IMPORTS, PREVIEWS, clear_old
from station.hall.preview import service
from station.hall.publishing import draft
from tests.station.test_layers_desk import FIRST, ITEMS, MABA, LayeredDesk, station_of
from tests.tools.counter import Counter

VILLAGE = "440205100201"
COUNTY = "440205000000"


def opened(folder):
    """A county over the city's catalog; Maba lists one item with hours of its own."""
    hall = Counter(folder / "hall", level="county", division=COUNTY)
    made = LayeredDesk(hall, folder)
    made.has_its_keys()
    made.city_publishes(1, *ITEMS)
    made.sends(f"layers/townships/{MABA}", code=FIRST.code, hours="逢墟日全天", is_on="1")
    return made


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """One for the stories that only look."""
    made = opened(tmp_path_factory.mktemp("unchanged"))
    yield made
    made.hall.closes()


@pytest.fixture
def desk(tmp_path):
    made = opened(tmp_path)
    yield made
    made.hall.closes()


def shows(desk, path, which="draft", division=MABA, day="today"):
    answer = desk.hall.opens(f"/publishing/preview/{which}/{division}/{day}/{path}")
    return answer.status_code, html.unescape(answer.text)


def test_the_draft_is_shown_as_the_township_will_see_it_and_another_does_not(unchanged):
    _, here = shows(unchanged, f"items/{FIRST.code}")
    _, county = shows(unchanged, f"items/{FIRST.code}", division=COUNTY)

    assert "预览，不是正式目录" in here and "马坝镇" in here
    assert "逢墟日全天" in here and "来源：马坝镇" in here
    assert "逢墟日全天" not in county


def composed(desk, which, folder):
    """Every item of a preview, with who said what of it."""
    now = desk.hall.time.at
    with desk.hall.node.using():
        wanted = service.Wanted(which, VILLAGE, None)
        here = service.Desk.of(desk.hall.node)
        with service.previewed(here, wanted, folder / "previews", now.date(), now) as seen:
            return {item.code: (item, seen.spoken(item.code).sources) for item in seen.items()}


def test_nothing_can_be_begun_from_a_preview(unchanged):
    for path in ("", "?q=" + FIRST.name, "items", f"items/{FIRST.code}", f"items/{FIRST.code}/form"):
        status, page = shows(unchanged, path)

        assert status == 200, path
        assert "/intake/start" not in page and "sheet.pdf" not in page
        assert 'href="/guide/' not in page
        assert 'method="post"' not in page.partition("<main")[2], path


def test_a_joint_matter_in_a_preview_has_no_form_either(desk):
    package = Package(code="P900", kind="package", name="一件事", members=(FIRST.code, ITEMS[1].code))
    with desk.hall.node.using():
        draft.take_entries([package], is_whole=False, by="editor", now=desk.hall.time.at)
    status, page = shows(desk, "packages/P900")

    assert status == 200 and FIRST.name in page
    assert 'method="post"' not in page.partition("<main")[2]


def test_a_preview_is_what_a_station_then_builds(desk, tmp_path):
    drafted = composed(desk, "draft", tmp_path)
    desk.signs_what_is_there()
    station = station_of(desk, tmp_path / "station", VILLAGE)

    assert drafted == composed(desk, "1", tmp_path)
    assert drafted == {item.code: (item, station.spoken(item.code).sources) for item in station.items()}


def test_a_preview_of_a_day_shows_what_is_open_then(desk):
    begins = desk.hall.time.at.date() + timedelta(days=20)
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, effective_on=begins)

    assert f"{begins} 起办理" in shows(desk, "items")[1]
    assert f"{begins} 起办理" not in shows(desk, "items", day=str(begins))[1]


def test_a_change_of_the_draft_is_seen_at_once_and_old_files_go(desk):
    desk.takes_up(FIRST.code)
    for number in range(service.KEPT_MAX + 2):
        desk.says(FIRST.code, place=f"第 {number} 窗口")
        assert f"第 {number} 窗口" in shows(desk, f"items/{FIRST.code}", division=COUNTY)[1]

    folder = desk.hall.settings.data_folder / PREVIEWS
    assert len(list(folder.glob("*.sqlite"))) == service.KEPT_MAX


def test_a_draft_that_changes_while_its_preview_is_made_is_shown_as_it_is(desk, monkeypatch):
    """And what was half read is not kept under the name of the words from before."""
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, place="一楼")
    pack_of = service._draft_pack

    def changed_meanwhile(*given):
        monkeypatch.setattr(service, "_draft_pack", pack_of)
        desk.says(FIRST.code, place="二楼")
        return pack_of(*given)

    monkeypatch.setattr(service, "_draft_pack", changed_meanwhile)
    assert "二楼" in shows(desk, f"items/{FIRST.code}", division=COUNTY)[1]

    desk.says(FIRST.code, place="一楼")
    assert "一楼" in shows(desk, f"items/{FIRST.code}", division=COUNTY)[1]


def test_what_a_power_cut_left_of_a_preview_goes_with_the_next(desk):
    folder = desk.hall.settings.data_folder / PREVIEWS
    folder.mkdir()
    (folder / ".abc.sqlite.4711.new").write_bytes(b"half")
    shows(desk, "")

    assert [path.name for path in folder.glob(".*")] == []


def test_what_nobody_looks_at_any_more_is_taken_off_the_disk(desk):
    """A preview after a day; a file to be imported, perhaps the wrong one, after a week."""
    data_folder, now = desk.hall.settings.data_folder, desk.hall.time.at
    shows(desk, "")
    one = TableImport.begin(data_folder, b"[]")
    table = data_folder / ".table-abc"
    table.mkdir()
    [preview] = (data_folder / PREVIEWS).iterdir()
    held = [preview, data_folder / IMPORTS / one.name, table]
    for path, hours in ((preview, 23), (held[1], 167), (table, 23)):
        os.utime(path, (stamp := (now - timedelta(hours=hours)).timestamp(), stamp))

    assert clear_old(data_folder, now) == []
    assert set(clear_old(data_folder, now + timedelta(hours=2))) == set(held)
    assert not any(path.exists() for path in held)


def test_a_draft_that_clashes_with_the_city_says_why_it_cannot_be_shown(desk):
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, name="另一个名字")

    status, page = shows(desk, "")
    assert status == 409 and "这一版现在不能预览" in page and "另一个名字" in page


@pytest.mark.parametrize("path", ["draft/999999999999/today/", f"draft/{MABA}/tomorrow/"])
def test_a_place_or_a_day_that_is_none_is_no_page(unchanged, path):
    assert unchanged.hall.opens(f"/publishing/preview/{path}").status_code == 404
    assert unchanged.hall.opens(f"/publishing/preview/7/{MABA}/today/").status_code == 409


def test_the_chooser_leads_to_the_place_and_day(unchanged):
    page = unchanged.hall.opens("/publishing/preview/").text
    assert "马坝镇" in page and "草稿" in page

    answer = unchanged.hall.opens(f"/publishing/preview/?which=draft&division={MABA}&day=2027-01-01")
    wrong = unchanged.hall.opens(f"/publishing/preview/?which=draft&division={MABA}&day=明天")
    assert wrong.status_code == 422 and 'href="#day"' in wrong.text
    assert answer.location.endswith(f"/preview/draft/{MABA}/2027-01-01/")


def test_only_the_desk_previews(desk):
    desk.signs_in("reviewer")

    assert desk.hall.opens("/publishing/preview/").status_code == 403


def test_what_a_new_base_of_the_city_changes_is_told_between_two_versions(desk):
    desk.signs_what_is_there()
    moved = replace(ITEMS[1], place="市民中心一楼")
    desk.city_publishes(2, FIRST, moved, *ITEMS[2:])
    desk.signs_what_is_there()

    told = json.loads(desk.opens("compare.json?before=1&after=2"))

    assert [(one["code"], [field["field"] for field in one["fields"]]) for one in told["changes"]] == [
        (ITEMS[1].code, ["place"])
    ]
    assert shows(desk, f"items/{ITEMS[1].code}", which="1")[1].count("市民中心一楼") == 0
    assert "市民中心一楼" in shows(desk, f"items/{ITEMS[1].code}", which="2")[1]
