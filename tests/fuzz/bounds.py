"""`python -m tests.fuzz.bounds`: the whole corpus and some bombs in a process that may not grow.

Prints, as JSON, for each target the highest memory (bytes, as tracemalloc counts them) that one input
took. An input that asks the system for more than the process may have ends in a MemoryError, and with
that in 1.
"""

import json
import resource
import tracemalloc
from functools import cache
from hashlib import sha256
from pathlib import Path

import zstandard

from catalog_cache.distribution.delta import MAGIC
from sync.codec import compress
from sync.limits import MIB, PARCEL_BYTES_MAX
from tests.fuzz.catalog import two_packs
from tests.fuzz.samples import TARGETS, samples

CORPUS = Path(__file__).parent / "corpus"
GROWTH_BYTES_MAX = 256 * MIB


@cache
def bombs() -> dict[str, list[bytes]]:
    """Small or cheap inputs that say they are large, or become so."""
    huge = zstandard.ZstdCompressor(level=19).compress(bytes(512 * MIB))
    words = compress(b"M{}\n" + b"A{}\n" * (PARCEL_BYTES_MAX // 4 - 1))
    lists = compress(b'M{"have":[' + b"[]," * (PARCEL_BYTES_MAX // 3 - 40) + b"[]]}\n")
    frame = bytes.fromhex("502a4d1800000000")
    label = compress(b"{}")
    head = bytes.fromhex("502a4d1820000000") + b"YMBUNDL1" + len(label).to_bytes(8) + bytes(16) + label
    endless = head + frame * 2_000_000 + bytes.fromhex("502a4d1848000000") + bytes(72)
    lines = b"{}\n" * (16 * MIB // 3)
    return {
        "frame": [huge, b"\x28\xb5\x2f\xfd\xe0" + b"\xff" * 8],
        "parcel": [_wrapped(huge), _wrapped(words), _wrapped(lists), b"\xff" * PARCEL_BYTES_MAX],
        "answer": [_wrapped(words), _wrapped(lists)],
        "bundle": [endless],
        "bundle_lines_signed": [lines],
        "delta": [_delta(b"\x01\x01\x00\x01", huge), _delta(b"\xd1\x86\x03" + b"\x00\x00\x01" * 50_001, b"")],
        "canonical": [b'{"a":' * 200_000, b"[" * MIB, b'{"a":' + b"9" * MIB + b"}"],
        "statement": [b'{"payload":"' + b"A" * (MIB - 40), b"[" * MIB],
        "enrol_request": [b"[" * MIB, b'{"payload":"' + b"A" * MIB + b'"}'],
    }


def _delta(hunks: bytes, frame: bytes) -> bytes:
    """A delta for the right packs with these hunks and this frame; its check value comes later."""
    base, new = two_packs()
    return MAGIC + sha256(base).digest() + sha256(new).digest() + hunks + frame


def peaks() -> dict[str, int]:
    """The highest peak of each target."""
    tracemalloc.start()
    found = dict.fromkeys(TARGETS, 0)
    for name, run in TARGETS.items():
        kept = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
        for data in [*samples()[name], *kept, *bombs().get(name, [])]:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            run(data)
            found[name] = max(found[name], tracemalloc.get_traced_memory()[1] - before)
    return found


def _wrapped(text: bytes) -> bytes:
    return len(text).to_bytes(4) + text


def _stop_growing() -> None:
    """From here on the process may ask for so much more address space and no more."""
    samples(), bombs()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + GROWTH_BYTES_MAX
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    _stop_growing()
    print(json.dumps(peaks()))
