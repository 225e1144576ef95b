"""A node whose keys prove nothing joins neither over the link nor by a file.

Under a key of small order anybody can make signatures that the common libraries accept; the first test
shows one. What is sealed to a low-order point can be opened by anybody.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from station import joining
from sync import enrolment
from sync.canonical import canonical_json
from sync.curve import P
from sync.errors import OddKey, SyncError
from sync.keys import NodeKeys, Statement, key_id_of, pae, seal_to, verify
from sync.register import Peer, PeerKey, record_of
from tests.sync.test_keys import NOT_CANONICAL, SMALL_ORDER
from tests.tools.counter import START, Counter

DIVISION = "440205100201"
IDENTITY = bytes.fromhex(SMALL_ORDER["identity"])
ANYBODYS = IDENTITY + bytes(32)  # R is the identity and S is 0: under the identity this signs everything
ODD_SIGNING = {**SMALL_ORDER, **NOT_CANONICAL}
LOW_ORDER = {
    "zero": 0,
    "one": 1,
    "order 8": int("00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0", 16),
    "order 8, the other": int("57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f", 16),
    "p - 1": P - 1,
    "p": P,
    "p + 1": P + 1,
    "zero with the top bit": 2**255,
}
Way = Callable[[Counter, Statement, Path], SyncError | None]


def over_the_link(hall: Counter, asked: Statement, _: Path) -> SyncError | None:
    """POST /sync/v1/enrol; the refusal, as the answer names it."""
    answer = hall.browser.post("/sync/v1/enrol", data=asked.to_json())
    if answer.status_code == 200:
        return None
    assert answer.status_code == 422, answer.text
    assert answer.json["error"] == "OddKey"
    return OddKey(answer.json["why"])


def by_a_file(hall: Counter, asked: Statement, folder: Path) -> SyncError | None:
    """The request lies on a stick; the hall's person reads it in."""
    path = folder / "request.json"
    path.write_text(asked.to_json())
    try:
        with hall.node.using():
            joining.answer(hall.node, joining.read_statement(path), "boss")
    except SyncError as error:
        return error
    return None


def asks(hall: Counter, signing: bytes = b"", sealing: bytes = b"") -> Statement:
    """The request of somebody who knows the code and puts in a key of that kind."""
    keys = NodeKeys.generate()
    record = record_of(keys, "0d" * 16, "village", "新站", DIVISION)
    with hall.node.using():
        code = enrolment.make_code(DIVISION, START).text
        asked = enrolment.request(keys, record, code, START)
    body = json.loads(asked.body_bytes)
    node = {"signing_key": signing or keys.signing_public, "sealing_key": sealing or keys.sealing_public}
    body["node"] |= {name: base64.b64encode(key).decode() for name, key in node.items()}
    stretched = enrolment._stretch(code.replace("-", ""), DIVISION)
    body["code_proof"] = enrolment._proof(stretched, "request", body)
    data = canonical_json(body)
    if not signing:
        return Statement(asked.kind, data, keys.key_id, keys.sign(pae(asked.kind, data)))
    return Statement(asked.kind, data, key_id_of(signing), ANYBODYS)


def knows(hall: Counter) -> tuple[int, int]:
    with hall.node.using():
        return Peer.select().count(), PeerKey.select().count()


@pytest.mark.parametrize("way", [over_the_link, by_a_file])
def test_an_honest_key_joins(hall, tmp_path, way: Way):
    assert way(hall, asks(hall), tmp_path) is None
    assert knows(hall) == (2, 2)


def test_the_danger_is_real_a_small_order_key_vouches_for_anything():
    assert verify(IDENTITY, ANYBODYS, b"whatever you like")
    assert verify(IDENTITY, ANYBODYS, b"and its opposite")


@pytest.mark.parametrize("way", [over_the_link, by_a_file])
@pytest.mark.parametrize("name", ODD_SIGNING)
def test_a_signing_key_of_small_order_or_in_another_writing_is_refused(hall, tmp_path, way: Way, name: str):
    asked = asks(hall, signing=bytes.fromhex(ODD_SIGNING[name]))

    assert isinstance(way(hall, asked, tmp_path), OddKey)
    assert knows(hall) == (1, 1)


@pytest.mark.parametrize("way", [over_the_link, by_a_file])
@pytest.mark.parametrize("is_hybrid", [False, True])
def test_a_sealing_key_that_opens_for_everybody_is_refused(hall, tmp_path, way: Way, is_hybrid: bool):
    honest = NodeKeys.generate().sealing_public
    for name, number in LOW_ORDER.items():
        sealing = (honest[:-32] if is_hybrid else b"") + number.to_bytes(32, "little")

        assert isinstance(way(hall, asks(hall, sealing=sealing), tmp_path), OddKey), name
        if not is_hybrid:
            with pytest.raises(OddKey):
                seal_to(sealing, b"a stream key", b"")
    assert knows(hall) == (1, 1)


@pytest.mark.parametrize("length", [0, 31, 33, 1184, 1215, 1217])
def test_a_sealing_key_of_another_length_is_refused(hall, tmp_path, length: int):
    assert isinstance(over_the_link(hall, asks(hall, sealing=bytes([5]) * (length or 1)), tmp_path), OddKey)


def test_a_node_that_has_joined_cannot_change_to_an_odd_key(hall, tmp_path):
    """The same node asks again, under the same number, with a key that proves nothing."""
    assert over_the_link(hall, asks(hall), tmp_path) is None
    before = knows(hall)

    assert isinstance(over_the_link(hall, asks(hall, signing=IDENTITY), tmp_path), OddKey)
    assert knows(hall) == before
