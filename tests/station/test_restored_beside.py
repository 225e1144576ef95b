"""A version that comes again brings townships' lines and holidays of then, where a person ticks that."""

import html
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from catalog_cache.calendar.holidays import Holiday, HolidayYear
from catalog_cache.signatures.keyfile import new_key
from station.audit import AuditLine
from station.database import AnyDatabase
from station.hall.holidays import service as holidays
from station.hall.publishing import draft, keys, towns
from station.hall.publishing.desk import COUNTY_KEY, KEYS_FOLDER, Desk
from station.hall.publishing.models import TownLine, Version
from station.hall.versions import beside
from sync.rows import using
from tests.station.publishing_desk import CHEAP, ITEMS, PASSPHRASE, PublishingDesk
from tests.tools.counter import START, Counter

FIRST, SECOND = ITEMS[:2]
TOWN, OTHER_TOWN = "440205100000", "440205101000"
THEN = towns.Says("镇政府一楼", "周一至周五", True)
WRONG = towns.Says("写错的地点", "周日")


def notice(year: int, name: str) -> HolidayYear:
    one = Holiday(name=name, first=date(year, 1, 1), last=date(year, 1, 3))
    return HolidayYear(year=year, provisional=False, source=holidays.notice_name(year), holidays=(one,))


@pytest.fixture
def desk(tmp_path: Path):
    """Version 1 with a township's line and a notice; in version 2 both are spoiled, and more was added."""
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    desk.imports([FIRST, SECOND])
    says(desk, TOWN, FIRST.code, THEN)
    enters(desk, notice(2027, "元旦"))
    signs(desk)
    says(desk, TOWN, FIRST.code, WRONG)
    says(desk, OTHER_TOWN, SECOND.code, THEN)
    enters(desk, notice(2027, "春节"))
    enters(desk, notice(2028, "元旦"))
    changes_item(desk, place="别处一楼")
    signs(desk)
    yield desk
    hall.closes()


def says(desk: PublishingDesk, town: str, code: str, given: towns.Says) -> None:
    with desk.hall.node.using():
        towns.say(town, code, given, by="editor", now=desk.hall.time.at)


def enters(desk: PublishingDesk, given: HolidayYear) -> None:
    folder = desk.hall.node.metadata_folder
    with desk.hall.node.using():
        seen = holidays.opened(folder, given.year)[1]
        holidays.save(given, seen, folder, by="editor", now=desk.hall.time.at)


def changes_item(desk: PublishingDesk, **changed: str) -> None:
    with desk.hall.node.using():
        row = draft.entry_row(FIRST.code)
        entry = replace(draft.read(row.record), **changed)
        draft.save_entry(entry, row.sha256, by="editor", now=desk.hall.time.at)


def signs(desk: PublishingDesk) -> None:
    desk.has_approval()
    answer = desk.sends("sign", passphrase=PASSPHRASE)
    assert answer.status_code == 302, answer.text
    desk.signs_in("editor")


def lines(desk: PublishingDesk) -> dict[tuple[str, str], str]:
    with desk.hall.node.using():
        return {(row.township, row.code): row.place for row in TownLine.select()}


def years(desk: PublishingDesk) -> dict[int, str]:
    with desk.hall.node.using():
        rows = holidays.standings(desk.hall.node.metadata_folder, date(2026, 11, 22))
        return {row.year: row.notice.holidays[0].name for row in rows if row.notice and row.year > 2026}


def restores(desk: PublishingDesk, number: int = 1, **ticked: str):
    return desk.sends(f"history/{number}/restore", reason="写错了", **ticked)


def test_the_page_shows_what_would_change_before_anything_does(desk: PublishingDesk) -> None:
    page = html.unescape(desk.opens("history/1/restore"))

    assert "（2 行不同，见下表）" in page and "（1 年不同，见下表）" in page
    for words in ("写错的地点；周日", "镇政府一楼；周一至周五", ">列入清单<", FIRST.name, "春节：", "元旦："):
        assert words in page
    assert "2028" not in page.partition("放假安排也恢复")[2], "a year that was not there then stays"
    assert lines(desk)[TOWN, FIRST.code] == "写错的地点"


def test_who_reviews_reads_the_townships_lines_too(desk: PublishingDesk) -> None:
    assert "镇街清单的改动" not in desk.opens("diff")
    says(desk, TOWN, SECOND.code, towns.Says("镇政府三楼", "逢墟日"))
    says(desk, OTHER_TOWN, SECOND.code, towns.Says())
    sent = desk.sends("submit")
    assert sent.status_code == 302

    for path in ("diff", sent.location.removeprefix("/publishing/")):
        page = html.unescape(desk.opens(path))
        table = page.partition("镇街清单的改动")[2].partition("</table>")[0]
        assert "镇政府三楼；逢墟日" in table and SECOND.name in table and "马坝镇" in table
        assert table.count("<tr>") == 3, "a head, a line that is new, and one that goes"
        assert "没有差别" not in page
    says(desk, TOWN, SECOND.code, towns.Says())
    assert "镇政府三楼" not in desk.opens(sent.location.removeprefix("/publishing/"))


def test_without_a_tick_lines_and_holidays_stay_as_they_are(desk: PublishingDesk) -> None:
    assert restores(desk).status_code == 302

    assert lines(desk) == {(TOWN, FIRST.code): "写错的地点", (OTHER_TOWN, SECOND.code): "镇政府一楼"}
    assert years(desk) == {2027: "春节", 2028: "元旦"}


def test_with_ticks_they_come_again_and_are_signed_with_the_new_version(desk: PublishingDesk) -> None:
    assert restores(desk, lines="1", years="1").status_code == 302

    assert lines(desk) == {(TOWN, FIRST.code): "镇政府一楼"}
    assert years(desk) == {2027: "元旦", 2028: "元旦"}
    signs(desk)
    with desk.hall.node.using():
        repository = Desk.of(desk.hall.node).repository
        assert b"\xe9\x95\x87\xe6\x94\xbf\xe5\xba\x9c" in repository.content(f"{TOWN}.jsonl")
        [line] = AuditLine.select().where(AuditLine.act == "catalog.version_restored")
    assert '"lines":2' in line.detail.replace(" ", "") and '"years":1' in line.detail.replace(" ", "")
    told = desk.hall.installation.current_catalog().withdrawal
    assert (told.version, told.restores) == (2, 1)


def test_lines_that_are_not_signed_yet_are_given_up_only_on_a_tick(desk: PublishingDesk) -> None:
    says(desk, TOWN, SECOND.code, WRONG)

    assert restores(desk, lines="1").status_code == 409
    assert (TOWN, SECOND.code) in lines(desk)
    assert restores(desk, lines="1", give_up="1").status_code == 302
    assert (TOWN, SECOND.code) not in lines(desk)


def test_lines_alone_can_be_taken_back(desk: PublishingDesk) -> None:
    signs_only_lines = towns.Says("又写错了", "周六")
    says(desk, TOWN, FIRST.code, signs_only_lines)
    signs(desk)

    same = restores(desk, 2)
    assert same.status_code == 409 and "内容与现行版本相同" in same.text
    assert restores(desk, 2, lines="1").status_code == 302
    assert lines(desk)[TOWN, FIRST.code] == "写错的地点"


def test_lines_that_are_not_kept_are_not_offered_and_a_forged_list_counts_as_lost(
    desk: PublishingDesk,
) -> None:
    folder = desk.hall.node.repository_folder
    [kept] = [path for path in folder.rglob(f"*.{TOWN}.jsonl") if "一楼".encode() in path.read_bytes()]
    whole = kept.read_bytes()
    kept.write_bytes(whole.replace("一楼".encode(), "二楼".encode()))

    assert "只能恢复事项" in desk.opens("history/1/restore")
    refused = restores(desk, lines="1")
    assert refused.status_code == 409 and "没有留存，或签名核不上" in refused.text
    kept.write_bytes(whole)
    for listed in (folder / "metadata").glob("*.county-*.json"):
        listed.write_bytes(listed.read_bytes().replace(b'"sig":"', b'"sig":"00'))
    assert "只能恢复事项" in desk.opens("history/1/restore")
    assert restores(desk).status_code == 302, "items and packages come again without them"


def test_a_county_that_changed_its_key_still_reads_its_old_lists(desk: PublishingDesk) -> None:
    node, now = desk.hall.node, desk.hall.time.at
    folder = node.settings.data_folder / KEYS_FOLDER
    (folder / COUNTY_KEY).unlink()
    new_key(folder / COUNTY_KEY, PASSPHRASE, CHEAP)
    city = keys.CityDesk(desk.folder / "city-keys", desk.folder / "handover", lambda name: PASSPHRASE)
    with node.using():
        request = keys.make_county_keys(node, PASSPHRASE, by="boss", now=now)
        keys.renew_files(city, request, {}, now)
        keys.adopt(node, city.out, PASSPHRASE, by="boss", now=now)

    assert "（2 行不同，见下表）" in html.unescape(desk.opens("history/1/restore"))
    assert restores(desk, lines="1").status_code == 302
    assert lines(desk) == {(TOWN, FIRST.code): "镇政府一楼"}


def test_a_line_about_an_item_that_is_gone_stays_away_and_is_counted(desk: PublishingDesk) -> None:
    with desk.hall.node.using():
        then = beside.of_version(Desk.of(desk.hall.node), Version.get_by_id(1).sha256)
        gone = {**then.lines, (TOWN, "GONE000001"): THEN.change_of("GONE000001")}
        move = beside.move_to(beside.Beside(gone, {}), {}, desk.hall.node.metadata_folder)
        assert move.unknown == 1
        beside.bring_lines(beside.Beside(gone, {}), by="editor", now=desk.hall.time.at)
    assert lines(desk) == {(TOWN, FIRST.code): "镇政府一楼"}


def test_lines_come_again_on_both_databases(database: AnyDatabase) -> None:
    key, other = (TOWN, FIRST.code), (OTHER_TOWN, SECOND.code)
    with using(database):
        draft.take_entries([FIRST, SECOND], is_whole=True, by="editor", now=START)
        towns.say(*key, WRONG, by="editor", now=START)
        towns.say(*other, WRONG, by="editor", now=START)
        then = beside.Beside({key: THEN.change_of(FIRST.code)}, {})

        assert beside.bring_lines(then, by="publisher", now=START) == 2
        assert beside.bring_lines(then, by="publisher", now=START) == 0
        [row] = TownLine.select()
    assert (row.township, row.place, row.is_on, row.edited_by) == (TOWN, "镇政府一楼", True, "publisher")
