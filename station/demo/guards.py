"""Lies that must not be believed. Each guard tells one to the real code and fails if it is taken for true.

The nodes are small ones of the guard's own, with real keys and real tables in memory, so that a lie
can be told exactly where the check stands and nowhere else.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

import peewee

from station.documents.errors import ReceiptRefused
from station.documents.verify import HallKey, verify_receipt
from sync import outbox, register, tables
from sync.canonical import read_json
from sync.clock import Clock, Proof, Stamp
from sync.exchange import give, take
from sync.intake import Taken
from sync.keys import NodeKeys, Statement, sign_statement
from sync.mailbox import Arrived, Mailbox
from sync.outbox import Letter
from sync.parcel import Parcel
from sync.rows import using, write

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SUBJECT = "c0" * 16
Twist = Callable[[Parcel], Parcel]


class GuardFailed(Exception):
    """A lie was believed; says which."""


class _Node:
    """One end of a small mail: keys, tables in memory, and what took effect."""

    def __init__(self, number: int, level: str) -> None:
        self.keys, self.node_id = NodeKeys.generate(), f"{number:02x}" * 16
        self.record = register.record_of(self.keys, self.node_id, level, f"节点{number}", "440205100202")
        self.database = peewee.SqliteDatabase(":memory:")
        self.effects: list[Arrived] = []
        clock = Clock(lambda: NOW, lambda: 0.0)
        self.box = Mailbox(self.keys, self.node_id, clock, {"guard.": self.effects.append})
        with self.at_work():
            self.database.create_tables([*register.TABLES, *tables.TABLES])

    def at_work(self) -> AbstractContextManager[peewee.Database]:
        return using(self.database)

    def knows(self, other: "_Node") -> None:
        with self.at_work():
            register.remember(other.record, b"", NOW)

    def gives(self, other: "_Node", twist: Twist = lambda parcel: parcel) -> bytes:
        """The next parcel for the other; `twist` is what a liar on the way makes of it."""
        with self.at_work():
            return twist(Parcel.from_bytes(give(self.box, other.node_id).data)).to_bytes()

    def takes(self, data: bytes) -> Taken:
        with self.at_work():
            return take(self.box, data, "link")


def _pair_with_a_letter() -> tuple[_Node, _Node]:
    station, hall = _Node(1, "village"), _Node(2, "county")
    for node in (station, hall):
        node.knows(station)
        node.knows(hall)
    stamp = Stamp(NOW, Proof.NONE)
    with station.at_work(), write():
        letter = Letter(
            to=hall.node_id, kind="guard.letter", subject=SUBJECT, payload={"said": "原话"}, stamp=stamp
        )
        outbox.post(station.keys, station.node_id, letter)
    return station, hall


def forged_letter() -> str:
    """A letter whose signature another key made must take no effect; the true one then does."""
    station, hall = _pair_with_a_letter()
    stranger = NodeKeys.generate()

    def resign(parcel: Parcel) -> Parcel:
        forged = tuple(replace(one, signature=stranger.sign(one.header)) for one in parcel.envelopes)
        return replace(parcel, envelopes=forged)

    taken = hall.takes(station.gives(hall, resign))
    if taken.accepted or hall.effects:
        raise GuardFailed("大厅收下了别人签名的信")
    hall.takes(station.gives(hall))
    if len(hall.effects) != 1:
        raise GuardFailed("大厅没有收下真的信")
    return "别人签名的信：拒收，未生效；原信照常生效 1 次"


def forged_acknowledgement() -> str:
    """Words that the hall did not sign must turn nothing green."""
    station, hall = _pair_with_a_letter()
    hall.takes(station.gives(hall))
    stranger = NodeKeys.generate()

    def resign(parcel: Parcel) -> Parcel:
        forged = tuple(_signed_by(stranger, ack) for ack in parcel.acks)
        return replace(parcel, acks=forged)

    station.takes(hall.gives(station, resign))
    if _is_green(station):
        raise GuardFailed("服务站把伪造的签收回执当真了")
    station.takes(hall.gives(station))
    if not _is_green(station):
        raise GuardFailed("服务站不认大厅真的签收回执")
    return "伪造的签收回执：不算签收；大厅真的回执：已签收"


def _signed_by(stranger: NodeKeys, ack: Statement) -> Statement:
    """The same words under the same key's name, signed by somebody else."""
    forged = sign_statement(stranger, ack.kind, read_json(ack.body_bytes))
    return replace(forged, key_id=ack.key_id)


def _is_green(station: _Node) -> bool:
    with station.at_work():
        return all(letter.state == outbox.LetterState.ACKNOWLEDGED for letter in outbox.state_of(SUBJECT))


def altered_receipt(text: str, hall_keys: list[HallKey]) -> str:
    """A printed proof in which one character was changed must not be confirmed. text: a true one."""
    verify_receipt(text, hall_keys)
    middle = len(text) - 60  # inside the signature, so that only the signature can tell
    other = "A" if text[middle] != "A" else "B"
    try:
        verify_receipt(f"{text[:middle]}{other}{text[middle + 1 :]}", hall_keys)
    except ReceiptRefused:
        return "改过一个字符的凭证码：不予证实；原码：证实"
    raise GuardFailed("改过的凭证码被证实了")
