"""`yimen keys rotate` at a station and at a hall: new keys, the same node, nothing in between."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from station import audit, ring
from station.cli import main
from station.node import Installation
from sync import inbox, outbox
from sync.register import peer
from tests.station.hall_desk import HallDesk
from tests.tools.counter import PASSWORD, Counter


@pytest.fixture
def town(tmp_path: Path) -> Iterator[HallDesk]:
    town = HallDesk(tmp_path)
    (tmp_path / "password.txt").write_text(PASSWORD)
    town.arrives(token="1" * 32)
    yield town
    town.closes()


def begins(at: Counter) -> None:
    with at.node.using():
        ring.begin_change(at.node, "boss")


def goes_on(town: HallDesk, times: int = 3) -> None:
    """Mail both ways, and the rounds of both nodes, minutes apart."""
    for _ in range(times):
        town.carries()
        for counter in (town.village, town.hall):
            with counter.node.using():
                ring.advance(counter.node)
            counter.time.passes(minutes=2)


def restarts(at: Counter) -> None:
    at.installation.close()
    at.installation = Installation(at.settings, at.time.clock())
    at.installation.unlock("boss", PASSWORD)


def key_on_record(at: Counter, of: Counter) -> str:
    with at.node.using():
        return peer(of.node.facts.node_id).record.key_id


def trouble(town: HallDesk) -> list[str]:
    found = []
    for counter in (town.village, town.hall):
        with counter.node.using():
            found += [row.reason for row in inbox.quarantined()]
    return found


def test_a_station_has_new_keys_and_its_cases_go_on(town: HallDesk) -> None:
    old = town.village.node.keys.key_id
    begins(town.village)
    assert town.village.node.keys.key_id == old  # until the hall has them on record

    goes_on(town)
    case_id = town.arrives(token="2" * 32)
    town.accepts(case_id)
    goes_on(town)

    new = town.village.node.keys.key_id
    assert new != old
    assert key_on_record(town.hall, town.village) == key_on_record(town.village, town.village) == new
    assert town.view_at_village(case_id).accepted is not None
    assert trouble(town) == []
    with town.village.node.using():
        assert outbox.counts().queued == 0
        acts = [line.act for line in audit.AuditLine.select()]
    assert "keys.change_begun" in acts and "keys.changed" in acts


def test_a_hall_waits_for_every_station_before_it_uses_new_keys(town: HallDesk) -> None:
    old = town.hall.node.keys.key_id
    begins(town.hall)
    with town.hall.node.using():
        ring.advance(town.hall.node)
        assert [one.division for one in ring.waiting_for(town.hall.node)] == ["440205100201"]
    assert town.hall.node.keys.key_id == old

    goes_on(town)
    town.arrives(token="2" * 32)
    goes_on(town)

    assert town.hall.node.keys.key_id == key_on_record(town.village, town.hall) != old
    assert trouble(town) == []


@pytest.mark.parametrize("step", range(4))
def test_a_crash_after_any_step_leaves_a_node_that_goes_on(town: HallDesk, step: int) -> None:
    begins(town.village)
    goes_on(town, times=step)
    restarts(town.village)

    goes_on(town, times=4)
    town.arrives(token="2" * 32)
    goes_on(town)

    assert key_on_record(town.hall, town.village) == town.village.node.keys.key_id
    with town.village.node.using():
        assert ring.next_keys(town.village.node.node_key) is None
        assert outbox.counts().queued == 0
    assert trouble(town) == []


def test_beginning_twice_is_one_change(town: HallDesk) -> None:
    begins(town.village)
    begins(town.village)
    with town.village.node.using():
        told = [letter.kind for letter in outbox.letters()]

    assert told.count("mail.keys") == 1


def test_the_command_tells_where_the_change_stands(
    town: HallDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = runs(town.village, tmp_path, capsys, "rotate")

    assert shown["next_key_id"] not in ("", shown["key_id"])
    assert [one["name"] for one in shown["unconfirmed"]] == [town.hall.node.facts.name]
    assert runs(town.village, tmp_path, capsys, "show") == shown


def test_an_administrator_may_end_the_waiting(
    town: HallDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = runs(town.hall, tmp_path, capsys, "show")["key_id"]

    after = runs(town.hall, tmp_path, capsys, "rotate", "--finish")

    assert after["key_id"] != before and after["next_key_id"] == ""


def test_only_an_administrator_changes_keys(
    town: HallDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(words(town.village, tmp_path, "agent", "rotate"))

    assert code == 1
    assert "下一步" in capsys.readouterr().err


def test_a_wrong_clock_does_not_hold_the_change_up(town: HallDesk) -> None:
    begins(town.village)
    goes_on(town, times=1)
    town.village.time.at -= timedelta(days=365 * 9)

    goes_on(town)

    assert key_on_record(town.hall, town.village) == town.village.node.keys.key_id
    with town.village.node.using():
        assert "mail.keys-used" in [letter.kind for letter in outbox.letters()]


def words(at: Counter, folder: Path, who: str, *given: str) -> list[str]:
    password = ["--account", who, "--password-file", str(folder / "password.txt")]
    return ["keys", *given, "--json", "--dir", str(at.settings.data_folder), *password]


def runs(at: Counter, folder: Path, capsys: pytest.CaptureFixture[str], *given: str) -> dict:
    capsys.readouterr()
    assert main(words(at, folder, "boss", *given)) == 0
    return dict(json.loads(capsys.readouterr().out))
