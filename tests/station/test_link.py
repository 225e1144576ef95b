"""The link between two whole nodes: joining over it, exchanging, catalogs, and being heard at the hall."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from station import joining
from station.errors import JoinRefused
from station.hall.fleet.models import Contact
from station.link import Link
from station.rounds import Round, Rounds
from sync.clock import Proof
from sync.courier import Courier
from sync.register import Peer
from sync.transport import Answer
from tests.tools.counter import Counter

URL = "http://127.0.0.1:8600"


class Wire:
    """Carries requests into a hall's real application; `is_up` False is a dead line."""

    def __init__(self, hall: Counter) -> None:
        self.hall = hall
        self.is_up = True

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if not self.is_up:
            return Answer(0, why="连不上大厅。", was_reached=False)
        answer = self.hall.app.test_client().open(path, method=method, headers=dict(headers), data=body)
        names = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, names, answer.data)


@pytest.fixture
def wire(station: Counter, hall: Counter) -> Iterator[Wire]:
    yield Wire(hall)


def joins(station: Counter, hall: Counter, wire: Wire) -> None:
    with hall.node.using():
        code = joining.make_code(hall.node, station.node.facts.division, "boss")
    with station.node.using():
        joining.join(station.node, code.text, URL, wire)


def exchanges(station: Counter, wire: Wire) -> str:
    node = station.node
    box = node.mailbox
    node.link._courier = (URL, Courier(box.keys, box.node_id, URL, box.handlers, box.clock, wire))
    with node.using():
        return node.exchange_now().state


def test_a_station_joins_with_a_code_and_knows_its_hall_afterwards(
    station: Counter, hall: Counter, wire: Wire
) -> None:
    joins(station, hall, wire)

    with station.node.using():
        parent = station.node.parent()
        assert parent is not None and parent.node_id == hall.node.facts.node_id
    assert station.node.facts.parent_url == URL
    with hall.node.using():
        assert Peer.get_by_id(station.node.facts.node_id).parent == hall.node.facts.node_id


def test_a_wrong_code_says_so_and_changes_nothing(station: Counter, wire: Wire) -> None:
    with station.node.using(), pytest.raises(JoinRefused) as refused:
        joining.join(station.node, "AAAA-BBBB", URL, wire)

    assert "加入码不对" in refused.value.why
    assert station.node.facts.parent_url == ""


def test_a_dead_line_is_an_answer_like_any_other(station: Counter, hall: Counter, wire: Wire) -> None:
    joins(station, hall, wire)
    wire.is_up = False

    assert exchanges(station, wire) == "offline"
    assert station.node.link.state == "offline" and not station.node.link.is_up


def test_an_exchange_proves_the_clock_and_is_remembered_over_a_restart(
    station: Counter, hall: Counter, wire: Wire
) -> None:
    joins(station, hall, wire)
    assert exchanges(station, wire) == "ok"
    assert station.node.clock.stamp().proof is Proof.HALL

    station.installation.close()
    station.signs_in()

    assert station.node.link.last_contact_at == station.time.at


def test_the_hall_remembers_who_spoke(station: Counter, hall: Counter, wire: Wire) -> None:
    joins(station, hall, wire)
    exchanges(station, wire)

    with hall.node.using():
        contact = Contact.get_by_id(station.node.facts.node_id)
    assert (contact.path, contact.at) == ("link", hall.time.at)


def test_a_station_that_has_not_joined_is_simply_offline(station: Counter) -> None:
    with station.node.using():
        report = station.node.exchange_now()

    assert report.state == "offline" and "还没有加入" in report.why


def test_a_village_takes_no_calls(station: Counter) -> None:
    for path in ("/sync/v1/exchange", "/sync/v1/session", "/sync/v1/enrol"):
        answer = station.browser.post(path, data=b"{}", headers={"Authorization": "Bearer x"})
        assert answer.status_code == 404, path


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff" * 100, b"x" * 20_000])
def test_an_odd_request_to_join_is_refused_in_chinese(hall: Counter, body: bytes) -> None:
    answer = hall.browser.post("/sync/v1/enrol", data=body)

    assert 400 <= answer.status_code < 500
    assert answer.json is not None and answer.json["what"] and answer.json["next_step"]


@pytest.mark.parametrize("name", ["1.root.json", "../node.json", "..%2fvault.json", "%2e%2e/vault.json"])
def test_the_public_files_end_at_their_folder(hall: Counter, name: str) -> None:
    hall.node.repository_folder.mkdir()
    answer = hall.opens(f"/catalog/metadata/{name}")

    assert answer.status_code == 404
    assert b"slots" not in answer.data


def test_pauses_grow_while_the_hall_is_away(station: Counter, hall: Counter, wire: Wire) -> None:
    joins(station, hall, wire)
    wire.is_up = False
    link = station.node.link
    for _ in range(6):
        exchanges(station, wire)

    assert link.pause_seconds(30, station.time.at) > 10
    assert link.next_try_at is not None and link.next_try_at > station.time.at


def test_a_round_that_fails_is_tried_again_and_never_ends_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    station = Counter(tmp_path / "v")
    rounds = Rounds(station.node, lambda: 0.0)

    def breaks(node: object) -> float:
        raise ValueError("a mistake of ours")

    assert rounds._seconds_after(Round("odd", breaks)) > 0
    assert "odd" in caplog.text
    station.closes()


def test_a_fresh_link_is_silent() -> None:
    assert Link().state == "silent" and not Link().is_up
