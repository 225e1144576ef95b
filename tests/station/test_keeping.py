"""A station keeps house: what was delivered goes after its time, and what a case still needs stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station import checkup, chores
from station.cases.models import Case, Intake
from station.keeping import files_of_open_cases
from sync import attachments, bundle
from sync.errors import FileErased
from sync.rows import write
from sync.tables import OutLetter
from tests.station.joined import accept_notes, join, keeps_file, writes
from tests.tools.counter import START, Counter

OPEN, CLOSED = "aa" * 16, "bb" * 16


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Counter]:
    counter = Counter(tmp_path / "station", keep_sent_days=7)
    yield counter
    counter.closes()


@pytest.fixture
def delivered(station: Counter, hall: Counter) -> tuple[Counter, Counter, dict[str, str]]:
    """A letter with a scan of an open case and one of a closed case, both acknowledged by stick."""
    join(station, hall)
    accept_notes(hall.node)
    files = {}
    for case_id, stage in ((OPEN, "review"), (CLOSED, "handed_out")):
        opens_case(station, case_id, stage)
        file = keeps_file(station, f"scan of {stage}".encode())
        files[case_id] = file.sha256
        writes(station, hall, case_id, files=[file.sha256])
    carries(station, hall)
    carries(hall, station)
    return station, hall, files


def opens_case(station: Counter, case_id: str, stage: str) -> None:
    with station.node.using(), write():
        intake, _ = Intake.get_or_create(intake_id="cc" * 16, defaults=_filled(Intake, "intake_id"))
        facts = {
            "case_id": case_id,
            "stage": stage,
            "intake": intake,
            "received_at": START,
            "changed_at": START,
        }
        Case.insert({**_filled(Case, *facts), **facts}).execute()


def _filled(table: type, *given: str) -> dict[str, object]:
    """Something for each column that has to be given."""
    values: dict[str, object] = {}
    for name, column in table._meta.fields.items():
        if name not in given and not column.null and column.default is None:
            values[name] = START if "_at" in name else 0 if "Int" in type(column).__name__ else "x"
    return values


def carries(sender: Counter, receiver: Counter) -> None:
    folder = receiver.settings.data_folder
    with sender.node.using():
        done = bundle.export_bundle(folder / "stick.ymb", sender.node.mailbox, receiver.node.facts.node_id)
    with receiver.node.using():
        bundle.import_bundle(done.path, receiver.node.mailbox, folder)


def keeps_house(counter: Counter, days: int) -> None:
    for _ in range(days):
        counter.time.passes(days=1)
        with counter.node.using():
            counter.node.clock.learn(counter.time.at)
            assert chores.keep_house(counter.node) > 0


def test_files_of_closed_cases_go_and_those_of_open_ones_stay(delivered) -> None:
    station, _, files = delivered
    keeps_house(station, 8)

    with station.node.using():
        assert [bytes(letter.sealed) for letter in OutLetter.select()] == [b"", b""]
        assert attachments.is_whole(files[OPEN])
        assert attachments.is_erased(files[CLOSED])
        with pytest.raises(FileErased):
            attachments.sealed_size(files[CLOSED])
        assert files_of_open_cases(list(files.values())) == {files[OPEN]}


def test_the_doctor_says_how_much_was_erased(delivered) -> None:
    station, _, _ = delivered
    keeps_house(station, 1)
    with station.node.using():
        [before] = checkup.check_retention(station.node, station.time.at)
    keeps_house(station, 7)
    with station.node.using():
        [after] = checkup.check_retention(station.node, station.time.at)

    assert "还在保存期内的信 2 封；期满清除 0 封" in before.what
    assert "还在保存期内的信 0 封；期满清除 2 封" in after.what


def test_a_station_that_never_met_a_hall_erases_nothing_and_the_doctor_says_so(tmp_path: Path) -> None:
    alone = Counter(tmp_path / "alone")
    with alone.node.using():
        chores.keep_house(alone.node)
        [found] = checkup.check_retention(alone.node, alone.time.at)
    alone.closes()

    assert "期满的内容不会清除" in found.what
