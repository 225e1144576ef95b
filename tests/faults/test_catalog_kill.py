"""A short share of the campaign; `python -m tests.faults.catalog_kill --moments 100` is the long one."""

from dataclasses import replace
from pathlib import Path

from tests.faults.catalog_kill import Killed, campaign
from tests.faults.catalog_world import WORKS, World

SEED = 7
MOMENTS = 10


def test_kill_9_at_any_moment_leaves_a_whole_catalog_old_or_new(tmp_path: Path):
    print(f"seed {SEED}")
    killed = campaign(tmp_path, SEED, MOMENTS)

    assert killed.findings == []
    assert {work for work, _ in killed.ends} == set(WORKS)
    assert killed.ends.total() == MOMENTS


def test_the_campaign_would_see_a_catalog_that_is_not_whole(tmp_path: Path):
    world = World(tmp_path, SEED)
    for _ in range(2):
        world.next_version()
        for work in WORKS:
            world.prepare(work)
            world.works[work]()
    for path in (tmp_path / "linked/catalog").glob("*.pack"):
        path.write_bytes(path.read_bytes()[:-20])
    for path in (world.stick / "targets").rglob("*.pack.jsonl.xz"):
        path.write_bytes(b"half")
    sample = next(iter((tmp_path / "village/samples").glob("?" * 64)))
    sample.write_bytes(b"half")
    world.tables.imports([replace(world.items[0], phone="0751-0000000")])
    for path in (world.samples.folder / "repository/files").iterdir():
        path.write_bytes(b"half")

    assert [bool(world.look(work)) for work in WORKS] == [False, False, True, True, True, True, True]


def test_what_it_found_stands_below_the_table():
    killed = Killed(1, findings=["update: not proved"])

    assert "- update: not proved" in killed.lines()
