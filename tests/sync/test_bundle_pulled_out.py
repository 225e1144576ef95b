"""The stick is pulled out at any byte, the power goes, a person says stop: nothing is half done."""

import builtins
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync import bundle_copy, bundle_write
from sync.bundle_file import PIECE_BYTES, Step
from sync.errors import (
    BundleDamaged,
    BundleInterrupted,
    BundleNotWritten,
    BundleStopped,
    NoRoom,
)
from sync.outbox import LetterState
from tests.tools.mail_node import MailNode

SMALL = 64  # bytes read or written at once while a stick fails


@pytest.fixture
def village(village: MailNode, hall: MailNode) -> MailNode:
    """With a case on its way."""
    village.writes(hall, "c1", {"text": "高龄津贴"}, [os.urandom(9_000)])
    return village


class Failing:
    """A file that gives an error at its n-th byte, however it is read or written."""

    def __init__(self, file: Any, fails_at: int) -> None:
        self._file, self._left = file, fails_at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "Failing":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        self._spend(len(data))
        return self._file.write(data)

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._spend(len(data))
        return data

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise OSError(errno.EIO, "Input/output error")


def test_an_export_cut_at_any_byte_leaves_no_bundle_and_the_next_one_is_whole(
    hall, village, stick, monkeypatch
):
    size_bytes = village.exports(hall, stick / "whole.ymb").size_bytes
    (stick / "whole.ymb").unlink()
    real = builtins.open
    for cut in range(0, size_bytes, size_bytes // 23):
        monkeypatch.setattr(bundle_write, "open", lambda *a, at=cut: Failing(real(*a), at), raising=False)
        with pytest.raises(BundleNotWritten) as refusal:
            village.exports(hall, stick)
        assert os.listdir(stick) == []
        assert "读写出错" in refusal.value.why
    monkeypatch.undo()
    hall.imports(village.exports(hall, stick).path)

    assert hall.subjects() == ["c1"]


def test_a_part_that_a_pulled_stick_kept_is_thrown_away_by_the_next_export(hall, village, stick):
    (stick / "YM-02020202-01010101-20260101-000000.ymb.part").write_bytes(b"half")
    (stick / "YM-03030303-01010101-20260101-000000.ymb.part").write_bytes(b"another station's")
    village.exports(hall, stick)

    assert sorted(os.listdir(stick)) == [
        "YM-02020202-01010101-20261122-090000.ymb",
        "YM-03030303-01010101-20260101-000000.ymb.part",
    ]


def test_an_export_that_is_killed_leaves_a_part_at_most_and_the_next_one_is_whole(hall, village, stick):
    script = (
        "import os, sys, pathlib; from sync.keys import NodeKeys; from sync.bundle_seal import Label;"
        "from sync.bundle_write import Content, write_bundle;"
        "die = lambda step, done, total: done > 700_000 and os._exit(9);"
        "content = Content(Label('02'*16, '01'*16, 'x25519', bytes(80)), b'', (), "
        "((1_000_000, (bytes(1000) for _ in range(1000))),));"
        "write_bundle(pathlib.Path(sys.argv[1]), NodeKeys.generate(), content, die)"
    )
    name = str(stick / "YM-02020202-01010101-20261122-080000.ymb")
    run = subprocess.run([sys.executable, "-c", script, name], check=False)

    assert run.returncode == 9
    assert [path.suffix for path in stick.iterdir()] == [".part"]
    hall.imports(village.exports(hall, stick).path)
    assert hall.subjects() == ["c1"]
    assert [path.suffix for path in stick.iterdir()] == [".ymb"]


def reads_until(monkeypatch: pytest.MonkeyPatch, cut: int) -> list[Failing]:
    """From now on a stick gives `cut` bytes and then an error; returns what was opened."""
    opened: list[Failing] = []
    real = bundle_copy.open_stick_file

    def failing(source: Path) -> Failing:
        opened.append(Failing(real(source), cut))
        return opened[-1]

    monkeypatch.setattr(bundle_copy, "open_stick_file", failing)
    monkeypatch.setattr(bundle_copy, "PIECE_BYTES", SMALL)
    return opened


def test_an_import_cut_at_any_byte_goes_on_where_it_was_and_takes_effect_once(
    hall, village, stick, monkeypatch
):
    path = village.exports(hall, stick).path
    size_bytes = path.stat().st_size
    step = size_bytes // 20
    rounds = 0
    while not hall.arrived:
        rounds += 1
        with monkeypatch.context() as broken:
            reads_until(broken, step)
            try:
                hall.imports(path)
            except BundleInterrupted as refusal:
                assert "从断开的地方继续" in refusal.next_step
        assert rounds < 40, "each round comes further"

    assert hall.subjects() == ["c1"]
    assert hall.reads_file(hall.arrived[0])
    assert [name for name in os.listdir(hall.folder) if not name.startswith("node.db")] == []


def test_at_98_percent_only_the_rest_is_read_again(hall, village, stick, monkeypatch):
    path = village.exports(hall, stick).path
    size_bytes = path.stat().st_size
    with monkeypatch.context() as broken:
        reads_until(broken, size_bytes * 98 // 100)
        with pytest.raises(BundleInterrupted):
            hall.imports(path)
    copied: list[int] = []
    hall.imports(path, watch=lambda step, done, total: step is Step.COPY and copied.append(done))

    assert copied == [size_bytes], "one piece was left to copy"


def test_a_copy_that_a_power_cut_tore_is_begun_anew(hall, village, stick, monkeypatch):
    path = village.exports(hall, stick).path
    with monkeypatch.context() as broken:
        reads_until(broken, 8_000)
        with pytest.raises(BundleInterrupted):
            hall.imports(path)
    [copy] = hall.folder.glob("*.copy")
    torn = copy.read_bytes()
    copy.write_bytes(torn[:-100] + bytes(100))
    hall.imports(path)

    assert hall.subjects() == ["c1"]


def test_another_bundle_takes_the_place_of_a_copy_that_was_given_up(hall, village, stick, monkeypatch):
    path = village.exports(hall, stick).path
    with monkeypatch.context() as broken:
        reads_until(broken, 8_000)
        with pytest.raises(BundleInterrupted):
            hall.imports(path)
    village.writes(hall, "c2", {})
    hall.imports(village.exports(hall, stick / "next.ymb").path)

    assert hall.subjects() == ["c1", "c2"]
    assert list(hall.folder.glob("*.copy")) == list(hall.folder.glob("*.state")) == []


def test_a_stick_that_changed_between_two_tries_is_refused_and_taken_anew_after_that(
    hall, village, stick, monkeypatch
):
    path = village.exports(hall, stick).path
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    with monkeypatch.context() as broken:
        reads_until(broken, 8_000)
        with pytest.raises(BundleInterrupted):
            hall.imports(path)
    path.write_bytes(whole)
    with pytest.raises(BundleDamaged):
        hall.imports(path)
    hall.imports(path)

    assert hall.subjects() == ["c1"]


def stops_at(wanted: Step, after: int = 0) -> Callable[[Step, int, int], None]:
    def watch(step: Step, done: int, total: int) -> None:
        if step is wanted and done >= after:
            raise BundleStopped

    return watch


@pytest.mark.parametrize("step", [Step.COPY, Step.CHECK, Step.LETTERS, Step.FILES])
def test_a_person_may_stop_an_import_anywhere_and_do_it_again(hall, village, stick, step):
    path = village.exports(hall, stick).path
    with pytest.raises(BundleStopped):
        hall.imports(path, watch=stops_at(step))
    hall.imports(path)

    assert hall.subjects() == ["c1"]
    assert hall.reads_file(hall.arrived[0])
    village.imports(hall.exports(village, stick / "back.ymb").path)
    assert village.states("c1") == [LetterState.ACKNOWLEDGED]


@pytest.mark.parametrize("step", [Step.WRITE, Step.READ_BACK])
def test_a_person_may_stop_an_export_and_the_stick_is_as_it_was(hall, village, stick, step):
    with pytest.raises(BundleStopped):
        village.exports(hall, stick, watch=stops_at(step))

    assert os.listdir(stick) == []
    assert village.states("c1") == [LetterState.MADE]


def test_a_file_stopped_halfway_goes_on_from_where_it_is_held(hall, village, stick):
    village.writes(hall, "c2", {}, [os.urandom(5 * PIECE_BYTES)])
    path = village.exports(hall, stick).path
    with pytest.raises(BundleStopped):
        hall.imports(path, watch=stops_at(Step.FILES, after=2 * PIECE_BYTES))
    seen: list[int] = []
    hall.imports(path, watch=lambda step, done, total: step is Step.FILES and seen.append(done))

    assert seen[0] >= 3 * PIECE_BYTES, "the first pieces were not taken again"
    assert hall.reads_file(hall.arrived[1])


def test_a_disk_of_the_node_that_fills_up_while_copying_is_named_and_leaves_nothing(
    hall, village, stick, monkeypatch
):
    path = village.exports(hall, stick).path
    real = os.fdopen
    monkeypatch.setattr(
        bundle_copy.os,
        "fdopen",
        lambda *a, **k: Failing(real(*a, **k), 100) if a[1:] == ("r+b",) else real(*a, **k),
    )
    with pytest.raises(NoRoom):
        hall.imports(path)
    monkeypatch.undo()

    assert list(hall.folder.glob("*.copy")) == []
    hall.imports(path)
    assert hall.subjects() == ["c1"]


def test_progress_is_told_in_order_and_up_to_the_end(hall, village, stick):
    seen: list[tuple[Step, int, int]] = []
    watch = lambda *what: seen.append(what)  # noqa: E731
    path = village.exports(hall, stick, watch=watch).path
    hall.imports(path, watch=watch)

    steps = list(dict.fromkeys(step for step, _, _ in seen))
    assert steps == [Step.WRITE, Step.READ_BACK, Step.COPY, Step.CHECK, Step.LETTERS, Step.FILES]
    for step in steps:
        last = [(done, total) for one, done, total in seen if one is step][-1]
        assert last[0] == last[1] > 0
