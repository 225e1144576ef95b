"""The file on the stick: whole or not there at all, and refused when a single byte is not as written."""

import os
import resource
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.bundle_copy import private_copy
from sync.bundle_file import BundleReader
from sync.bundle_seal import Label
from sync.bundle_write import Content, write_bundle
from sync.errors import BadForm, BundleDamaged, BundleNotWritten
from sync.keys import NodeKeys

KEYS = NodeKeys(b"\x01" * 32, b"\x02" * 32, None)
LABEL = Label("02" * 16, "01" * 16, "x25519", bytes(80))
CONTENT = Content(LABEL, b"sealed lines", (b"first", b"second one"), ((5, [b"12", b"345"]), (0, [])))


@pytest.fixture
def written(stick: Path) -> Path:
    path = stick / "mail.ymb"
    write_bundle(path, KEYS, CONTENT)
    return path


def reads(path: Path, tmp_path: Path) -> BundleReader:
    with private_copy(path, tmp_path) as copy:
        reader = BundleReader(copy)
        reader.check(KEYS.signing_public)
        assert (reader.label, reader.sealed_lines()) == (LABEL, b"sealed lines")
        assert [reader.payload(0, 5), reader.payload(5, 10)] == [b"first", b"second one"]
        assert b"".join(reader.file(0)) == b"12345"
        assert b"".join(reader.file(0, start=3)) == b"45"
        return reader


def test_what_was_written_is_read_back(written, tmp_path):
    reader = reads(written, tmp_path)

    assert reader.file_sizes == (5, 0)
    assert reader.key_id == KEYS.key_id
    assert reader.size_bytes == written.stat().st_size


def test_the_zstd_command_prints_the_label(written):
    printed = subprocess.run(["zstd", "-dcq", written], check=True, capture_output=True).stdout

    assert printed == LABEL.to_line()


def test_a_bundle_cut_off_after_any_byte_is_refused(written, tmp_path):
    whole = written.read_bytes()
    for length in range(len(whole)):
        written.write_bytes(whole[:length])
        with pytest.raises(BundleDamaged) as refusal:
            reads(written, tmp_path)
    assert "重新导出" in refusal.value.next_step


def test_a_bundle_with_any_byte_changed_is_refused(written, tmp_path):
    whole = written.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        written.write_bytes(changed)
        if 0 <= place - (len(whole) - 72) < 8:
            continue  # the key id: it only says which key to look up
        with pytest.raises(BundleDamaged):
            reads(written, tmp_path)


def test_bytes_behind_the_end_are_refused(written, tmp_path):
    written.write_bytes(written.read_bytes() + b"\n")

    with pytest.raises(BundleDamaged):
        reads(written, tmp_path)


def test_a_bundle_sealed_by_another_key_is_refused(stick, tmp_path):
    write_bundle(stick / "mail.ymb", NodeKeys.generate(), CONTENT)

    with pytest.raises(BundleDamaged):
        reads(stick / "mail.ymb", tmp_path)


def test_lengths_beyond_the_limit_are_refused_before_anything_is_read(written, tmp_path):
    changed = bytearray(written.read_bytes())
    changed[16:24] = (2**63).to_bytes(8, "big")
    written.write_bytes(changed)

    with pytest.raises(BundleDamaged):
        reads(written, tmp_path)


def test_the_private_copy_is_gone_afterwards(written, tmp_path):
    reads(written, tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["stick"]


def test_a_link_a_folder_and_a_pipe_are_not_taken(stick, written, tmp_path):
    (stick / "link.ymb").symlink_to(written)
    os.mkfifo(stick / "pipe.ymb")

    for name in ("link.ymb", "pipe.ymb", ".", "none.ymb"):
        with pytest.raises(BadForm):
            reads(stick / name, tmp_path)


def test_a_stick_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BundleNotWritten) as refusal:
        write_bundle(tmp_path / "gone" / "mail.ymb", KEYS, CONTENT)

    assert "目标文件夹不存在" in refusal.value.why


@contextmanager
def no_file_above(size_bytes: int):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_stick_that_is_full_keeps_what_it_had_and_nothing_half_done(stick, written):
    before = written.read_bytes()
    large = Content(LABEL, b"", (), ((300_000, [b"x" * 300_000]),))

    with no_file_above(100_000), pytest.raises(BundleNotWritten) as refusal:
        write_bundle(written, KEYS, large)
    assert "没有留下残缺文件" in refusal.value.what
    assert os.listdir(stick) == ["mail.ymb"]
    assert written.read_bytes() == before


def test_a_source_that_fails_halfway_leaves_nothing(stick):
    def pieces():
        yield b"12"
        raise ValueError("the database closed")

    with pytest.raises(ValueError, match="the database closed"):
        write_bundle(stick / "mail.ymb", KEYS, Content(LABEL, b"", (), ((5, pieces()),)))
    assert os.listdir(stick) == []


def test_what_an_earlier_crash_left_is_replaced(stick, tmp_path):
    (stick / "mail.ymb.part").write_bytes(b"half")
    write_bundle(stick / "mail.ymb", KEYS, CONTENT)

    assert os.listdir(stick) == ["mail.ymb"]
    reads(stick / "mail.ymb", tmp_path)
