"""The whole mail in one process: a short share of what `make soak` plays, and proof that it sees mistakes.

What fails names its seed; `python -m tests.simulation --only SEED` tells the story.
"""

import subprocess
import sys
from pathlib import Path
from random import Random

import apsw
import pytest

from sync.rows import using, write
from sync.sealing import Address, unwrap_key, wrap_key
from sync.tables import Incident
from tests.simulation.campaign import plan_of, planted, play
from tests.simulation.chance import keys_of, seeded
from tests.simulation.disk import Disk, PowerCut
from tests.simulation.machine import EPOCH, Machine
from tests.simulation.plants import PLANTS
from tests.simulation.play import run
from tests.simulation.shrink import Shrinker
from tests.simulation.world import Interleaved

ROOT = Path(__file__).parents[2]
SEED = "1"
RUNS = 16
SEARCH_RUNS = 25
FOUND_IN = {  # where the search begins, so that it is short; from run 0 on each is found as well
    "drop-the-witness": 2,
    "ignore-the-previous-hash": 11,
    "acknowledge-before-commit": 0,
    "reuse-a-number": 0,
    "skip-the-fork-check": 1,
    "delete-before-acknowledgement": 0,
}


def test_a_request_that_a_power_cut_stopped_stops_whoever_waits_for_it():
    order = Interleaved(Random(1))

    def cut() -> None:
        raise PowerCut

    asked = order.submit(cut)
    for _ in range(2):
        with pytest.raises(PowerCut):
            order.wait([asked])
            asked.result(timeout=0)


@pytest.fixture
def machine() -> Machine:
    return Machine("one", 7, "village", lambda: 0.0)


def adds(machine: Machine, detail: str) -> None:
    with using(machine.database), write():
        Incident.create(kind="x", detail=detail, at=EPOCH)


def kept(machine: Machine) -> list[str]:
    return [row[0] for row in machine.rows("SELECT detail FROM incident ORDER BY id")]


@pytest.mark.parametrize("part", range(4))
def test_whatever_happens_to_some_nodes_over_some_days_every_promise_is_kept(part: int) -> None:
    seeds = [f"{SEED}.{number}" for number in range(part, RUNS, 4)]

    sums = play(seeds, None)

    assert [(found.seed, found.what, found.shrunk) for found in sums.findings] == []
    assert sums.checks["P1"] > 100


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_mistake_is_found(name: str) -> None:
    first = FOUND_IN[name]
    seeds = [f"{SEED}.{number}" for number in range(first, first + SEARCH_RUNS)]

    sums = play(seeds, name, is_shrinking=False)

    assert [found.promise in PLANTS[name].promises for found in sums.findings] == [True], sums.findings


def test_a_broken_promise_is_told_in_few_steps() -> None:
    with planted("delete-before-acknowledgement"):
        found = run(plan_of(f"{SEED}.{FOUND_IN['delete-before-acknowledgement']}"))
        shrunk = Shrinker(found, tries_max=40).shrink()

    assert shrunk.broken is not None
    assert shrunk.broken.promise == "P1"
    assert len(shrunk.story) <= 3


def test_the_same_seed_is_the_same_run_byte_for_byte_in_another_process_too() -> None:
    told = {_digest_in(hash_seed) for hash_seed in ("1", "2")}

    assert len(told) == 1


def test_after_power_loss_a_disk_has_all_that_was_committed_and_at_most_what_was_being_written(
    machine: Machine,
) -> None:
    for turn in range(150):
        before, chance = kept(machine), Random(turn)
        machine.disk.arm(chance.randrange(1, 12), chance.random() < 0.7, chance)
        done = 0
        with pytest.raises(PowerCut):
            for number in range(20):
                adds(machine, f"{turn}-{number}")
                done += 1
        machine.recovers()

        added = [f"{turn}-{number}" for number in range(done + 1)]
        assert kept(machine) in (before + added[:-1], before + added), f"turn {turn}"
    assert machine.rows("PRAGMA integrity_check") == [("ok",)]


def test_without_a_sync_a_power_loss_takes_what_was_written() -> None:
    disk = Disk(b"")
    disk.write("file", 0, b"x" * 2048)
    disk.sync("file")
    disk.write("file", 0, b"y" * 2048)
    found = set()
    for number in range(60):
        other = disk.copy()
        other.write("file", 0, b"y" * 2048)
        other.dies(True, Random(number))
        other.revives()
        found.add(other.read("file", 0, 2048))

    assert {b"x" * 2048, b"y" * 2048} < found, "all of it, none of it, and torn between two sectors"


def test_a_full_disk_refuses_and_keeps_what_it_has() -> None:
    disk = Disk(b"1234")
    disk.room_bytes = 6

    with pytest.raises(apsw.FullError):
        disk.write("node.db", 4, b"567")
    assert disk.image() == b"1234"


def test_the_seal_of_the_simulator_opens_with_the_library() -> None:
    address = Address("a" * 32, "b" * 16, "c" * 32, 1)
    with seeded("x"):
        kem, wrapped = wrap_key(b"k" * 32, address, keys_of(3).sealing_public)

    assert unwrap_key(keys_of(3), kem, wrapped, address) == b"k" * 32


def _digest_in(hash_seed: str) -> str:
    """The digest of a run, played in a process of its own, whose sets are in another order."""
    code = (
        "from tests.simulation.campaign import plan_of\nfrom tests.simulation.play import run\n"
        f"print(run(plan_of('{SEED}.1')).digest)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.strip()) == 64
    return done.stdout
