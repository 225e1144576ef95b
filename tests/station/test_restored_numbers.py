"""A PC set up again from a backup does not know what it did since; it must not print a number twice."""

from pathlib import Path

import pytest

from station import audit
from station.backup import make_backup, unpack
from station.cases.intake import take_in
from station.cases.place import place_of
from station.cases.terminal import draw_terminal, terminal
from station.database import AnyDatabase
from station.node import Installation
from station.settings import Settings
from sync.rows import using
from tests.station.cases.samples import CLERK
from tests.station.cases.world import application
from tests.station.hall_desk import HallDesk
from tests.tools.counter import FAST, PASSWORD


@pytest.fixture
def town(tmp_path: Path) -> HallDesk:
    return HallDesk(tmp_path)


def test_no_receipt_number_is_printed_twice_after_an_older_backup_was_restored(
    town: HallDesk, tmp_path: Path
) -> None:
    village, printed = town.village, [town.takes_in(token="1" * 32)]
    with village.node.using():
        make_backup(village.node, tmp_path / "a.backup", by="boss", now=village.time.at)
    printed += [town.takes_in(token=token * 32) for token in "23"]
    unpack(tmp_path / "a.backup", tmp_path / "again")

    again = Installation(Settings(tmp_path / "again", argon2=FAST), village.time.clock())
    node = again.unlock("agent", PASSWORD)
    with node.using():
        printed += [take_in(place_of(node), application(token * 32), CLERK) for token in "23"]
        restored = audit.AuditLine.get(audit.AuditLine.act == "node.restored")
        assert terminal() in restored.detail
    again.close()

    numbers = [one.intake.receipt_number for one in printed]
    assert len(set(numbers)) == 5
    assert [number[12:14] for number in numbers[:3]] == ["01"] * 3
    assert {number[22:26] for number in numbers[3:]} == {"0001", "0002"}


def test_each_life_has_a_terminal_that_no_life_before_it_had(database: AnyDatabase) -> None:
    with using(database):
        first = terminal()
        drawn = [
            draw_terminal(lambda _: 0),
            draw_terminal(lambda count: count - 1),
            draw_terminal(lambda _: 0),
        ]
        assert (first, terminal()) == ("01", drawn[-1])

    assert drawn == ["02", "YY", "03"]
