"""A publisher's key lies in a file behind a passphrase, and opens with standard tools."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from catalog_cache.errors import KeyRefused
from catalog_cache.signatures.keyfile import new_key, open_key
from tests.catalog_cache.press import public_hex

PASSPHRASE = "青山绿水 三江六岸 2026"


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "county.pem"
    new_key(path, PASSPHRASE)
    return path


def test_a_key_opens_with_its_passphrase_and_is_the_same_key(tmp_path: Path):
    made = new_key(tmp_path / "a.pem", PASSPHRASE)
    opened = open_key(tmp_path / "a.pem", PASSPHRASE)

    assert opened.public_key == made.public_key
    made.public_key.verify_signature(opened.sign(b"message"), b"message")


@pytest.mark.parametrize("passphrase", ["", "wrong but long enough", PASSPHRASE + " "])
def test_a_wrong_passphrase_opens_nothing(key_path: Path, passphrase: str):
    with pytest.raises(KeyRefused, match="口令不对"):
        open_key(key_path, passphrase)


def test_a_short_passphrase_is_refused_and_leaves_no_file(tmp_path: Path):
    with pytest.raises(KeyRefused, match="至少 12 个字符"):
        new_key(tmp_path / "a.pem", "short")
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_never_overwritten(key_path: Path):
    before = key_path.read_bytes()
    with pytest.raises(KeyRefused, match="不会覆盖"):
        new_key(key_path, PASSPHRASE)
    assert key_path.read_bytes() == before


def test_nobody_but_the_owner_reads_the_file_and_the_file_does_not_hold_the_key_in_the_clear(key_path: Path):
    assert key_path.stat().st_mode & 0o077 == 0
    assert b"ENCRYPTED" in key_path.read_bytes()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_file_opens_with_openssl(key_path: Path):
    command = ["openssl", "pkey", "-in", str(key_path), "-passin", f"pass:{PASSPHRASE}", "-text", "-noout"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    public = shown.split("pub:")[1].replace(":", "").replace("\n", "").replace(" ", "")

    assert public == public_hex(open_key(key_path, PASSPHRASE))


def test_damage_is_told_from_a_missing_file(key_path: Path):
    key_path.write_bytes(key_path.read_bytes()[:-80])
    with pytest.raises(KeyRefused, match="损坏"):
        open_key(key_path, PASSPHRASE)
    key_path.unlink()
    with pytest.raises(KeyRefused, match="找不到"):
        open_key(key_path, PASSPHRASE)


def test_a_key_without_a_passphrase_or_of_another_kind_is_refused(tmp_path: Path):
    path = tmp_path / "odd.pem"
    path.write_text("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
    with pytest.raises(KeyRefused, match="不是加了口令"):
        open_key(path, PASSPHRASE)
    other = generate_private_key(SECP256R1())
    path.write_bytes(
        other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x" * 12))
    )
    with pytest.raises(KeyRefused, match="不是 Ed25519"):
        open_key(path, "x" * 12)


def test_a_link_in_the_place_of_a_key_is_not_followed(key_path: Path):
    link = key_path.with_name("link.pem")
    link.symlink_to(key_path)

    with pytest.raises(KeyRefused, match="读不出来"):
        open_key(link, PASSPHRASE)
