"""A node changes its keys and goes on being the same node, whatever is lost on the way."""

import json
from base64 import b64encode

import pytest

from sync import rotation
from sync.canonical import canonical_json
from sync.errors import RevokedPeer
from sync.keys import NodeKeys, sign_statement
from sync.outbox import LetterState
from sync.outstream import Draft, Sender, append, current_stream
from sync.register import Peer, PeerKey, peer, read_certificate, remember, signing_key_for
from sync.rows import using, write
from sync.tables import Arrival
from tests.tools.mail_pair import Pair, PairNode


@pytest.fixture
def pair(pair: Pair) -> Pair:
    """The hall knows that the station is below it."""
    with using(pair.hall.database):
        theirs = Peer.node_id == pair.station.node_id
        Peer.update(parent=pair.hall.node_id).where(theirs).execute()
    pair.station.posts(pair.hall, "c1")
    pair.exchange()
    return pair


def begins(node: PairNode) -> NodeKeys:
    """The node announces new keys."""
    new = NodeKeys.generate()
    node.keys.beside = (new,)
    with using(node.database), write():
        rotation.announce(Sender(node.node_id, node.keys), new, node.clock.stamp())
    node.handlers[rotation.KEPT] = lambda arrived: rotation.read_kept(new, arrived) and None
    return new


def switches(pair: Pair, node: PairNode, new: NodeKeys) -> None:
    """The node uses the new keys, and says so."""
    new.beside = (node.keys,)
    with using(node.database), write():
        assert rotation.unconfirmed(node.node_id, new) == []
        own = peer(node.node_id)
        certificate = bytes(own.certificate)
        own.signing_key, own.sealing_key = new.signing_public, new.sealing_public
        remember(own.record, certificate, node.now)
    node.keys = new
    node.starts()
    pair.restarts_station()
    with using(node.database), write():
        rotation.tell_used(Sender(node.node_id, new), node.clock.stamp())


def key_of(at: PairNode, node: PairNode) -> str:
    with using(at.database):
        return peer(node.node_id).record.key_id


def quarantine(node: PairNode) -> list[str]:
    return [reason for _, reason in node.quarantine()]


def test_a_station_changes_its_keys_and_its_mail_goes_on(pair: Pair) -> None:
    old = pair.station.keys
    new = begins(pair.station)
    pair.station.posts(pair.hall, "under-the-old-key")
    pair.exchange()
    assert key_of(pair.hall, pair.station) == new.key_id

    switches(pair, pair.station, new)
    pair.station.posts(pair.hall, "under-the-new-key")
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "under-the-old-key", "under-the-new-key"]
    assert pair.station.state("under-the-new-key") == LetterState.ACKNOWLEDGED
    with using(pair.hall.database):
        retired = PeerKey.get(PeerKey.key_id == old.key_id)
        assert retired.revoked_at is not None


def test_the_old_key_is_good_for_earlier_numbers_and_no_more(pair: Pair) -> None:
    old = pair.station.keys
    new = begins(pair.station)
    pair.exchange()
    switches(pair, pair.station, new)
    pair.exchange()

    with using(pair.hall.database):
        used = Arrival.get(Arrival.kind == rotation.USED)
        assert signing_key_for(pair.station.node_id, old.key_id, used.stream.instance, used.seq - 1)
        with pytest.raises(RevokedPeer):
            signing_key_for(pair.station.node_id, old.key_id, used.stream.instance, used.seq)


def test_a_thief_with_the_old_key_writes_nothing_after_the_change(pair: Pair) -> None:
    old, new = pair.station.keys, begins(pair.station)
    pair.exchange()
    switches(pair, pair.station, new)
    pair.exchange()
    pair.station.keys = old
    pair.station.starts()
    pair.restarts_station()
    pair.station.posts(pair.hall, "stolen")

    report = pair.exchange()
    pair.hall.takes_stick(pair.station.gives(pair.hall))

    assert report.state == "refused"
    assert "stolen" not in pair.hall.effect_rows()
    assert [subject for subject, _ in pair.hall.quarantine()] == ["stolen"]


def test_letters_of_the_hall_sealed_to_the_old_key_are_still_read(pair: Pair) -> None:
    pair.hall.posts(pair.station, "r1")
    new = begins(pair.station)
    old = pair.station.keys
    pair.exchange()
    pair.hall.posts(pair.station, "r2")
    switches(pair, pair.station, new)
    pair.exchange()

    assert pair.station.effect_rows() == ["r1", "r2"]
    assert pair.station.keys.beside == (old,)


def test_a_lost_answer_changes_nothing_and_the_old_key_works_on(pair: Pair) -> None:
    begins(pair.station)
    pair.link.fate("unanswered")
    pair.exchange()
    pair.station.posts(pair.hall, "meanwhile")
    pair.restarts_station()
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "meanwhile"]
    assert pair.station.state("meanwhile") == LetterState.ACKNOWLEDGED


def test_announcing_again_tells_only_those_who_were_not_told(pair: Pair) -> None:
    new = begins(pair.station)

    node = pair.station
    with using(node.database), write():
        again = rotation.announce(Sender(node.node_id, node.keys), new, node.clock.stamp())

    assert again == 0


def test_the_hall_certifies_the_new_key(pair: Pair) -> None:
    new = begins(pair.station)
    certificates: list[bytes] = []
    pair.station.handlers[rotation.KEPT] = lambda arrived: certificates.append(
        rotation.read_kept(new, arrived)
    )
    pair.exchange()

    stated = read_certificate(certificates[0], pair.hall.keys.signing_public)
    assert stated == (pair.station.node_id, pair.station.record.division, new.signing_public)


def test_a_hall_changes_its_keys_towards_its_stations(pair: Pair) -> None:
    new = begins(pair.hall)
    pair.exchange()
    pair.exchange()
    assert key_of(pair.station, pair.hall) == new.key_id

    switches(pair, pair.hall, new)
    pair.hall.posts(pair.station, "r1")
    pair.station.posts(pair.hall, "c2")
    pair.exchange()

    assert pair.station.effect_rows() == ["r1"]
    assert pair.hall.effect_rows() == ["c1", "c2"]
    with using(pair.station.database):
        own = peer(pair.station.node_id)
        assert read_certificate(bytes(own.certificate), new.signing_public)[0] == pair.station.node_id


def says(pair: Pair, payload: dict, keys: NodeKeys | None = None) -> None:
    """The station sends this as its change of keys."""
    node = pair.station
    with using(node.database), write():
        sender = Sender(node.node_id, keys or node.keys)
        draft = Draft(rotation.KEYS, "0" * 16, 0, "2026-11-22T09:00:00Z", "none", canonical_json(payload))
        append(sender, current_stream(sender, pair.hall.node_id, node.now), draft)
    pair.exchange()


def change_of(pair: Pair, new: NodeKeys, signer: NodeKeys | None = None, **changed: object) -> dict:
    with using(pair.station.database):
        record = peer(pair.station.node_id).record.to_dict()
    record |= json.loads(json.dumps(record_keys(new))) | changed
    body = {"v": 1, "node": record, "replaces": pair.station.keys.key_id}
    return {"change": sign_statement(signer or new, rotation.CHANGE_KIND, body).to_dict()}


def record_keys(keys: NodeKeys) -> dict[str, str]:
    return {
        "signing_key": b64encode(keys.signing_public).decode(),
        "sealing_key": b64encode(keys.sealing_public).decode(),
    }


@pytest.mark.parametrize("case", ["not held", "another node", "old key again", "extra", "taken", "odd"])
def test_a_change_that_does_not_hold_is_kept_for_a_person_and_changes_nothing(pair: Pair, case: str) -> None:
    new = NodeKeys.generate()
    payload = {
        "not held": lambda: change_of(pair, new, signer=NodeKeys.generate()),
        "another node": lambda: change_of(pair, new, node_id="77" * 16),
        "old key again": lambda: change_of(pair, pair.hall.keys),
        "extra": lambda: change_of(pair, new) | {"more": 1},
        "taken": lambda: change_of(pair, pair.hall.keys),
        "odd": lambda: change_of(pair, new, signing_key="A" * 43 + "="),
    }[case]()

    says(pair, payload)

    assert len(quarantine(pair.hall)) == 1
    assert key_of(pair.hall, pair.station) == pair.station.keys.key_id


def test_a_hall_set_back_to_before_the_change_is_spoken_to_under_the_old_key(pair: Pair) -> None:
    backup = pair.hall.backs_up()
    old, new = pair.station.keys, begins(pair.station)
    pair.exchange()
    switches(pair, pair.station, new)
    pair.station.posts(pair.hall, "c2")
    pair.exchange()
    pair.hall.is_set_back(backup)
    report = pair.exchange()
    assert (report.state, report.error) == ("refused", "WrongKey")

    pair.station.keys = old
    pair.station.starts()
    pair.restarts_station()
    pair.exchange()
    pair.station.keys = new
    pair.station.starts()
    pair.restarts_station()
    pair.station.posts(pair.hall, "c3")
    pair.exchange()

    assert pair.hall.effect_rows() == ["c1", "c2", "c3"]
    assert key_of(pair.hall, pair.station) == new.key_id
    assert pair.hall.quarantine() == []
