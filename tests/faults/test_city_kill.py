"""Kill -9 while a city signs for two counties: each finds the old base or the new, and the desk agrees.

And while a county receives what the city signed, with its samples: it has what it had, or all of it.
"""

import random
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from shutil import copytree

import pytest
from tuf.api.metadata import Root

from catalog_cache.demonstration import worked_items
from catalog_cache.distribution.city import CityRepository
from catalog_cache.distribution.handed_zip import HandoverZip
from catalog_cache.distribution.publish import Repository
from catalog_cache.layering.layer_files import BASE
from catalog_cache.pack import read_pack
from catalog_cache.signatures.handover import read_handover
from catalog_cache.signatures.shelf import read_role
from station.hall.publishing import arrivals, base, city_samples, draft, release, review
from station.hall.publishing.desk import Desk, Passphrases
from station.node import Installation
from tests.faults.catalog_kill import _in_a_process
from tests.station.city_desk import FIRST_WORD, SECOND_WORD, ZHENJIANG, City, County
from tests.station.publishing_desk import PASSPHRASE
from tests.station.test_city_zip import SAMPLES, publishes_with_samples
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


class KilledCounty:
    """A county over the first version of its city's, and the ZIP of the second, with two samples in it."""

    def __init__(self, folder: Path) -> None:
        city, county = City(folder), County(folder)
        city.grants(county)
        city.publishes(*ITEMS)
        county.brings_by_stick(city.file_for(county))
        county.takes_over()
        county.signs_what_is_there()
        publishes_with_samples(city)
        self.zip = city.file_for(county)
        self.settings, self.time = county.hall.settings, county.hall.time
        for desk in (city, county):
            desk.hall.closes()

    def copied(self, folder: Path) -> "KilledCounty":
        """The same county once more, to be killed again."""
        other = object.__new__(KilledCounty)
        copytree(self.settings.data_folder, folder)
        other.zip, other.time = self.zip, self.time
        other.settings = replace(self.settings, data_folder=folder)
        return other

    def does(self, work):
        installation = Installation(self.settings, self.time.clock())
        try:
            node = installation.unlock("boss", PASSWORD)
            with node.using():
                return work(node)
        finally:
            installation.close()

    def receives(self):
        """The ZIP from the stick; whether it was news, and what came with it."""

        def receive(node):
            with closing(HandoverZip(BytesIO(self.zip))) as brought:
                is_newer = arrivals.receive(Repository(node.repository_folder), brought)
                return is_newer, city_samples.take(node, brought, self.time.at)

        return self.does(receive)

    def signs(self):
        """Taken over, read by a second person, signed; each step only where it was not done before."""

        def sign(node):
            if base.is_waiting():
                arrivals.take_over(Repository(node.repository_folder), by="editor", now=self.time.at)
            if draft.counts().is_changed and review.current() is None:
                review.submit(node.facts.division, "", by="editor", now=self.time.at)
            sent = review.current()
            if sent is not None and sent.state == "waiting":
                review.decide(sent.number, is_approved=True, words="", by="publisher", now=self.time.at)
            if review.current() is not None:
                release.publish(node, PASSPHRASE, by="publisher", now=self.time.at)
            release.settle(Desk.of(node))

        self.does(sign)

    def waits(self) -> int:
        """The version of the base that waits, checked anew; 0 for none."""

        def look(node):
            news = arrivals.waiting(Repository(node.repository_folder))
            return news.meta.version if news else 0

        return self.does(look)

    def held(self) -> set[bytes]:
        """Every sample that counts as whole."""
        folder = self.settings.data_folder / "repository/files"
        return {path.read_bytes() for path in folder.glob("*") if path.is_file() and "." not in path.name}

    def in_force(self) -> tuple[int, int]:
        """The county's version and the city's below it, as stations find them."""

        def look(node):
            desk = Desk.of(node)
            pack = read_pack(desk.repository.content("pack.jsonl"))
            below = read_pack(desk.repository.city_file(BASE))
            assert pack.meta.base == sha256(desk.repository.city_file(BASE)).hexdigest()
            return pack.meta.version, below.meta.version

        return self.does(look)


def test_a_county_killed_while_it_receives_or_signs_has_what_it_had_or_all_of_it(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    chance, county = random.Random(SEED), KilledCounty(tmp_path)
    whole = county.copied(tmp_path / "whole")
    receiving, _, is_well = _in_a_process(whole.receives, None, None)
    signing, _, is_signed = _in_a_process(whole.signs, None, None)
    assert is_well and is_signed and whole.in_force() == (2, 2)
    ends = set()
    for moment in range(MOMENTS):
        killed = county.copied(tmp_path / str(moment))
        _in_a_process(killed.receives, int(chance.uniform(0.3, 1) * receiving), None)
        assert killed.waits() in (0, 2) and killed.held() <= set(SAMPLES)
        ends.add((killed.waits(), len(killed.held())))
        _, taken = killed.receives()
        assert killed.waits() == 2 and killed.held() == set(SAMPLES) and taken.missing == ()
        assert not list(killed.settings.data_folder.glob("repository/.from-city-*")), "nothing is left over"

        _in_a_process(killed.signs, int(chance.uniform(0.3, 1) * signing), None)
        assert killed.in_force() in ((1, 1), (2, 2))
        killed.signs()
        assert killed.in_force() == (2, 2)
    print(f"found (base that waits, samples): {sorted(ends)}")
    assert len(ends) > 1, "the cuts came at different places"
