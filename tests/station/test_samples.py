"""Samples and blank forms reach a station by themselves over the link, and all at once from a stick."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog_cache.distribution.sample_files import files_of
from catalog_cache.distribution.sources import FolderSource
from station import chores
from station.catalog_stick.stick import Stick
from station.catalog_stick.taking import bring_files
from station.chores import fetch_samples
from station.cli import main
from station.cli.progress import counted
from station.samples import Samples, used_items
from tests.station.line import Line, held_samples, served
from tests.tools.counter import Counter
from tests.tools.sample_files import with_files

ITEMS, CONTENT = with_files(10, 24, 20261126, shrink=4)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    line = Line(tmp_path)
    line.publishes_with_files(2, ITEMS, CONTENT)
    line.township_takes()
    yield line
    line.closes()


def rounds(node: Counter, url: str) -> int:
    """Rounds until one has nothing more to do at once."""
    node.node.facts = node.node.facts.with_parent(url.removesuffix("/catalog"))
    count = 0
    with node.node.using():
        while fetch_samples(node.node) == chores.SAMPLES_SECONDS:
            count += 1
    return count


def test_they_come_little_by_little_through_the_township_to_the_village(line: Line) -> None:
    with served(line.county) as url:
        assert rounds(line.township, url) > 1
    with served(line.township) as url:
        line.village_takes(url)
        rounds(line.village, url)

    assert held_samples(line.township) == held_samples(line.village) == set(CONTENT)


def test_when_all_are_here_nobody_is_asked_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(line.county) as url:
        rounds(line.township, url)

    with line.township.node.using():
        assert fetch_samples(line.township.node) == chores.NOTHING_TO_DO_SECONDS


def test_a_hall_that_is_away_is_tried_again_later(line: Line) -> None:
    line.township.node.facts = line.township.node.facts.with_parent("http://127.0.0.1:9")

    with line.township.node.using():
        assert fetch_samples(line.township.node) == chores.CATALOG_RETRY_SECONDS


def test_a_nearly_full_disk_gets_no_samples(line: Line) -> None:
    node = line.township.node
    node.samples = Samples(node.samples.store.folder, free_bytes_min=1 << 60)
    with served(line.county) as url:
        rounds(line.township, url)

    assert held_samples(line.township) == set()


def test_what_no_kept_version_names_is_dropped_when_the_house_is_kept(line: Line) -> None:
    with served(line.county) as url:
        rounds(line.township, url)
    with line.township.node.using():
        node = line.township.node
        assert node.samples.forget_unused(node.catalog) == 0
        line.publishes_with_files(3, ITEMS[:3], {})
        line.township_takes()
        node.catalog.prune([])
        line.publishes_with_files(4, ITEMS[:3], {})
        line.township_takes()
        node.catalog.prune([])
        node.samples.forget_unused(node.catalog)

    assert held_samples(line.township) == {file.sha256 for item in ITEMS[:3] for file in files_of(item)}


def test_before_any_case_no_item_goes_before_the_others(line: Line) -> None:
    with line.township.node.using():
        assert used_items() == []


def test_a_stick_is_made_and_taken_with_two_commands(
    line: Line, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    county, village = (str(node.node.settings.data_folder) for node in (line.county, line.village))
    stick = str(tmp_path / "stick")
    with line.village.node.using():
        chores.update_catalog(line.village.node, FolderSource(line.press.folder))

    made = main(["catalog", "export", stick, "--dir", county])
    took = main(["catalog", "update", "--from", stick, "--dir", village])

    out = capsys.readouterr().out
    assert (made, took) == (0, 0)
    assert f"样表和空表 {len(CONTENT)} 个" in out and f"新到样表和空表 {len(CONTENT)} 个" in out
    assert held_samples(line.village) == set(CONTENT)


def test_on_a_terminal_one_sees_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: Line
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with counted("样表和空表", is_quiet=False) as watch:
        bring_files(line.township.installation, Stick.at(line.press.folder), watch)

    assert f"样表和空表 12/{len(CONTENT)}" in capsys.readouterr().err
