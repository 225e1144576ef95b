"""Whoever holds the published folder makes deltas to the version in force, each once, and only few."""

from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from catalog_cache.distribution.delta import apply_delta
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.stick import copy_published
from catalog_cache.http import blueprint
from tests.catalog_cache.press import CODE, Press, Station, pack_of

NAMES = tuple(f"事项{n}" for n in range(60))


class Versions:
    """Versions 2 to 5 of a press, each with one item changed."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self.packs: dict[int, bytes] = {}
        for version in range(2, 6):
            self.goes_on(version)

    def goes_on(self, version: int) -> None:
        self.press.publishes(version, *NAMES[:20], f"第{version}版", *NAMES[21:])
        self.packs[version] = self.press.repository.content("pack.jsonl")

    def hash(self, version: int) -> str:
        return sha256(self.packs[version]).hexdigest()


@pytest.fixture
def versions(press: Press) -> Versions:
    return Versions(press)


@pytest.fixture
def shelf(press: Press) -> DeltaShelf:
    return DeltaShelf(press.folder)


def kept(press: Press) -> list[Path]:
    return sorted((press.folder / "deltas").rglob("*.delta"))


def test_a_delta_leads_from_any_version_held_to_the_one_in_force(versions: Versions, shelf: DeltaShelf):
    for version in (2, 3, 4):
        path = shelf.find(versions.hash(version), versions.hash(5))
        assert path is not None
        pack = versions.packs[5]
        assert apply_delta(path.read_bytes(), versions.packs[version], versions.hash(5), len(pack)) == pack


def test_it_is_made_once_and_found_again_after_a_restart(versions: Versions, shelf: DeltaShelf, press: Press):
    first = shelf.find(versions.hash(4), versions.hash(5))
    assert first is not None
    made_at = first.stat().st_mtime_ns

    again = DeltaShelf(press.folder).find(versions.hash(4), versions.hash(5))

    assert again == first and again.stat().st_mtime_ns == made_at


def test_nothing_leads_back_or_to_a_version_no_longer_in_force(versions: Versions, shelf: DeltaShelf):
    assert shelf.find(versions.hash(5), versions.hash(4)) is None
    assert shelf.find(versions.hash(2), versions.hash(4)) is None
    assert shelf.find(versions.hash(5), versions.hash(5)) is None


@pytest.mark.parametrize("base", ["", "00" * 32, "../" * 21 + "x", "AB" * 32])
def test_a_base_nobody_holds_has_no_delta(versions: Versions, shelf: DeltaShelf, base: str):
    assert shelf.find(base, versions.hash(5)) is None


def test_a_new_version_clears_away_what_led_to_the_one_before(
    versions: Versions, shelf: DeltaShelf, press: Press
):
    shelf.prepare()
    versions.goes_on(6)
    shelf.find(versions.hash(5), versions.hash(6))

    assert [path.parent.name for path in kept(press)] == [versions.hash(6)]


def test_the_last_few_versions_are_prepared_newest_first(versions: Versions, shelf: DeltaShelf, press: Press):
    shelf.prepare(2)

    assert {path.stem for path in kept(press)} == {versions.hash(4), versions.hash(3)}


def test_a_pack_kept_only_in_its_compressed_form_is_a_base_too(
    versions: Versions, shelf: DeltaShelf, press: Press
):
    for path in (press.folder / "targets").rglob(f"{versions.hash(3)}.pack.jsonl"):
        path.unlink()

    assert shelf.find(versions.hash(3), versions.hash(5)) is not None
    assert len(shelf.prepare()) == 4


def test_a_delta_no_smaller_than_the_whole_pack_is_not_offered_and_not_made_twice(
    versions: Versions, press: Press
):
    tried: list[int] = []
    shelf = DeltaShelf(press.folder, make=lambda old, new: tried.append(1) or bytes(len(new)))

    assert shelf.find(versions.hash(4), versions.hash(5)) is None
    assert shelf.find(versions.hash(4), versions.hash(5)) is None
    assert tried == [1]


def test_no_more_deltas_are_kept_than_there_is_room_for(versions: Versions, press: Press):
    assert len(DeltaShelf(press.folder, kept_max=2).prepare()) == 2
    assert len(kept(press)) == 2


def test_an_altered_pack_in_the_folder_spoils_only_the_delta_not_the_station(
    versions: Versions, far: Station, press: Press
):
    far.updates()
    versions.goes_on(6)
    [path] = (press.folder / "targets").rglob(f"{versions.hash(5)}.pack.jsonl")
    path.write_bytes(pack_of(5, "别的"))
    DeltaShelf(press.folder).prepare()

    assert far.updates().version == 6


def test_nothing_is_prepared_where_nothing_is_published(tmp_path: Path):
    assert DeltaShelf(tmp_path).prepare() == []
    assert DeltaShelf(tmp_path).find("a" * 64, "b" * 64) is None


def test_the_web_serves_a_delta_at_an_address_made_of_both_hashes(versions: Versions, press: Press):
    app = Flask("signed-files")
    app.register_blueprint(blueprint(press.folder), url_prefix="/catalog")
    web = app.test_client()
    address = f"/catalog/deltas/{versions.hash(5)}/{versions.hash(3)}.delta"

    answer, half = web.get(address), web.get(address, headers={"Range": "bytes=20-"})

    assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    assert (half.status_code, half.data) == (206, answer.data[20:])
    assert web.get(f"/catalog/deltas/{versions.hash(4)}/{versions.hash(3)}.delta").status_code == 404
    assert web.get(f"/catalog/deltas/{'x' * 64}/{versions.hash(3)}.delta").status_code == 404


def test_a_stick_carries_the_last_few_deltas_beside_the_whole_pack(
    versions: Versions, far: Station, press: Press, tmp_path: Path
):
    far.updates()
    versions.goes_on(6)
    copy_published(press.folder, tmp_path / "stick")
    [whole] = (tmp_path / f"stick/targets/county/{CODE}").glob("*.pack.jsonl.xz")
    carried = sorted(path.stem for path in (tmp_path / "stick/deltas").rglob("*.delta"))
    whole.unlink()

    assert carried == sorted(versions.hash(version) for version in (5, 4, 3))
    assert far.updates(tmp_path / "stick").version == 6
