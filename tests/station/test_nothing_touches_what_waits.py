"""No button, command or upgrade touches a case the hall has not signed for (getodk/collect#6475)."""

import hashlib
import re
from collections.abc import Iterator

import pytest

from station import chores
from station.cli import main
from station.migrations import migrate
from sync import retention
from sync.outbox import LetterState, state_of
from sync.retention import Periods
from sync.tables import FileChunk, LetterFile, OutLetter, SealedFile
from tests.station.joined import join, keeps_file, writes
from tests.tools.counter import PASSWORD, Counter

SUBJECT = "ab" * 16


@pytest.fixture
def waiting(station: Counter, hall: Counter) -> Iterator[Counter]:
    """A station with a case and a scan that wait, and everybody's rights at the browser."""
    join(station, hall)
    writes(station, hall, SUBJECT, files=[keeps_file(station).sha256])
    yield station


def treasure(counter: Counter) -> str:
    """A hash over all that waits: letters as they would travel, and their files."""
    digest = hashlib.sha256()
    with counter.node.using():
        for letter in OutLetter.select().where(OutLetter.subject == SUBJECT).order_by(OutLetter.id):
            for part in (letter.header, letter.signature, letter.sealed):
                digest.update(bytes(part))
        for chunk in FileChunk.select().order_by(FileChunk.id):
            digest.update(bytes(chunk.data))
        facts = (LetterFile.select().count(), SealedFile.select().where(SealedFile.is_whole).count())
        states = [state.state for state in state_of(SUBJECT)]
    assert states == [LetterState.MADE] or states == [LetterState.SENT]
    return f"{digest.hexdigest()} {facts}"


def routes(counter: Counter) -> list[tuple[str, str]]:
    """(method, address) of everything that can be posted to or deleted, with something in each place."""
    found = []
    for rule in counter.app.url_map.iter_rules():
        address = re.sub(r"<int:[^>]+>", "1", rule.rule)
        address = re.sub(r"<[^>]*(case|name|subject|token)[^>]*>", SUBJECT, address)
        address = re.sub(r"<[^>]+>", "aa" * 32, address)
        found += [
            (method, address) for method in sorted((rule.methods or set()) & {"POST", "DELETE", "PATCH"})
        ]
    return sorted(found)


@pytest.mark.parametrize("role", ["boss", "agent"])
def test_no_button_touches_it(waiting: Counter, role: str) -> None:
    before = treasure(waiting)
    walked = 0
    for method, address in routes(waiting):
        waiting.signs_in(role)
        for form in ({}, {"confirm": "1", "yes": "1", "go": "next", "reason": "x", "case_id": SUBJECT}):
            data = {"csrf": waiting.token(), **form}
            waiting.browser.open(address, method=method, data=data)
            walked += 1
        assert treasure(waiting) == before, f"{method} {address} touched what waits"

    assert walked > 60


@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["sync", "--once"],
        ["bundle", "export", "OUT"],
        ["bundle", "export", "OUT", "--afresh"],
        ["day-end"],
        ["backup", "OUT"],
        ["account", "disable", "agent"],
    ],
    ids=" ".join,
)
def test_no_command_touches_it(waiting: Counter, words: list[str], tmp_path, capsys) -> None:
    before = treasure(waiting)
    (tmp_path / "password.txt").write_text(PASSWORD + "\n")
    where = ["--dir", str(waiting.settings.data_folder)]
    who = ["--account", "boss", "--password-file", str(tmp_path / "password.txt")]
    main([str(tmp_path / "out") if word == "OUT" else word for word in words] + where + who)
    capsys.readouterr()

    assert treasure(waiting) == before


def test_neither_house_keeping_nor_an_upgrade_nor_the_shortest_periods_touch_it(waiting: Counter) -> None:
    before = treasure(waiting)
    for _ in range(20):
        waiting.time.passes(days=400)
        with waiting.node.using():
            waiting.node.clock.learn(waiting.time.at)
            chores.keep_house(waiting.node)
            chores.watch_disk(waiting.node)
            retention.sweep(waiting.node.clock, Periods(0, 0))
            migrate(waiting.node.database, now=waiting.time.at)

    assert treasure(waiting) == before
