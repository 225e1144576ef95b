"""The life of a version: two side by side, one taken back by a new one, an item out of use, and its days."""

import html
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from catalog_cache.distribution.sources import FolderSource
from catalog_cache.model import Duty, DutyRole, Status
from station.hall.publishing import arrivals, base, draft, release
from station.hall.publishing.desk import Desk
from station.hall.versions import agenda, contents
from tests.station.publishing_desk import ITEMS, PASSPHRASE, PublishingDesk
from tests.station.test_layers_desk import LayeredDesk
from tests.tools.counter import Counter

FIRST, SECOND, THIRD = ITEMS[:3]
CHECK = Duty(office="民政局", role=DutyRole.LEAD, task="核对材料", due_on=date(2026, 1, 5))
MOVED = replace(FIRST, place="别处一楼", materials=FIRST.materials[1:] if FIRST.materials else ())


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """A county that published twice: one item moved, one left out, one new; its draft changes a phone."""
    folder = tmp_path_factory.mktemp("twice")
    hall = Counter(folder / "hall", level="county", division="440205000000")
    desk = PublishingDesk(hall, folder)
    desk.has_its_keys()
    desk.publishes(FIRST, SECOND)
    desk.signs_in("editor")
    desk.imports([replace(FIRST, place="别处一楼"), THIRD], whole="1")
    desk.has_approval()
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302
    desk.signs_in("editor")
    yield desk
    hall.closes()


def says(desk: PublishingDesk, code: str, **changed) -> None:
    with desk.hall.node.using():
        row = draft.entry_row(code)
        entry = replace(draft.read(row.record), **changed)
        draft.save_entry(entry, row.sha256, by="editor", now=desk.hall.time.at)


def closes(desk: PublishingDesk, **given: str) -> int:
    with desk.hall.node.using():
        seen = draft.entry_row(FIRST.code).sha256
    return desk.sends(f"entries/{FIRST.code}/close", seen=seen, **given).status_code


def reads(desk: PublishingDesk, path: str) -> str:
    return html.unescape(desk.opens(path))


def test_two_versions_are_told_apart_entry_by_entry(twice):
    page = reads(twice, "compare?before=1&after=2")

    assert "第 2 版（现行）与第 1 版相比" in page
    assert "新增 1 项，改动 1 项，移出 1 项" in page
    assert all(name in page for name in (FIRST.name, SECOND.name, THIRD.name, "别处一楼"))


def test_the_other_way_round_what_was_added_is_removed(twice):
    told = json.loads(twice.opens("compare.json?before=2&after=1"))

    assert {one["code"]: one["kind"] for one in told["changes"]} == {
        FIRST.code: "changed",
        SECOND.code: "added",
        THIRD.code: "removed",
    }
    [field] = next(one for one in told["changes"] if one["kind"] == "changed")["fields"]
    assert field == {
        "field": "place",
        "label": "办理地点",
        "before": "别处一楼",
        "after": FIRST.place,
    }


@pytest.mark.parametrize(
    ("narrowed", "codes"),
    [
        ("kind=added", {THIRD.code}),
        ("kind=place", {FIRST.code}),
        ("kind=materials", set()),
        (f"department={SECOND.department}&kind=removed", {SECOND.code}),
        ("theme=没有这个主题", set()),
    ],
)
def test_a_comparison_is_narrowed_by_kind_office_and_theme(twice, narrowed, codes):
    told = json.loads(twice.opens(f"compare.json?before=1&after=2&{narrowed}"))

    assert {one["code"] for one in told["changes"]} == codes


def test_a_comparison_stands_in_groups(twice):
    page = reads(twice, "compare?before=1&after=2&by=theme")

    assert f"<h2>{FIRST.theme} " in page


def test_the_draft_is_compared_with_any_version_and_a_version_with_nothing(twice):
    assert "没有差别" in reads(twice, "compare?before=2&after=draft")
    assert "新增 2 项，改动 0 项" in reads(twice, "compare?before=0&after=1")
    assert twice.hall.opens("/publishing/compare?before=9&after=1").status_code == 409


@pytest.fixture
def desk(tmp_path):
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    made = PublishingDesk(hall, tmp_path)
    made.has_its_keys()
    made.publishes(FIRST, SECOND)
    made.signs_in("editor")
    yield made
    hall.closes()


def publishes_draft(desk: PublishingDesk):
    desk.has_approval()
    answer = desk.sends("sign", passphrase=PASSPHRASE)
    desk.signs_in("editor")
    return answer


def test_an_earlier_version_comes_again_as_a_new_one_by_two_people_and_stations_say_so(desk):
    says(desk, FIRST.code, place="写错的地点")
    assert publishes_draft(desk).status_code == 302
    assert "撤回原因" in reads(desk, "history/1/restore")
    silent = desk.sends("history/1/restore", reason="")
    assert silent.status_code == 422 and 'href="#reason"' in silent.text

    assert desk.sends("history/1/restore", reason="地点写错了").status_code == 302
    sent = desk.sends("submit")
    assert "撤回第 2 版，恢复第 1 版的内容。原因：地点写错了" in desk.hall.opens(sent.location).text
    own = desk.sends(sent.location.removeprefix("/publishing/"), decision="approve")
    assert own.status_code == 409
    desk.signs_in("publisher")
    desk.sends(sent.location.removeprefix("/publishing/"), decision="approve")
    assert desk.sends("sign", passphrase=PASSPHRASE).status_code == 302

    catalog = desk.hall.installation.current_catalog()
    assert (catalog.version, catalog.item(FIRST.code).place) == (3, FIRST.place)
    told = catalog.withdrawal
    assert (told.version, told.restores, told.reason) == (2, 1, "地点写错了")
    page = reads(desk, "history")
    assert "已撤回" in page and "撤回第 2 版，恢复第 1 版的内容。原因：地点写错了" in page
    assert "撤回了第 2 版" in page  # on the strip


def test_work_in_the_draft_is_given_up_only_on_a_tick(desk):
    says(desk, FIRST.code, place="新地点")
    publishes_draft(desk)
    says(desk, SECOND.code, phone="0751-1110000")

    refused = desk.sends("history/1/restore", reason="撤回")
    assert refused.status_code == 409 and "盖掉" in refused.text
    with desk.hall.node.using():
        assert draft.read(draft.entry_row(SECOND.code).record).phone == "0751-1110000"

    assert desk.sends("history/1/restore", reason="撤回", give_up="1").status_code == 302
    with desk.hall.node.using():
        assert {entry.code: entry for entry in draft.entries()} == {FIRST.code: FIRST, SECOND.code: SECOND}


def test_a_restored_draft_that_somebody_edits_is_an_ordinary_version(desk):
    says(desk, FIRST.code, place="新地点")
    publishes_draft(desk)
    desk.sends("history/1/restore", reason="撤回")
    says(desk, SECOND.code, phone="0751-1110000")
    publishes_draft(desk)

    assert desk.hall.installation.current_catalog().withdrawal is None
    assert "撤回第 2 版" not in reads(desk, "history")


def test_the_version_in_force_cannot_be_brought_again(desk):
    assert desk.hall.opens("/publishing/history/1/restore").status_code == 404
    assert desk.sends("history/1/restore", reason="撤回").status_code == 409


def test_an_item_goes_out_of_use_with_its_reason_and_where_to_go(desk):
    wrong = desk.sends(f"entries/{FIRST.code}/close", why="", on="2026-01-01", replaced_by="NONE")
    assert wrong.status_code == 422
    assert all(f'href="#{name}"' in wrong.text for name in ("why", "replaced_by", "on"))
    given = {"why": "并入省级平台", "instead": "区政务服务中心", "replaced_by": SECOND.code}

    assert closes(desk, **given) == 302
    publishes_draft(desk)

    item = desk.hall.installation.current_catalog().item(FIRST.code)
    assert (item.status, item.closed_why, item.instead) == (
        Status.WITHDRAWN,
        "并入省级平台",
        "区政务服务中心",
    )


def test_an_item_is_closed_from_a_day_on_and_the_agenda_shows_the_day(desk):
    day = desk.hall.time.at.date() + timedelta(days=30)
    assert closes(desk, why="政策到期", instead="区政务服务中心", on=str(day)) == 302

    page = reads(desk, "agenda")
    assert str(day) in page and "停止办理" in page and "草稿，签发后才算" in page
    publishes_draft(desk)
    page = reads(desk, "agenda")
    assert "现行版本" in page and "草稿，签发后才算" not in page


def test_the_checklist_names_office_task_and_day_and_what_is_late(desk):
    late = Duty(office="民政局", role=DutyRole.LEAD, task="核对材料", due_on=date(2026, 1, 5))
    later = Duty(office="人社局", task="培训窗口")
    says(desk, FIRST.code, duties=(later, late))

    page = reads(desk, "agenda")
    assert page.index("核对材料") < page.index("培训窗口")
    assert "2026-01-05" in page and "已过" in page
    assert "核对材料" not in reads(desk, "agenda?office=人社局")


def test_the_agenda_says_what_the_draft_takes_back():
    entries = {FIRST.code: replace(FIRST, effective_on=date(2027, 1, 1))}

    [(day, [event])] = agenda.agenda(entries, {FIRST.code: FIRST}, date(2026, 12, 1))

    assert (day, event.is_published, event.is_drafted) == (date(2027, 1, 1), True, False)
    assert agenda.agenda(entries, {}, date(2027, 1, 2)) == []


def test_a_station_takes_a_withdrawal_like_any_newer_version(desk, tmp_path):
    from catalog_cache.distribution.client import TufClient
    from catalog_cache.distribution.update import update
    from catalog_cache.installed.cache import CatalogCache

    cache, now = CatalogCache(tmp_path / "cache"), desk.hall.time.at
    with desk.hall.node.using():
        folder = release.Desk.of(desk.hall.node).repository.folder
    source = FolderSource(folder)
    TufClient(tmp_path / "meta", source, None).init((folder / "metadata/1.root.json").read_bytes())
    update(cache, source, tmp_path / "meta", now)
    says(desk, FIRST.code, place="写错的地点")
    publishes_draft(desk)
    update(cache, source, tmp_path / "meta", now)
    desk.sends("history/1/restore", reason="地点写错了")
    publishes_draft(desk)

    report = update(cache, source, tmp_path / "meta", now)

    held = cache.current()
    assert (report.version, held.item(FIRST.code).place, held.withdrawal.version) == (3, FIRST.place, 2)
    assert cache.version(2).item(FIRST.code).place == "写错的地点"


def test_the_agenda_finds_the_same_items_as_a_reading_of_everything(tmp_path):
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    desk = LayeredDesk(hall, tmp_path)
    desk.has_its_keys()
    days = [{"effective_on": date(2027, 1, 1)}, {"ends_on": date(2027, 2, 1)}, {"duties": (CHECK,)}, {}]
    dated = [replace(item, **given) for item, given in zip(ITEMS[:4], days, strict=True)]
    desk.city_publishes(1, *dated)
    desk.takes_up(dated[0].code)
    desk.takes_up(dated[1].code)
    own = replace(ITEMS[4], ends_on=date(2027, 3, 1))
    desk.imports([own, ITEMS[5]])
    assert desk.signs_what_is_there().status_code == 302

    def both(step: str) -> None:
        with hall.node.using():
            shelf = Desk.of(hall.node)
            for found, which in (
                (contents.drafted_with(*agenda.FIELDS), "draft"),
                (contents.in_force_with(shelf, 1, *agenda.FIELDS), "1"),
            ):
                whole = contents.contents_of(shelf, which).entries
                told = {code: one for code, one in whole.items() if {*agenda.FIELDS} & {*one.to_dict()}}
                assert found == told, (step, which)
                assert found, "there is something to find"

    both("signed")
    desk.says(dated[0].code, duties=(CHECK,), effective_on=None)
    desk.says(ITEMS[5].code, effective_on=date(2027, 4, 1))
    both("edited")
    with hall.node.using():
        draft.remove_entry(own.code, by="editor", now=hall.time.at)
        draft.remove_entry(dated[1].code, by="editor", now=hall.time.at)
    both("taken out")
    desk.city_publishes(2, *dated[1:], replace(dated[0], ends_on=date(2027, 5, 1)))
    with hall.node.using():
        news = arrivals.waiting(Desk.of(hall.node).repository)
        if news is not None and news.base:
            base.follow(news.base, by="editor", now=hall.time.at)
    both("over a newer base")
    hall.closes()


def test_a_version_from_before_a_county_left_the_citys_catalog_comes_again_whole(tmp_path):
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    desk = LayeredDesk(hall, tmp_path)
    desk.has_its_keys()
    desk.city_publishes(1, *ITEMS[:4])
    desk.takes_up(FIRST.code)
    desk.says(FIRST.code, place="曲江区政务服务中心二楼")
    assert desk.signs_what_is_there().status_code == 302
    assert desk.sends("layers/leave", keeps="all", sure="1").status_code == 302
    desk.says(FIRST.code, place="写错的地点")
    desk.says(SECOND.code, place="也写错了")
    assert desk.signs_what_is_there().status_code == 302

    assert desk.sends("history/1/restore", reason="地点写错了").status_code == 302

    with hall.node.using():
        drafted = {entry.code: entry for entry in draft.entries()}
    assert {*drafted} == {item.code for item in ITEMS[:4]}, "what stood below is the county's own now"
    assert drafted[FIRST.code].place == "曲江区政务服务中心二楼"
    assert drafted[SECOND.code].place == SECOND.place
    assert desk.signs_what_is_there().status_code == 302
    assert desk.in_use(FIRST.code).item.place == "曲江区政务服务中心二楼"
    hall.closes()


def test_the_page_says_that_the_citys_words_are_not_taken_back(tmp_path):
    hall = Counter(tmp_path / "hall", level="county", division="440205000000")
    desk = LayeredDesk(hall, tmp_path)
    desk.has_its_keys()
    for number, city in ((1, ITEMS[:4]), (2, (MOVED, *ITEMS[1:4]))):
        desk.city_publishes(number, *city)
        assert desk.signs_what_is_there().status_code == 302

    assert "市级的话不随版本恢复" in desk.opens("history/1/restore")
    assert "不需要恢复" in desk.sends("history/1/restore", reason="市里改错了").text
    hall.closes()
