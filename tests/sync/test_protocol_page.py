"""docs/protocol.md says what the code does: limits, fields, kinds, refusals, and tests that exist."""

import re
from pathlib import Path

import pytest

from sync import (
    bundle_file,
    bundle_lines,
    bundle_seal,
    enrolment,
    envelope,
    errors,
    keys,
    limits,
    manifest,
    parcel,
    register,
    rotation,
    session,
)
from sync.errors import SyncError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text("utf-8")


def section(number: int) -> str:
    """The text of one numbered section."""
    return re.split(r"^## \d+\. .*$", PAGE, flags=re.M)[number]


def first_column(text: str) -> set[str]:
    """The names in code style in the first column of a table."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_test_it_names_exists():
    named = set(re.findall(r"`(tests/[^`]+)`", PAGE))

    assert len(named) > 5
    assert [name for name in named if not (ROOT / name.partition("::")[0]).is_file()] == []


def test_every_promise_has_its_row_with_a_test():
    rows = [line for line in section(16).splitlines() if re.match(r"\| P\d+ ", line) and "::" not in line]

    assert [row.split("|")[1].strip() for row in rows] == [f"P{number}" for number in range(1, 12)]
    assert all("`tests/" in row for row in rows)


def test_the_header_table_names_every_field():
    assert first_column(section(5)) == {*envelope._FIELDS, "files", "seal", "again"}


def test_the_manifest_table_names_every_field():
    full = manifest.Manifest(
        sender="a" * 32,
        recipient="b" * 32,
        at="",
        nonce="c" * 32,
        epoch="d" * 16,
        witness=manifest.LogHead(1, "0" * 64),
        log=manifest.EMPTY_LOG,
        contains=True,
        have=(manifest.Have("i", 1, "h"),),
        mine=(manifest.Mine("i", 1, 1),),
        recall=(manifest.RecallEntry("i", 1),),
        wants=(manifest.Want("w", 0),),
        awaits=("a",),
        refused=(manifest.Refusal("n", "w"),),
        latest={"catalog": 1},
        retry_after=1,
        more=True,
        brief=True,
        dictionaries=(1,),
        carried=(manifest.Carried("a", "i", 1, "h"),),
    )
    assert first_column(section(9).split("On a link")[0]) == set(full.to_dict())


@pytest.mark.parametrize(
    "kind",
    [
        envelope.ENVELOPE_KIND,
        manifest.MANIFEST_KIND,
        parcel.ACK_KIND,
        parcel.RECEIPT_KIND,
        enrolment.REQUEST_KIND,
        enrolment.GRANT_KIND,
        register.CERTIFICATE_KIND,
        bundle_file.BUNDLE_KIND,
        session.SESSION_KIND,
        rotation.CHANGE_KIND,
    ],
)
def test_every_kind_that_is_signed_is_named(kind):
    assert f"`{kind}`" in PAGE


@pytest.mark.parametrize(
    "row, numbers",
    [
        ("plain payload", [limits.PAYLOAD_BYTES_MAX, limits.CARRIED_BYTES_MAX]),
        ("header", [limits.HEADER_BYTES_MAX]),
        ("files of a letter", [limits.FILES_PER_LETTER_MAX, limits.FILE_BYTES_MAX]),
        ("parcel, unpacked", [limits.PARCEL_BYTES_MAX, limits.LETTERS_PER_PARCEL_MAX]),
        ("acknowledgements and receipts", [limits.WORDS_PER_PARCEL_MAX]),
        ("streams of a sender", [limits.STREAMS_PER_SENDER_MAX, limits.EARLY_PER_STREAM_MAX]),
        ("streams of a sender", [limits.ASIDE_PER_SENDER_MAX]),
        ("letters given back", [limits.RECALLS_STATED_MAX, limits.RETURNED_LETTERS_MAX]),
        ("letters given back", [limits.RETURNED_BYTES_TARGET]),
        ("carried sections", [limits.SECTIONS_PER_PARCEL_MAX]),
        ("what a relay holds", [limits.CARRIED_LETTERS_PER_CHILD_MAX, limits.CARRIED_WORDS_PER_CHILD_MAX]),
        (
            "what a relay holds",
            [limits.CARRIED_LETTER_BYTES_PER_CHILD_MAX, limits.CARRIED_FILES_PER_CHILD_MAX],
        ),
        ("what a relay holds", [limits.CARRIED_FILE_BYTES_PER_CHILD_MAX]),
        ("piece of a file", [limits.CHUNK_BYTES_TAKEN_MAX]),
        ("unfinished files", [limits.FILES_PENDING_PER_SENDER_MAX, limits.FILE_BYTES_PENDING_PER_SENDER_MAX]),
        ("separate parts of a file", [limits.LATER_SPANS_MAX, limits.LATER_SPANS_STATED_MAX]),
        ("partial uploads", [limits.PARTS_PER_SENDER_MAX, limits.PARTS_PER_FILE_MAX]),
        ("statement", [keys.STATEMENT_BYTES_MAX, enrolment.REQUEST_BYTES_MAX]),
        ("bundle", [bundle_file.BUNDLE_BYTES_MAX, bundle_seal.LABEL_BYTES_MAX, bundle_lines.LINES_MAX]),
        ("bundle", [bundle_file.PAYLOADS_BYTES_MAX, bundle_seal.LINES_BYTES_MAX, bundle_lines.FILES_MAX]),
    ],
)
def test_the_limits_are_those_of_the_code(row, numbers):
    [line] = [line for line in section(14).splitlines() if line.startswith(f"| {row}")]

    assert set(numbers) <= {int(number) for number in re.findall(r"\d+", line)}


def leaves(kind: type[SyncError]) -> list[type[SyncError]]:
    """A class and everything below it."""
    return [kind, *(leaf for below in kind.__subclasses__() for leaf in leaves(below))]


def test_every_refusal_stands_in_the_row_of_its_status():
    rows = {
        int(found[1]): set(re.findall(r"[A-Z]\w+", found[2]))
        for found in re.finditer(r"^\| (\d{3}) \| (.*) \|$", section(15), re.M)
    }
    shown = {leaf.__name__: leaf.status for leaf in leaves(SyncError)[1:] if leaf is not errors.BundleError}

    assert {name: status for name, status in shown.items() if name not in rows.get(status, set())} == {}


def test_the_tree_in_the_error_file_names_every_error():
    named = set(re.findall(r"[├└]── (\w+)", errors.__doc__ or ""))

    assert named == {leaf.__name__ for leaf in leaves(SyncError)[1:]}
