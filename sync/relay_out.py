"""What a relay hands on: the sections it holds for one node, the ones that waited longest first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from sync.envelope import Envelope
from sync.keys import Statement
from sync.limits import CARRIED_ASK_SECONDS
from sync.manifest import MANIFEST_KIND
from sync.parcel import ACK_KIND, RECEIPT_KIND, Parcel
from sync.register import find_peer
from sync.relay_tables import CarriedLetter, CarriedManifest, CarriedWord
from sync.statements import prepared

LETTERS_PER_SECTION_MAX = 64
WORDS_PER_SECTION_MAX = 32
_REPEATED = timedelta(seconds=CARRIED_ASK_SECONDS)


@dataclass(frozen=True)
class Held:
    """One section we hold, ready to be handed on. more: letters of it that wait for the next parcel."""

    parcel: Parcel
    letter_ids: tuple[int, ...]
    manifest: CarriedManifest
    more: bool


def held_for(
    node_id: str, recipient: str, now: datetime, size_bytes: int, sections: int
) -> tuple[list[Held], bool]:
    """Up to so many sections with about so many bytes of letters; and whether there is more.

    node_id: the relay itself.
    """
    waiting = _due(node_id, recipient, now)
    chosen = waiting[:sections]
    held = [_section(row, size_bytes // len(chosen)) for row in chosen]
    return held, len(waiting) > len(chosen) or any(one.more for one in held)


def waiting_for(recipient: str) -> int:
    """Letters we hold for a node and have not handed to it."""
    return int(_unhanded.value(recipient))


@prepared
def _unhanded(recipient: Any) -> Any:
    unhanded = (CarriedLetter.recipient == recipient) & CarriedLetter.handed_at.is_null()
    return CarriedLetter.select(fn.COUNT(CarriedLetter.id)).where(unhanded)


def note_handed(held: Iterable[Held], refused: Iterable[str], now: datetime) -> None:
    """These were handed on, in the caller's transaction. refused: names of letters that were not taken."""
    names = set(refused)
    for one in held:
        taken = [envelope.hash for envelope in one.parcel.envelopes if envelope.hash[:16] not in names]
        CarriedLetter.update(handed_at=now).where(CarriedLetter.hash.in_(taken)).execute()
        stated = [word.body_bytes for word in (*one.parcel.acks, *one.parcel.receipts)]
        CarriedWord.update(is_handed=True).where(CarriedWord.body.in_(stated)).execute()
        passed = {"passed_content": one.manifest.content, "passed_at": now}
        CarriedManifest.update(passed).where(CarriedManifest.id == one.manifest.id).execute()


@prepared
def manifests_to(recipient: Any) -> Any:
    """What is carried to a node, by sender."""
    return CarriedManifest.select().where(CarriedManifest.recipient == recipient)


def _due(node_id: str, recipient: str, now: datetime) -> list[CarriedManifest]:
    """The manifests of those who have something for a node, least recently passed on first."""
    rows = manifests_to.rows(recipient)
    if not rows:
        return []
    writers = [*_writers_of_letters.rows(recipient), *_writers_of_words.rows(recipient)]
    writing = {row.sender for row in writers}
    is_new = _is_new_below if _is_below(node_id, recipient) else _is_new_above
    due = [row for row in rows if row.sender in writing or is_new(row, now)]
    return sorted(due, key=lambda row: (row.passed_at is not None, row.passed_at or now, row.id))


def _is_new_above(row: CarriedManifest, now: datetime) -> bool:
    """A question with something new in it; or one that was repeated, once in a while (its witness)."""
    if row.passed_at is None or row.content != row.passed_content:
        return True
    return bool(row.received_at > row.passed_at and now - row.passed_at >= _REPEATED)


def _is_new_below(row: CarriedManifest, _: datetime) -> bool:
    """An answer that was not passed on, or that answers the question as it still stands."""
    asked = next((one for one in manifests_to.rows(row.sender) if one.sender == row.recipient), None)
    is_open = asked is not None and asked.nonce != "" and asked.nonce == row.nonce
    return bool(row.content != row.passed_content or is_open)


def _is_below(node_id: str, recipient: str) -> bool:
    """Of the two ends of what we carry, the lower one asks and the upper one answers."""
    known = find_peer(recipient)
    return known is not None and known.parent == node_id


def _section(row: CarriedManifest, size_bytes: int) -> Held:
    letters, more = _letters(row, size_bytes)
    stated = [_word(word) for word in _words_between.rows(row.sender, row.recipient)]
    parcel = Parcel(
        Statement(MANIFEST_KIND, bytes(row.body), row.key_id, bytes(row.signature)),
        tuple(Envelope(bytes(one.header), bytes(one.signature), bytes(one.sealed)) for one in letters),
        tuple(word for word in stated if word.kind == ACK_KIND),
        tuple(word for word in stated if word.kind == RECEIPT_KIND),
    )
    return Held(parcel, tuple(one.id for one in letters), row, more)


def _letters(row: CarriedManifest, size_bytes: int) -> tuple[list[CarriedLetter], bool]:
    chosen: list[CarriedLetter] = []
    for letter in _in_order(row):
        size_bytes -= letter.size
        if chosen and (size_bytes < 0 or len(chosen) == LETTERS_PER_SECTION_MAX):
            return chosen, True
        chosen.append(letter)
    return chosen, False


def _in_order(row: CarriedManifest) -> Iterator[CarriedLetter]:
    """Those not handed on yet come first; of what was refused or not confirmed, a few are tried again."""
    yield from _letters_between.rows(row.sender, row.recipient)


@prepared
def _letters_between(sender: Any, recipient: Any) -> Any:
    between = (CarriedLetter.sender == sender) & (CarriedLetter.recipient == recipient)
    order = (
        CarriedLetter.handed_at.is_null(False),
        CarriedLetter.instance,
        CarriedLetter.seq,
        CarriedLetter.id,
    )
    return CarriedLetter.select().where(between).order_by(*order).limit(LETTERS_PER_SECTION_MAX + 1)


@prepared
def _words_between(sender: Any, recipient: Any) -> Any:
    between = (CarriedWord.sender == sender) & (CarriedWord.recipient == recipient)
    return CarriedWord.select().where(between).order_by(CarriedWord.id).limit(WORDS_PER_SECTION_MAX)


@prepared
def _writers_of_letters(recipient: Any) -> Any:
    return CarriedLetter.select(CarriedLetter.sender).where(CarriedLetter.recipient == recipient).distinct()


@prepared
def _writers_of_words(recipient: Any) -> Any:
    return CarriedWord.select(CarriedWord.sender).where(CarriedWord.recipient == recipient).distinct()


def _word(word: CarriedWord) -> Statement:
    return Statement(word.kind, bytes(word.body), word.key_id, bytes(word.signature))
