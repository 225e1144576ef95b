"""The city replaces its keys: lost ones, worn-out ones, and a replacement that was cut off in the middle."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Root

from catalog_cache.errors import KeyRefused
from catalog_cache.signatures import keyfile
from catalog_cache.signatures.shelf import newest_version, read_role
from catalog_cache.signatures.signing import CountyKeys
from station.hall.publishing import city, keys
from station.hall.publishing.roles import describe
from tests.catalog_cache.press import CODE, new_county_signers
from tests.station.publishing_desk import CHEAP, PASSPHRASE

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


class City:
    """Five key files and a handover; every passphrase is the same. `asked` tells for which files."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.desk = keys.CityDesk(folder / "keys", folder / "handover", self._ask)
        self.now = NOW
        signers = new_county_signers()
        request = CountyKeys.of(CODE, signers, []).to_request(signers)
        keys.hold_ceremony(self.desk, request, {}, self.now)

    def _ask(self, name: str) -> str:
        self.asked.append(name)
        return PASSPHRASE

    def replaces(self, *names: str) -> None:
        self.now += timedelta(days=1)
        city.replace(self.desk, names, self.now)

    def loses(self, name: str) -> None:
        (self.desk.keys_folder / name).unlink()

    def key_id(self, name: str) -> str:
        return keyfile.open_key(self.desk.keys_folder / name, PASSPHRASE).public_key.keyid

    def named(self, role: str) -> set[str]:
        """Whose keys the newest root names for a role."""
        return set(read_role(self.desk.out, Root, "root").signed.roles[role].keyids)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(keyfile.new_key, "__defaults__", (CHEAP,))
    return City(tmp_path)


def test_a_lost_root_key_is_the_one_that_counts_no_more(town: City):
    lost = town.key_id("root-2.pem")
    town.loses("root-2.pem")

    town.replaces("root-2.pem")

    assert lost not in town.named("root")
    assert town.named("root") == {town.key_id(name) for name in keys.ROOT_NAMES}
    assert describe(town.desk.out).root_version == 2


def test_a_replaced_key_that_is_still_there_lies_in_old(town: City):
    worn = town.key_id("root-1.pem")

    town.replaces("root-1.pem")

    [old] = (town.desk.keys_folder / "old").iterdir()
    assert old.name == f"{worn[:8]}-root-1.pem"
    assert worn not in town.named("root")
    assert not (town.desk.keys_folder / "new/root-1.pem").exists()


def test_a_root_key_that_stays_in_its_safe_goes_on_to_count(town: City):
    """Two of three are at hand; one of them is replaced, the third is not needed and not touched."""
    third = town.key_id("root-3.pem")
    town.loses("root-3.pem")

    town.replaces("root-1.pem")

    assert third in town.named("root") and len(town.named("root")) == 3


def test_new_city_keys_sign_the_citys_files_at_once(town: City):
    town.loses("city-1.pem")

    town.replaces("city-1.pem")

    assert town.named("targets") == {town.key_id(name) for name in keys.CITY_NAMES}
    assert newest_version(town.desk.out, "targets") == 2


def test_all_keys_can_be_replaced_at_once(town: City):
    before = town.named("root") | town.named("targets")

    town.replaces(*keys.ROOT_NAMES, *keys.CITY_NAMES)

    assert not before & (town.named("root") | town.named("targets"))
    assert town.asked.count("new/root-1.pem") == 1


def test_one_root_key_replaces_nothing(town: City):
    town.loses("root-1.pem")
    town.loses("root-2.pem")

    with pytest.raises(KeyRefused, match="不足两把"):
        town.replaces("root-1.pem", "root-2.pem")
    assert describe(town.desk.out).root_version == 1


def test_which_of_two_absent_city_keys_is_lost_is_not_guessed(town: City):
    town.loses("city-1.pem")
    town.loses("city-2.pem")

    with pytest.raises(KeyRefused, match="分不清"):
        town.replaces("city-1.pem")
    town.replaces("city-1.pem", "city-2.pem")
    assert town.named("targets") == {town.key_id(name) for name in keys.CITY_NAMES}


def test_a_replacement_that_was_cut_off_is_ended_by_the_same_command(
    town: City, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as cut:
        cut.setattr(city, "_move_into_place", fails)
        with pytest.raises(OSError, match="power cut"):
            town.replaces("root-2.pem", "city-1.pem")
    assert describe(town.desk.out).root_version == 2

    town.replaces("root-2.pem", "city-1.pem")

    assert describe(town.desk.out).root_version == 2
    assert town.named("root") == {town.key_id(name) for name in keys.ROOT_NAMES}
    assert town.named("targets") == {town.key_id(name) for name in keys.CITY_NAMES}


@pytest.mark.parametrize("names", [(), ("county.pem",), ("../root-1.pem",), ("root-4.pem",)])
def test_only_the_citys_own_keys_can_be_replaced(town: City, names: tuple[str, ...]):
    with pytest.raises(KeyRefused, match="没有名为"):
        town.replaces(*names)


def test_the_folder_tells_who_signs_and_until_when(town: City):
    told = describe(town.desk.out)

    assert (told.root_version, told.county) == (1, CODE)
    assert {role.role: (len(role.keyids), role.threshold) for role in told.roles} == {
        "root": (3, 2),
        "targets": (2, 2),
        "snapshot": (1, 1),
        "timestamp": (1, 1),
        f"county-{CODE}": (1, 1),
    }
    assert len(told.fingerprint.split()) == 5
