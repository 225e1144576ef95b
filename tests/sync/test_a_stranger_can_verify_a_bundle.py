"""With docs/protocol.md, openssl, zstd and jq alone, anybody can check who wrote what in which order."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sync.bundle import inspect_bundle, key_of
from sync.bundle_file import BundleReader
from sync.bundle_seal import open_lines, seal_lines
from sync.bundle_write import Content, write_bundle
from sync.envelope import ENVELOPE_KIND
from sync.keys import NodeKeys, pae
from tests.tools.mail_node import MailNode

VECTORS = Path(__file__).parents[2] / "docs" / "vectors"
TOOLS = ("openssl", "zstd", "jq")
pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason="needs openssl, zstd and jq"
)


def verifies(bundle: Path, *keys: Path, opened_by: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A stranger runs the script in an empty environment, with nothing of ours on the path."""
    options = [] if opened_by is None else ["-k", str(opened_by)]
    command = ["sh", str(VECTORS / "verify_bundle.sh"), *options, str(bundle), *map(str, keys)]
    return subprocess.run(
        command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A bundle of five cases with a scan, as a village exports it; the village's key, and the bundle's."""
    hall, village = MailNode(1, "county", tmp_path), MailNode(2, "village", tmp_path)
    village.joins(hall)
    for number in range(5):
        village.writes(hall, f"c{number}", {"applicant": "张示例"}, [os.urandom(300)] if number == 2 else [])
    key = tmp_path / "village.key"
    key.write_text(village.keys.signing_public.hex() + "\n")
    bundle = village.exports(hall, tmp_path / "fresh.ymb").path
    opener = tmp_path / "fresh.content-key"
    opener.write_text(key_of(bundle, hall.keys).hex() + "\n")
    return bundle, key, opener


def test_the_vector_in_the_documents_verifies_and_says_what_it_should():
    opener = VECTORS / "bundle.content-key"
    run = verifies(VECTORS / "bundle.ymb", VECTORS / "bundle.key", opened_by=opener)
    expected = json.loads((VECTORS / "bundle.expected.json").read_text())

    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert {name: said[name] for name in ("from", "to", "at", "envelopes")} == {
        name: expected[name] for name in ("from", "to", "at", "envelopes")
    }
    assert said["files"] == len(expected["files"]) == 1
    assert said["statements"] == expected["parcels"] + expected["acks"] + expected["receipts"] == 3


def test_our_own_reader_says_the_same_of_the_vector():
    public = bytes.fromhex((VECTORS / "bundle.key").read_text())
    key = bytes.fromhex((VECTORS / "bundle.content-key").read_text())
    expected = json.loads((VECTORS / "bundle.expected.json").read_text())

    assert inspect_bundle(VECTORS / "bundle.ymb", public, key) == expected


def test_a_bundle_exported_just_now_verifies(fresh):
    bundle, key, opener = fresh
    run = verifies(bundle, key, opened_by=opener)

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["envelopes"] == 5


def test_without_the_bundles_key_a_stranger_still_learns_who_made_it_and_that_it_is_whole(fresh):
    bundle, key, _ = fresh
    run = verifies(bundle, key)

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"from": "02" * 16, "to": "01" * 16}


def test_the_key_of_another_bundle_does_not_open_this_one(fresh):
    bundle, key, _ = fresh
    run = verifies(bundle, key, opened_by=VECTORS / "bundle.content-key")

    assert run.returncode == 1
    assert "do not open" in run.stderr


def test_one_flipped_byte_anywhere_makes_it_fail(fresh):
    bundle, key, _ = fresh
    whole = bundle.read_bytes()
    places = {
        0,
        8,
        20,
        40,
        len(whole) // 3,
        len(whole) // 2,
        len(whole) - 100,
        len(whole) - 60,
        len(whole) - 1,
    }
    for place in sorted(places):
        bundle.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        run = verifies(bundle, key)
        assert run.returncode == 1, f"byte {place}"
        assert "REFUSED" in run.stderr


def test_a_bundle_cut_short_fails(fresh):
    bundle, key, _ = fresh
    bundle.write_bytes(bundle.read_bytes()[:-1])

    assert verifies(bundle, key).returncode == 1


def test_the_key_of_somebody_else_does_not_do(fresh):
    run = verifies(fresh[0], VECTORS / "bundle.key")

    assert run.returncode == 1
    assert "was not given" in run.stderr


def test_a_seal_over_a_forged_header_does_not_help(fresh, tmp_path):
    """The thief reseals the whole bundle with a key of their own; the header's signature still tells."""
    bundle, key, opener = fresh
    with open(bundle, "rb") as stream:
        reader = BundleReader(stream)
        lines = open_lines(bytes.fromhex(opener.read_text()), reader.label, reader.sealed_lines())
        forged = lines.replace(b'\\"subject\\":\\"c1\\"', b'\\"subject\\":\\"c9\\"')
        payloads = (reader.payload(0, reader.payload_bytes),)
        files = tuple((size, list(reader.file(index))) for index, size in enumerate(reader.file_sizes))
    thief, friend = NodeKeys.generate(), NodeKeys.generate()
    label, sealed = seal_lines(forged, reader.label.sender, reader.label.recipient, friend.sealing_public)
    write_bundle(tmp_path / "forged.ymb", thief, Content(label, sealed, payloads, files))
    (tmp_path / "thief.key").write_text(thief.signing_public.hex() + "\n")
    opener.write_text(key_of(tmp_path / "forged.ymb", friend).hex() + "\n")

    assert forged != lines
    run = verifies(tmp_path / "forged.ymb", key, tmp_path / "thief.key", opened_by=opener)
    assert run.returncode == 1
    assert ENVELOPE_KIND in run.stderr


def test_the_pre_authentication_encoding_of_the_page_is_the_one_in_the_code(tmp_path):
    (tmp_path / "body").write_bytes("正文".encode())
    script = """{ printf 'DSSEv1 %d %s %d ' ${#kind} "$kind" "$(wc -c <body)"; cat body; }"""
    run = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env={"kind": "a/b", **os.environ}, capture_output=True, check=True
    )

    assert run.stdout == pae("a/b", "正文".encode())
