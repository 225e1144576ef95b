"""The rounds of a node: what is done at once, what waits for its time, and what a full disk sets going."""

import time
from pathlib import Path

import pytest

from station import chores
from station.rounds import Rounds
from sync import budget
from tests.station.joined import join, writes
from tests.tools.counter import Counter


def test_a_letter_that_is_written_is_sent_at_once_however_long_the_pause_would_be(
    station: Counter, hall: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(station, hall)
    woken: list[bool] = []
    monkeypatch.setattr(station.node, "wake", lambda: woken.append(True))
    with station.node.using():
        chores.look_at_outbox(station.node)
        chores.look_at_outbox(station.node)
    assert woken == [], "nothing was written"

    writes(station, hall)
    with station.node.using():
        chores.look_at_outbox(station.node)
        chores.look_at_outbox(station.node)
    assert woken == [True]


def test_waking_a_node_does_not_make_it_keep_house(station: Counter) -> None:
    done: list[str] = []
    noted = [(name, lambda _, n=name: done.append(n) or 1e6) for name, _ in chores.ROUNDS]
    rounds = Rounds(station.node, time.monotonic, noted)
    rounds._due = dict.fromkeys(rounds._due, time.monotonic() + 1e6)
    rounds.start()
    rounds.wake()
    deadline = time.monotonic() + 10
    while set(done) < set(chores.WOKEN) and time.monotonic() < deadline:
        time.sleep(0.01)
    rounds.stop()

    assert sorted(done) == sorted(chores.WOKEN)


def test_a_round_that_finds_the_disk_full_gives_the_reserve_up_and_goes_on(station: Counter) -> None:
    def fails(_: object) -> float:
        raise OSError(28, "No space left on device")

    station.installation.reserve.look()
    assert station.installation.reserve.is_held()
    rounds = Rounds(station.node, lambda: 1e9, [("exchange", fails)])
    rounds._due = {"exchange": 0.0}
    rounds._do_what_is_due()

    assert not station.installation.reserve.is_held()
    assert rounds._due["exchange"] == 1e9 + chores.AFTER_TROUBLE_SECONDS


def test_a_spent_budget_is_told_on_the_queue_page_and_no_catalog_is_fetched(
    tmp_path: Path, hall: Counter
) -> None:
    frugal = Counter(tmp_path / "frugal", daily_mib=1)
    join(frugal, hall)
    frugal.signs_in("agent")
    with frugal.node.using():
        frugal.node.facts = hall.node.facts.__class__(
            **vars(frugal.node.facts) | {"parent_url": "http://127.0.0.1:9"}
        )
        assert not chores.is_budget_spent(frugal.node)
        assert "限额 1 MB" in frugal.opens("/mailroom/").text
        budget.note(frugal.time.at, 600_000, 600_000)
        assert chores.is_budget_spent(frugal.node)

    assert "附件和目录等到明天，新的办件照常发送" in frugal.opens("/mailroom/").text
    frugal.closes()
