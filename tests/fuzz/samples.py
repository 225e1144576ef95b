"""Valid inputs for each target, and how to change them so that the change reaches deep."""

import base64
import json
from collections.abc import Callable
from functools import cache
from io import BytesIO
from random import Random

from sync.bundle_file import BundleReader
from sync.bundle_seal import bundle_key, open_lines
from sync.codec import compress, decompress
from sync.keys import Statement
from sync.limits import PARCEL_BYTES_MAX
from tests.fuzz import between, catalog, talk
from tests.fuzz.mutate import change_bytes, change_lines, change_text, write_json
from tests.fuzz.targets import TARGETS
from tests.fuzz.world import world

__all__ = ["TARGETS", "change", "samples"]

Change = Callable[[bytes, Random], bytes]
BLOWS_MAX = 4
INPUT_BYTES_MAX = 64 * 1024


@cache
def samples() -> dict[str, list[bytes]]:
    """For each target, inputs it takes (or, for the hostile ones, would take from an honest sender)."""
    here = world()
    first, second = here.envelopes
    words = here.words
    _, _, asked, granted = here.joining
    return {
        "canonical": [word.body_bytes for word in words] + [first.header],
        "frame": [compress(b""), compress(b"a" * 4096), compress(b"a" * 4097), compress(bytes(10**6))],
        "statement": [word.to_json().encode() for word in words],
        "envelope": [made.header + b"\n" + made.signature + made.sealed for made in here.envelopes],
        "header_signed": [first.header, second.header],
        "manifest": [words[0].body_bytes, words[2].body_bytes],
        "word_signed": [word.body_bytes for word in words],
        "parcel": [here.parcels[0]],
        "answer": [here.parcels[1]],
        "bundle": [here.bundle],
        "bundle_lines_signed": [_lines_of(here.bundle)],
        "enrol_request": [asked.to_json().encode()],
        "enrol_request_signed": [asked.body_bytes],
        "enrol_grant": [granted.to_json().encode()],
        "enrol_grant_signed": [granted.body_bytes],
        "key_file": [here.village.keys.to_bytes(), here.village.keys.to_bytes()[:68]],
        **talk.samples(),
        **between.samples(),
        **catalog.samples(),
    }


def change(name: str, data: bytes, chance: Random) -> bytes:
    """One to four blows, by somebody who knows how the target's input is built."""
    for _ in range(chance.randrange(1, BLOWS_MAX + 1)):
        changed = _CHANGES.get(name, change_text)(data, chance)
        data = changed if len(changed) <= INPUT_BYTES_MAX else changed[:INPUT_BYTES_MAX]
    return data


def change_parcel(data: bytes, chance: Random) -> bytes:
    """The text lines inside, or the bytes."""
    stop = 4 + int.from_bytes(data[:4])
    try:
        lines = decompress(data[4:stop], PARCEL_BYTES_MAX, "邮包").split(b"\n")
    except Exception:  # noqa: BLE001 - an earlier blow broke it
        return change_bytes(data, chance)
    if chance.random() < 0.2:
        return change_bytes(data, chance)
    text = compress(b"\n".join(change_lines(lines, chance, _change_line)))
    return len(text).to_bytes(4) + text + data[stop:]


def change_plain(data: bytes, chance: Random) -> bytes:
    """The JSON lines of a bundle; sometimes inside a statement or a header."""
    return b"\n".join(change_lines(data.split(b"\n"), chance, _change_plain_line))


def change_dsse(data: bytes, chance: Random) -> bytes:
    """The JSON around, or the body inside."""
    try:
        said = Statement.from_json(data)
    except Exception:  # noqa: BLE001 - an earlier blow broke it
        return change_bytes(data, chance)
    if chance.random() < 0.5:
        return change_text(data, chance)
    fields = json.loads(data)
    fields["payload"] = base64.b64encode(change_text(said.body_bytes, chance)).decode()
    return write_json(fields, chance)


def change_envelope(data: bytes, chance: Random) -> bytes:
    """The header, or the bytes behind it."""
    header, _, rest = data.partition(b"\n")
    if chance.random() < 0.7:
        return change_text(header, chance) + b"\n" + rest
    return header + b"\n" + change_bytes(rest, chance)


def change_body(data: bytes, chance: Random) -> bytes:
    """The body of a request or an answer, as what it seems to be."""
    if data.startswith(b"{"):
        return change_dsse(data, chance)
    return change_parcel(data, chance)


def _lines_of(bundle: bytes) -> bytes:
    reader = BundleReader(BytesIO(bundle))
    key = bundle_key(world().hall.keys, reader.label)
    return open_lines(key, reader.label, reader.sealed_lines())


def change_pack(data: bytes, chance: Random) -> bytes:
    """The JSON lines of a pack, or the bytes of its packed form."""
    if data[:1] == b"\xfd":
        return change_bytes(data, chance)
    return b"\n".join(change_lines(data.split(b"\n"), chance, change_text))


def _change_line(line: bytes, chance: Random) -> bytes:
    if chance.random() < 0.1:
        return chance.choice((b"M", b"S", b"E", b"A", b"R", b"X")) + line[1:]
    return line[:1] + change_text(line[1:], chance)


def _change_plain_line(line: bytes, chance: Random) -> bytes:
    try:
        fields = json.loads(line)
        made = fields["envelope"]["header"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return change_text(line, chance)
    if chance.random() < 0.5:
        return change_text(line, chance)
    fields["envelope"]["header"] = change_text(str(made).encode(), chance).decode("utf-8", "replace")
    return write_json(fields, chance)


_CHANGES: dict[str, Change] = {
    "frame": change_bytes,
    "key_file": change_bytes,
    "parcel": change_parcel,
    "answer": change_parcel,
    "catalog": catalog.change,
    "delta": change_bytes,
    "pack": change_pack,
    "section_up": change_parcel,
    "section_down": change_parcel,
    "bundle": change_bytes,
    "bundle_lines_signed": change_plain,
    "statement": change_dsse,
    "enrol_request": change_dsse,
    "enrol_grant": change_dsse,
    "envelope": change_envelope,
    "http": lambda data, chance: talk.change_talk(data, chance, change_body),
    "hall_answers": lambda data, chance: talk.change_talk(data, chance, change_body),
}
