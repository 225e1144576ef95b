"""One private key in one file, behind a passphrase: PKCS #8, encrypted with AES under scrypt.

The file opens with standard tools (`openssl pkey -in FILE`). The stretching is written out here
because the library that reads such files writes them with a stretching too light for a key that may
lie in a drawer for three years (PBKDF2, 2,048 rounds).
"""

import base64
import secrets
import textwrap
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Signer

from catalog_cache.errors import KeyRefused
from catalog_cache.files import NotAFile, read_plain, write_whole

PASSPHRASE_CHARS_MIN = 12
_FILE_BYTES_MAX = 4096
# 16 MiB, five passes: about a quarter of a second to try one passphrase.
COST, _BLOCK, _PASSES = 2**14, 8, 5
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_SCRYPT = bytes.fromhex("06092b06010401da47040b")
_AES256_CBC = bytes.fromhex("060960864801650304012a")
_HEADER = "-----BEGIN ENCRYPTED PRIVATE KEY-----"
_FOOTER = "-----END ENCRYPTED PRIVATE KEY-----"


def new_key(path: Path, passphrase: str, cost: int = COST) -> Signer:
    """Make an Ed25519 key and keep it at `path`, encrypted. Raises KeyRefused, leaving nothing behind.

    cost: scrypt's N, written into the file; a test may ask for less.
    """
    if len(passphrase) < PASSPHRASE_CHARS_MIN:
        raise KeyRefused(f"口令至少 {PASSPHRASE_CHARS_MIN} 个字符。", "请换更长的口令，例如几个不相干的词。")
    if path.exists():
        raise KeyRefused(f"{path.name} 已经存在，不会覆盖。", "请换一个文件夹，或先妥善移走旧密钥。")
    private = Ed25519PrivateKey.generate()
    write_whole(path, _sealed(private, passphrase.encode(), cost), is_private=True)
    return CryptoSigner(private)


def open_key(path: Path, passphrase: str) -> Signer:
    """Unlock a key file. Raises KeyRefused when it is missing, damaged, or the passphrase is wrong."""
    try:
        pem = read_plain(path.parent, path.name, _FILE_BYTES_MAX)
    except FileNotFoundError as error:
        raise KeyRefused(f"找不到 {path.name}。") from error
    except (NotAFile, OSError) as error:
        raise KeyRefused(f"{path.name} 读不出来。") from error
    if _HEADER.encode() not in pem:
        raise KeyRefused(f"{path.name} 不是加了口令的密钥文件。")
    try:
        private = load_pem_private_key(pem, passphrase.encode() or b" ")
    except ValueError as error:
        raise KeyRefused(f"{path.name} 的口令不对，或文件已损坏。") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyRefused(f"{path.name} 不是 Ed25519 密钥。")
    return CryptoSigner(private)


def _sealed(private: Ed25519PrivateKey, passphrase: bytes, cost: int) -> bytes:
    """The PEM file of a key."""
    salt, vector = secrets.token_bytes(16), secrets.token_bytes(16)
    key = Scrypt(salt=salt, length=32, n=cost, r=_BLOCK, p=_PASSES).derive(passphrase)
    padder, cipher = PKCS7(128).padder(), Cipher(AES256(key), CBC(vector)).encryptor()
    plain = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()
    stretching = _sequence(_SCRYPT, _sequence(_octets(salt), *map(_integer, (cost, _BLOCK, _PASSES, 32))))
    method = _sequence(_PBES2, _sequence(stretching, _sequence(_AES256_CBC, _octets(vector))))
    text = base64.b64encode(_sequence(method, _octets(sealed))).decode()
    return "\n".join([_HEADER, *textwrap.wrap(text, 64), _FOOTER, ""]).encode()


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _octets(value: bytes) -> bytes:
    return _tagged(0x04, value)


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _tagged(tag: int, body: bytes) -> bytes:
    """One DER value; ours are all shorter than 256 bytes."""
    length = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return bytes([tag]) + length + body
