"""A station that holds an older pack fetches what changed, and the whole pack on any doubt."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog_cache.distribution.delta import make_delta
from catalog_cache.distribution.delta_shelf import DeltaShelf
from catalog_cache.distribution.sources import FolderSource
from catalog_cache.errors import NotServed, SourceUnreachable, UpdateRefused
from catalog_cache.installed.cache import CatalogCache
from tests.catalog_cache.press import Press, Station, pack_of

NAMES = tuple(f"事项{n}" for n in range(60))
CHANGED = (*NAMES[:30], "残疾人证", *NAMES[31:])
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "altered": lambda delta: delta.replace(delta[90:91], bytes([delta[90] ^ 1]), 1),
    "cut off": lambda delta: delta[:-1],
    "empty": lambda delta: b"",
    "another file": lambda delta: b'{"signed":{}}' * 9,
    "for another base": lambda delta: make_delta(pack_of(1, "甲"), pack_of(2, "乙")) or b"",
}
Trouble = UpdateRefused | SourceUnreachable | NotServed


class Line(FolderSource):
    """The press over a line: remembers what was asked for, and answers for deltas what a test wants."""

    def __init__(self, press: Press) -> None:
        super().__init__(press.folder)
        self.shelf = DeltaShelf(press.folder)
        self.asked: list[str] = []
        self.damage: Callable[[bytes], bytes] = lambda delta: delta
        self.troubles: list[Trouble] = []

    def target(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        self.asked.append(name.rpartition(".")[2])
        return super().target(name, size_max, part)

    def delta(self, name: str, size_max: int, part: Path | None = None) -> bytes:
        self.asked.append("delta")
        if self.troubles:
            raise self.troubles.pop(0)
        pack, _, base = name.partition("/")
        self.shelf.find(base.removesuffix(".delta"), pack)
        return self.damage(super().delta(name, size_max, part))


@pytest.fixture
def line(press: Press, far: Station) -> Line:
    """The station holds version 2; version 3 differs by one item of sixty."""
    press.publishes(2, *NAMES)
    far.updates()
    press.publishes(3, *CHANGED)
    return Line(press)


def test_a_changed_item_comes_as_a_delta_and_the_pack_is_the_signed_one(
    press: Press, far: Station, line: Line
):
    report = far.updates(line)

    assert (report.state, report.version, line.asked) == ("new", 3, ["delta"])
    assert far.knows("残疾人证")
    assert far.cache.pack(3) == press.repository.content("pack.jsonl")


def test_what_a_delta_led_to_is_proved_like_everything_else(far: Station, line: Line):
    far.updates(line)

    assert far.updates(line).state == "current"
    assert line.asked == ["delta"]


@pytest.mark.parametrize("how", DAMAGE)
def test_a_delta_that_leads_nowhere_is_replaced_by_the_whole_pack(far: Station, line: Line, how: str):
    line.damage = DAMAGE[how]

    report = far.updates(line)

    assert (report.state, report.version, report.why) == ("new", 3, "")
    assert line.asked == ["delta", "xz"]
    assert not list(far.metadata_dir.rglob("*.part"))


@pytest.mark.parametrize(
    "trouble", [NotServed("deltas"), UpdateRefused("limit", "过大"), UpdateRefused("content", "符号链接")]
)
def test_no_delta_no_matter(far: Station, line: Line, trouble: Trouble):
    line.troubles = [trouble]

    assert far.updates(line).version == 3
    assert line.asked == ["delta", "xz"]


def test_a_line_that_breaks_once_during_a_delta_is_asked_once_more(far: Station, line: Line):
    line.troubles = [SourceUnreachable("断")]

    assert far.updates(line).version == 3
    assert line.asked == ["delta", "delta"]


def test_a_place_that_never_answers_for_deltas_does_not_keep_a_station_back(far: Station, line: Line):
    line.troubles = [SourceUnreachable("断"), SourceUnreachable("断")]

    assert far.updates(line).version == 3
    assert line.asked == ["delta", "delta", "xz"]


def test_a_damaged_pack_at_home_is_no_base(far: Station, line: Line):
    path = far.cache._pack_path(2)
    path.write_bytes(path.read_bytes()[:-9])

    assert far.updates(line).version == 3
    assert line.asked == ["xz"]


def test_a_station_that_missed_several_versions_takes_one_delta(press: Press, far: Station, line: Line):
    for version in range(4, 8):
        press.publishes(version, *CHANGED[:-version], "新事项")

    assert far.updates(line).version == 7
    assert line.asked == ["delta"]


def test_a_lost_proof_is_made_again_without_fetching_the_pack(far: Station, line: Line):
    far.updates(line)
    for path in (far.metadata_dir / "proofs").iterdir():
        path.unlink()
    line.asked.clear()

    far.updates(line)

    assert line.asked == []
    assert list((far.metadata_dir / "proofs").iterdir())


def test_a_new_program_over_the_same_folder_goes_on_from_the_same_base(
    far: Station, line: Line, tmp_path: Path
):
    far.cache.close()
    far.cache = CatalogCache(tmp_path / "station/catalog")

    assert far.updates(line).version == 3
    assert line.asked == ["delta"]
