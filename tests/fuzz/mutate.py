"""Changes that keep enough of a valid sample to get past the first check; all chance comes from `chance`.

`change_bytes` knows nothing, `change_json` knows values, `change_text` knows JSON lines. Each returns a
new thing, which may by chance be the old one.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    2**31,
    2**53 - 1,
    2**53,
    2**64,
    10**40,
    1.5,
    "",
    "0",
    "00" * 16,
    "f" * 64,
    "\u0000",
    "\ud800",
    "很" * 70,
    "2026-11-22T09:41:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    [],
    {},
    [[]],
    {"": {}},
)
ODD_BYTES = (b"\0", b"\n", b"\xff" * 4, b"\0" * 8, b"{", b'"', b"NaN", b"\\ud800", b"\x28\xb5\x2f\xfd")
DEPTHS = (33, 400, 3000)


def change_bytes(data: bytes, chance: Random) -> bytes:
    """One blow to some bytes: flip, cut, splice, repeat, drop, insert, overwrite."""
    at = chance.randrange(len(data) + 1)
    blow = chance.randrange(7)
    if blow == 0 and data:
        at = min(at, len(data) - 1)
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if blow == 1:
        return data[:at]
    piece = data[at : at + chance.randrange(1, 80)]
    other = chance.randrange(len(data) + 1)
    if blow == 2:
        return data[:other] + piece + data[other:]
    if blow == 3:
        return data[:at] + piece * chance.randrange(2, 20) + data[at + len(piece) :]
    if blow == 4:
        return data[:at] + data[at + len(piece) :]
    odd = chance.choice(ODD_BYTES)
    return data[:at] + odd + data[at + (len(odd) if blow == 5 else 0) :]


def change_json(value: Any, chance: Random) -> Any:
    """One value somewhere inside becomes another one, goes, moves, or gets company."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(sorted(value))
        return _change_object(dict(value), name, chance)
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        times = 9 if chance.random() < 0.1 else 1
        return [*value[:at], change_json(value[at], chance), *value[at + 1 :]] * times
    return _odd(value, chance)


def change_text(data: bytes, chance: Random) -> bytes:
    """JSON text, changed as JSON or as bytes; written in the canonical way unless a blow spoils it."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return change_bytes(data, chance)
    if chance.random() < 0.2:
        return change_bytes(data, chance)
    return write_json(change_json(value, chance), chance)


def write_json(value: Any, chance: Random) -> bytes:
    """`value` as text: mostly as our own reader wants it, sometimes as others write it."""
    is_ours = chance.random() < 0.9
    separators = (",", ":") if is_ours else (", ", ": ")
    try:
        text = json.dumps(value, sort_keys=is_ours, separators=separators, ensure_ascii=False)
    except RecursionError:
        text = "[" * 9000 + "]" * 9000
    return text.encode("utf-8", "surrogatepass" if chance.random() < 0.1 else "replace")


def change_lines(lines: list[bytes], chance: Random, change: Callable[[bytes, Random], bytes]) -> list[bytes]:
    """Some of the lines changed, dropped, repeated, or in another order."""
    lines = list(lines)
    at = chance.randrange(len(lines))
    blow = chance.randrange(8)
    if blow == 0:
        return lines[:at] + lines[at + 1 :]
    if blow == 1:
        return lines[:at] + [lines[at]] * chance.randrange(2, 60) + lines[at:]
    if blow == 2:
        chance.shuffle(lines)
        return lines
    lines[at] = change(lines[at], chance)
    return lines


def _change_object(value: dict[str, Any], name: str, chance: Random) -> dict[str, Any]:
    blow = chance.randrange(8)
    if blow == 0:
        del value[name]
    elif blow == 1:
        value[chance.choice(("extra", "", name + "x", "v"))] = value[name]
    elif blow == 2:
        other = chance.choice(sorted(value))
        value[name], value[other] = value[other], value[name]
    else:
        value[name] = change_json(value[name], chance)
    return value


def _odd(value: Any, chance: Random) -> Any:
    blow = chance.randrange(6)
    if blow == 0 and isinstance(value, int):
        return value + chance.choice((-1, 1, 2**16))
    if blow == 1 and isinstance(value, str):
        return change_bytes(value.encode("utf-8", "replace"), chance).decode("utf-8", "replace")
    if blow == 2:
        return _nested(chance.choice(DEPTHS), value)
    if blow == 3:
        return [value] * chance.choice((1, 2, 70))
    return chance.choice(ODD_VALUES)


def _nested(depth: int, value: Any) -> Any:
    for _ in range(depth):
        value = [value]
    return value
