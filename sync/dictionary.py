"""Dictionaries: what both ends of a stream know beforehand, so that one short letter compresses like many.

A dictionary is public. It is made from the catalog's own words, never from anybody's letters, and comes
to a station as one of the catalog's signed files. A letter is written with the newest one that its
recipient has said it holds, or with none; it names the one it needs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import zstandard

from sync.codec import Dictionary, frame_dictionary_id
from sync.errors import BadForm, NoRoom, NoSuchDictionary, TooLarge
from sync.limits import DICTIONARIES_HELD_MAX, DICTIONARIES_STATED_MAX, DICTIONARY_BYTES_MAX
from sync.rows import current, write
from sync.statements import prepared
from sync.tables import HeldDictionary

_SAMPLES_LEAST = 16
_loaded: WeakKeyDictionary[Any, dict[int, Dictionary]] = WeakKeyDictionary()


def train(samples: Sequence[bytes], size_bytes: int) -> bytes:
    """A dictionary for texts like these. Raises BadForm when they are too few or too much alike."""
    if len(samples) < _SAMPLES_LEAST:
        raise BadForm(f"训练词典至少要 {_SAMPLES_LEAST} 份样本")
    try:
        return zstandard.train_dictionary(
            size_bytes, list[bytes | bytearray | memoryview](samples)
        ).as_bytes()
    except zstandard.ZstdError as error:
        raise BadForm("这些样本训练不出词典") from error


def hold(data: bytes, now: datetime) -> int:
    """Keep a dictionary and return its id; the same one again changes nothing.

    Raises TooLarge, BadForm for what is none or has the id of another one, NoRoom.
    """
    if len(data) > DICTIONARY_BYTES_MAX:
        raise TooLarge("词典", len(data), DICTIONARY_BYTES_MAX)
    number = Dictionary.read(data).number
    with write():
        held = HeldDictionary.get_or_none(HeldDictionary.number == number)
        if held is not None and bytes(held.content) != data:
            raise BadForm("词典的编号与已有的另一份相同")
        if held is None:
            if HeldDictionary.select().count() >= DICTIONARIES_HELD_MAX:
                raise NoRoom("本机保存的词典太多")
            HeldDictionary.create(number=number, content=data, held_at=now)
    return number


def stated() -> tuple[int, ...]:
    """The ids of the newest ones we hold, latest first, as they stand in a manifest."""
    return tuple(row.number for row in _newest.rows())


@prepared
def _newest() -> Any:
    newest = HeldDictionary.select(HeldDictionary.number).order_by(HeldDictionary.id.desc())
    return newest.limit(DICTIONARIES_STATED_MAX)


def common(theirs: Iterable[int]) -> int:
    """The newest of ours that the other holds too; 0 for none."""
    known = set(theirs)
    return next((number for number in stated() if number in known), 0)


def find(number: int) -> Dictionary | None:
    """One we hold, None for 0. Raises NoSuchDictionary."""
    if number == 0:
        return None
    loaded = _loaded.setdefault(current.obj, {})
    if number not in loaded:
        held = HeldDictionary.get_or_none(HeldDictionary.number == number)
        if held is None:
            raise NoSuchDictionary(number)
        loaded[number] = Dictionary(number, bytes(held.content))
    return loaded[number]


def needed_by(frame: bytes) -> Dictionary | None:
    """The one that a zstd frame was written with, None for none. Raises NoSuchDictionary, BadForm."""
    return find(frame_dictionary_id(frame))
