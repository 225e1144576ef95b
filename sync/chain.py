"""What the hash chain says, decided on numbers and hashes alone.

A stream is the chain of one sender's letters; a log is the chain of all that a node accepted.
"""

import hashlib
from enum import StrEnum


class Place(StrEnum):
    """Where an envelope belongs in a stream we hold up to some number."""

    NEXT = "next"
    REPEAT = "repeat"
    EARLY = "early"  # a predecessor is missing
    FORK = "fork"  # the number, or the one before it, is taken by something else


class Standing(StrEnum):
    """How a recipient's word about our stream fits what we have."""

    AGREES = "agrees"
    FORKED = "forked"  # it holds something else under our number: a copy of this disk is at work
    AHEAD = "ahead"  # it holds more than we ever sent: this disk was set back


def place(upto: int, head: str, seq: int, prev: str, is_held: bool) -> Place:
    """upto, head: number and hash of the last envelope we hold (0 and zeros at the start).

    is_held: whether the very same envelope (by its hash) is held under `seq`.
    """
    if seq <= upto:
        return Place.REPEAT if is_held else Place.FORK
    if seq > upto + 1:
        return Place.EARLY
    return Place.NEXT if prev == head else Place.FORK


def standing(last_seq: int, upto: int, head: str, our_hash: str | None) -> Standing:
    """upto, head: what the recipient says it holds; our_hash: of our own letter number `upto`, if any."""
    if upto > last_seq:
        return Standing.AHEAD
    return Standing.AGREES if upto == 0 or our_hash == head else Standing.FORKED


def log_after(head: str, envelope_hash: str) -> str:
    """The log head once the envelope is appended: SHA-256 over the two hashes' bytes, hex."""
    return hashlib.sha256(bytes.fromhex(head) + bytes.fromhex(envelope_hash)).hexdigest()
