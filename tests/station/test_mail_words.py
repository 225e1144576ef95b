"""The mail's dictionary is made from the catalog, signed with it, and used once it has come."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from catalog_cache.demonstration import demonstration_items
from catalog_cache.distribution.update import signed_file
from station import mail_words
from station.hall.publishing import mail_words as maker
from sync import dictionary
from sync.codec import Dictionary, compress
from tests.station.publishing_desk import PublishingDesk
from tests.tools.counter import Counter

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ITEMS = demonstration_items()


@pytest.fixture(scope="module")
def words() -> bytes:
    made = maker.make(ITEMS, NOW)
    assert made is not None
    return made


@pytest.fixture
def desk(hall: Counter, tmp_path: Path) -> PublishingDesk:
    desk = PublishingDesk(hall, tmp_path)
    desk.has_its_keys()
    return desk


def test_the_first_version_brings_a_dictionary_signed_like_the_catalog(desk: PublishingDesk):
    desk.publishes(*ITEMS[:40])
    node = desk.hall.node

    data = signed_file(node.metadata_folder, f"county/{node.facts.division}/{mail_words.FILE}")
    assert data is not None
    with node.using():
        assert dictionary.stated() == (Dictionary.read(data).number,)


def test_a_later_version_keeps_it_so_that_no_station_fetches_it_twice(desk: PublishingDesk):
    desk.publishes(*ITEMS[:40])
    first = signed_file(desk.hall.node.metadata_folder, f"county/440205000000/{mail_words.FILE}")
    desk.publishes(*ITEMS[:41])

    assert signed_file(desk.hall.node.metadata_folder, f"county/440205000000/{mail_words.FILE}") == first
    with desk.hall.node.using():
        assert len(dictionary.stated()) == 1


def test_a_file_that_is_no_dictionary_does_not_stop_the_mail(station: Counter):
    folder = station.node.metadata_folder / "files" / "county" / "440205000000"
    folder.mkdir(parents=True)
    (folder / mail_words.FILE).write_bytes(b"no dictionary")

    with station.node.using():
        assert mail_words.take_up(station.node.metadata_folder, station.node.mailbox, NOW) == []
        assert dictionary.stated() == ()


def test_cases_of_the_catalogs_items_take_half_the_room(words):
    known = Dictionary.read(words)
    samples = [sample for sample in samples_of_others() if b"receipt_number" in sample]

    alone = sum(len(compress(sample)) for sample in samples)
    together = sum(len(compress(sample, dictionary=known)) for sample in samples)

    assert together < 0.55 * alone


def samples_of_others() -> list[bytes]:
    """The same items, other people."""
    return list(maker._samples(ITEMS, NOW, Random("others")))


def test_too_small_a_catalog_has_none():
    assert maker.make([], NOW) is None
