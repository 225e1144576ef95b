"""An item is open between its dates and says why it is not; a doubtful clock never opens anything."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from catalog_cache.installed.build import build
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Delegation, Item, Power, Status
from catalog_cache.opening import SOON_DAYS, Days, Shut, opening_of
from catalog_cache.pack import open_pack
from tests.tools.catalogs import make_item, pack_of

FIRST = date(2026, 12, 1)
SEED = 20261126


def days_around(middle: date, span: int) -> list[date]:
    return [middle + timedelta(days=number) for number in range(-span, span + 1)]


def any_item(chance: random.Random) -> Item:
    """An item whose dates lie near each other, where boundaries meet."""
    near = [None, *days_around(FIRST, 3)]
    until = chance.choice(near)
    return replace(
        make_item(),
        status=chance.choice(list(Status)),
        power=chance.choice(list(Power)),
        counter_only=chance.random() < 0.2,
        effective_on=chance.choice(near),
        ends_on=chance.choice(near),
        delegation=until and Delegation(by="县民政局", basis="委托书", until=until),
    )


def is_open_on(item: Item, day: date) -> bool:
    """The rules one by one, as the law says them; slow and plain."""
    has_begun = not (item.effective_on and day < item.effective_on)
    has_ended = bool(item.ends_on) and day >= item.ends_on
    is_handed_back = bool(item.delegation and item.delegation.until and day > item.delegation.until)
    is_in_force = item.status.value in ("active", "trial")
    is_taken_here = item.power.value != "consult" and not item.counter_only
    return has_begun and not has_ended and not is_handed_back and is_in_force and is_taken_here


def test_on_a_sure_day_an_item_is_open_as_a_slow_reading_of_the_rules_says():
    print("seed", SEED)
    chance = random.Random(SEED)
    for _ in range(2000):
        item = any_item(chance)
        for day in days_around(FIRST, 5):
            opening = opening_of(item, Days.of(day))

            assert opening.is_open == is_open_on(item, day), (item, day)
            assert opening.is_sure


def test_in_doubt_an_item_is_open_only_when_it_is_on_every_day_that_today_may_be():
    print("seed", SEED)
    chance = random.Random(SEED)
    for _ in range(2000):
        item, early = any_item(chance), chance.choice(days_around(FIRST, 5))
        late = early + timedelta(days=chance.randrange(8))
        possible = [early + timedelta(days=number) for number in range((late - early).days + 1)]

        opening = opening_of(item, Days(early, late))

        assert opening.is_open == all(is_open_on(item, day) for day in possible), (item, early, late)


def test_the_reason_names_the_first_day():
    item = make_item(effective_on="2026-12-01", ends_on="2026-12-03")
    told = [opening_of(item, Days.of(FIRST + timedelta(days=step))) for step in (-1, 0, 1, 2)]

    assert [one.shut for one in told] == [Shut.NOT_YET, None, None, Shut.ENDED]
    assert told[0].since == FIRST and told[3].since == date(2026, 12, 3)
    assert told[1].last_day == date(2026, 12, 2)


def test_an_end_is_announced_only_when_it_is_near():
    item = make_item(ends_on="2027-06-01")
    far = date(2027, 6, 1) - timedelta(days=SOON_DAYS + 1)

    assert opening_of(item, Days.of(far)).last_day is None
    assert opening_of(item, Days.of(far + timedelta(days=1))).last_day == date(2027, 5, 31)


def test_a_clock_that_may_be_far_ahead_opens_nothing_and_closes_what_may_be_over():
    lost = Days(date(2026, 11, 1), date(2035, 1, 1))

    begins = opening_of(make_item(effective_on="2026-12-01"), lost)
    ends = opening_of(make_item(ends_on="2027-12-01"), lost)

    assert (begins.shut, begins.is_sure) == (Shut.NOT_YET, False)
    assert (ends.shut, ends.is_sure) == (Shut.ENDED, False)


@pytest.fixture
def dated(tmp_path):
    """Three items of like names: one that begins, one that ends, one without dates."""
    items = [
        make_item("高龄津贴", code="442099000001", effective_on="2026-12-01"),
        make_item("高龄补贴", code="442099000002", ends_on="2026-12-01"),
        make_item("高龄护理", code="442099000003"),
    ]
    build(open_pack(pack_of(items)), tmp_path / "1.sqlite")
    return Catalog(tmp_path / "1.sqlite")


@pytest.mark.parametrize(
    ("day", "last"), [(date(2026, 11, 30), "442099000001"), (date(2026, 12, 1), "442099000002")]
)
def test_a_search_shows_what_is_shut_today_last_and_marked(dated, day, last):
    hits = dated.on(Days.of(day)).search("高龄")
    lines = dated.on(Days.of(day)).summaries()

    assert [hit.code for hit in hits if not hit.is_open] == [last] == [hits[-1].code]
    assert [line.code for line in lines if not line.is_open] == [last] == [lines[-1].code]


def test_a_catalog_that_nobody_asked_for_a_day_takes_no_account_of_dates(dated):
    assert all(hit.is_open for hit in dated.search("高龄"))
    assert dated.on(Days.of(FIRST)).item("442099000001") == dated.item("442099000001")
