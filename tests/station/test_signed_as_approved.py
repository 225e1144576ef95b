"""What is signed is what the second person approved, whatever somebody saves while the version is made."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from catalog_cache.demonstration import worked_items
from catalog_cache.distribution.city import CityRepository
from catalog_cache.distribution.publish import Repository
from catalog_cache.layering.layer_files import township_file
from catalog_cache.pack import read_pack
from station.database import AnyDatabase
from station.hall.publishing import draft, release, review, towns
from station.hall.publishing.desk import Desk
from station.hall.publishing.models import DraftEntry
from sync.rows import snapshot, using, write
from tests.tools.counter import START

ITEMS = worked_items()[:4]
FIRST = ITEMS[0]
QUJIANG, MABA = "440205000000", "440205100000"


@dataclass(frozen=True)
class BusyDesk(Desk):
    """A desk at which somebody else does something in the very moment in which a version is made."""

    meanwhile: Callable[[], None] = lambda: None

    def number_in_force(self) -> int:
        """Asked for after the approval was read, and before the draft is."""
        self.meanwhile()
        return 0


@pytest.fixture
def sits_beside(database: AnyDatabase) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Another clerk: does what is given in a thread and with a connection of its own, and is done with it."""

    def at_work(does: Callable[[], None]) -> None:
        try:
            with using(database):
                does()
        finally:
            database.close()

    def clerk(does: Callable[[], None]) -> Callable[[], None]:
        def act() -> None:
            with ThreadPoolExecutor(1) as other:
                other.submit(at_work, does).result()

        return act

    return clerk


@pytest.fixture
def desk(database: AnyDatabase, tmp_path: Path) -> BusyDesk:
    """A county whose draft of four items, and a township's line, are approved."""
    draft.take_entries(ITEMS, is_whole=True, by="editor", now=START)
    towns.say(MABA, FIRST.code, towns.Says(place="镇政府一楼"), by="editor", now=START)
    sent = review.submit(QUJIANG, "", by="editor", now=START)
    review.decide(sent.number, is_approved=True, words="", by="publisher", now=START)
    folders = Repository(tmp_path / "repository"), CityRepository(tmp_path / "counties")
    return BusyDesk(*folders, tmp_path / "keys", tmp_path / "metadata", QUJIANG, "曲江区", "county")


def saves_an_item() -> None:
    row = draft.entry_row(FIRST.code)
    draft.save_entry(replace(FIRST, phone="0751-0000009"), row.sha256, by="editor", now=START)


def test_an_item_saved_while_the_version_is_made_is_not_signed_unread(desk, sits_beside):
    made = release.make_version(replace(desk, meanwhile=sits_beside(saves_an_item)), START)

    assert read_pack(made.pack).items == tuple(sorted(ITEMS, key=lambda item: item.code))
    assert draft.read(draft.entry_row(FIRST.code).record).phone == "0751-0000009", "and it is not lost"


def test_a_townships_line_said_while_the_version_is_made_is_not_signed_unread(desk, sits_beside):
    def says_something_else() -> None:
        towns.say(MABA, FIRST.code, towns.Says(place="镇政府二楼"), by="editor", now=START)

    made = release.make_version(replace(desk, meanwhile=sits_beside(says_something_else)), START)

    [change] = read_pack(made.beside[township_file(MABA)]).changes
    assert change.values["place"] == "镇政府一楼"


def test_in_a_snapshot_nobody_elses_writing_is_seen_and_nobody_waits(desk, sits_beside, database):
    with snapshot():
        before = DraftEntry.select().count()
        sits_beside(lambda: removes(FIRST.code))()
        assert DraftEntry.select().count() == before
    assert DraftEntry.select().count() == before - 1


def test_inside_a_transaction_a_snapshot_sees_what_was_just_written(desk):
    with write():
        removes(FIRST.code)
        with snapshot():
            assert DraftEntry.select().count() == len(ITEMS) - 1


def removes(code: str) -> None:
    with write():
        DraftEntry.delete().where(DraftEntry.code == code).execute()
