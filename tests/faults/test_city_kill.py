"""Kill -9 while a city signs for two counties: each finds the old base or the new, and the desk agrees."""

import random
from hashlib import sha256
from pathlib import Path

import pytest
from tuf.api.metadata import Root

from catalog_cache.demonstration import worked_items
from catalog_cache.distribution.city import CityRepository
from catalog_cache.layering.layer_files import BASE
from catalog_cache.pack import read_pack
from catalog_cache.signatures.handover import read_handover
from catalog_cache.signatures.shelf import read_role
from station.hall.publishing import draft, release, review
from station.hall.publishing.desk import Desk, Passphrases
from station.node import Installation
from tests.faults.catalog_kill import _in_a_process
from tests.station.city_desk import FIRST_WORD, SECOND_WORD, ZHENJIANG, City, County
from tests.tools.counter import PASSWORD

pytestmark = pytest.mark.slow
SEED, MOMENTS = 20261126, 6
ITEMS = worked_items()[:3]


class KilledCity:
    """A city's data folder, opened anew for each thing that is done, as after a start."""

    def __init__(self, folder: Path) -> None:
        city = City(folder)
        for county in (County(folder), County(folder, ZHENJIANG)):
            city.grants(county)
            county.hall.closes()
        city.publishes(*ITEMS)
        self.settings, self.time = city.hall.settings, city.hall.time
        self.folders = CityRepository(city.desk.city.folder)
        city.hall.closes()

    def does(self, work, *given):
        """Something at the desk, in this process."""
        installation = Installation(self.settings, self.time.clock())
        try:
            node = installation.unlock("boss", PASSWORD)
            with node.using():
                return work(node, *given)
        finally:
            installation.close()

    def edits(self, number: int) -> None:
        """A new phone at one item, approved and waiting for the keepers."""
        self.time.passes(minutes=5)

        def edit(node):
            item = ITEMS[0].to_dict() | {"phone": f"0751-{number:07}"}
            draft.take_entries(
                [type(ITEMS[0]).from_dict(item)], is_whole=False, by="editor", now=self.time.at
            )
            sent = review.submit(node.facts.division, "", by="editor", now=self.time.at)
            review.decide(sent.number, is_approved=True, words="", by="publisher", now=self.time.at)

        self.does(edit)

    def signs(self) -> None:
        """Both keepers."""
        self.does(
            lambda node: release.publish(
                node, FIRST_WORD, by="publisher", now=self.time.at, second=SECOND_WORD
            )
        )

    def signs_for_the_rest(self) -> None:
        words = Passphrases(FIRST_WORD, SECOND_WORD)
        self.does(lambda node: release.sign_for_the_rest(node, words, by="publisher", now=self.time.at))

    def numbers(self) -> list[int]:
        """The version that a county finds in its folder, all of it checked as the county would."""
        found = []
        for path in sorted(self.folders.folder.glob("[0-9]*")):
            taken = read_handover(path, read_role(path, Root, "root").signed)
            found.append(read_pack(taken.files[BASE]).meta.version)
        return found

    def published(self) -> list[tuple[int, str]]:
        """What the desk says is published, newest first, after it settled what was begun."""

        def settled(node):
            release.settle(Desk.of(node))
            return [(version.number, version.sha256) for version in release.history()]

        return self.does(settled)


def test_a_city_killed_while_it_signs_leaves_each_county_the_old_base_or_the_new(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance, city = random.Random(SEED), KilledCity(tmp_path)
    city.edits(0)
    usual, was_killed, is_well = _in_a_process(city.signs, None, None)
    assert is_well and not was_killed and city.numbers() == [2, 2]
    ends = set()
    for moment in range(1, MOMENTS + 1):
        before = city.published()[0][0]
        city.edits(moment)
        _in_a_process(city.signs, int(chance.uniform(0.2, 1) * usual), None)

        found, told = city.numbers(), city.published()
        assert set(found) <= {before, before + 1}, found
        assert told[0][0] == max(found), "the desk says what the folders say"
        ends.add(tuple(number - before for number in found))
        if max(found) == before:
            city.signs()
        elif min(found) == before:
            city.signs_for_the_rest()
        assert city.numbers() == [before + 1, before + 1]
        digest = city.published()[0][1]
        assert {one.base_sha256 for one in city.folders.counties()} == {digest}
        assert sha256(city.folders.base(digest)).hexdigest() == digest
    print(f"found (new bases by county): {sorted(ends)}")
    assert (0, 0) in ends, "some cut came before the first county"
