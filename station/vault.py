"""The key slots: one random node key opens the data, and each person's password opens that key.

`vault.json` holds one slot a person and one for the printed recovery code. A slot is the node key
under AES-GCM, its wrapping key made by Argon2id from the password. Two limits, said in the manual:
removing a slot does not take the key from somebody who copied it before, and an old copy of this
file still opens with the old password.
"""

import hashlib
import json
import os
import re
import secrets
import threading
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from station.errors import AccountRefused, VaultDamaged, VaultOpen, WrongPassword
from station.files import write_atomically
from station.settings import Argon2Cost

NODE_KEY_BYTES = 32
RECOVERY_NAME = "#recovery"
PASSWORD_LENGTH_MAX = 128
VAULT_BYTES_MAX = 256 * 1024
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RECOVERY_LETTERS = 24
_FEW_AT_A_TIME = threading.BoundedSemaphore(2)  # each takes 64 MiB; a crowd at the door must not take all
_NAME = re.compile(r"[\w.\-]{2,32}")
_MISREAD = str.maketrans("OILU", "011V")


@dataclass(frozen=True)
class Slot:
    """One way into the vault. salt, nonce and sealed are hex."""

    name: str
    salt: str
    passes: int
    memory_kib: int
    lanes: int
    nonce: str
    sealed: str


class Vault:
    """The slot file of one data folder."""

    def __init__(self, path: Path, cost: Argon2Cost) -> None:
        """cost: used for new slots; each slot keeps the cost it was made with."""
        self.path = path
        self.cost = cost

    @property
    def exists(self) -> bool:
        """True once the first slot was made."""
        return self.path.exists()

    def names(self) -> list[str]:
        """The accounts that have a slot."""
        return [slot.name for slot in self._slots() if slot.name != RECOVERY_NAME]

    def create(self, account: str, password: str) -> bytes:
        """A new node key (32 bytes) with its first slot. Raises VaultDamaged when there is a vault."""
        if self.exists:
            raise VaultDamaged("文件夹中已经有一份，不能再建。")
        node_key = secrets.token_bytes(NODE_KEY_BYTES)
        self._write([self._sealed(account_name(account), password, node_key)])
        return node_key

    def open(self, account: str, password: str) -> bytes:
        """The node key. Takes the same time for a name that does not exist. Raises WrongPassword."""
        return self._open(clean_name(account), password)

    def add_slot(self, account: str, password: str, node_key: bytes) -> None:
        """Give `account` a slot, in place of the one it may have."""
        self._put(self._sealed(account_name(account), password, node_key))

    def change(self, account: str, password: str, new_password: str) -> None:
        """Exchange one person's password. Raises WrongPassword."""
        self.add_slot(account, new_password, self.open(account, password))

    def remove_slot(self, account: str) -> None:
        """Take away one person's way in. Raises VaultOpen when nobody else could open the vault."""
        slots = self._slots()
        left = [slot for slot in slots if slot.name != clean_name(account)]
        if not [slot for slot in left if slot.name != RECOVERY_NAME]:
            raise VaultOpen
        self._write(left)

    def renew_recovery(self, node_key: bytes) -> str:
        """A new recovery code, shown once; the one before stops working."""
        code = make_recovery_code()
        self._put(self._sealed(RECOVERY_NAME, plain_code(code), node_key))
        return code

    def open_with_recovery(self, code: str) -> bytes:
        """The node key by the printed code; spacing and case do not matter. Raises WrongPassword."""
        return self._open(RECOVERY_NAME, plain_code(code))

    def _open(self, name: str, password: str) -> bytes:
        slot = next((slot for slot in self._slots() if slot.name == name), None)
        if slot is None:
            _derive("nobody", os.urandom(16), self.cost)
            raise WrongPassword
        cost = Argon2Cost(slot.passes, slot.memory_kib, slot.lanes)
        wrapping = _derive(password, bytes.fromhex(slot.salt), cost)
        try:
            return AESGCM(wrapping).decrypt(
                bytes.fromhex(slot.nonce), bytes.fromhex(slot.sealed), _context(slot.name)
            )
        except InvalidTag as error:
            raise WrongPassword from error

    def _sealed(self, name: str, password: str, node_key: bytes) -> Slot:
        salt, nonce = os.urandom(16), os.urandom(12)
        sealed = AESGCM(_derive(password, salt, self.cost)).encrypt(nonce, node_key, _context(name))
        cost = self.cost
        return Slot(name, salt.hex(), cost.passes, cost.memory_kib, cost.lanes, nonce.hex(), sealed.hex())

    def _put(self, new: Slot) -> None:
        self._write([slot for slot in self._slots() if slot.name != new.name] + [new])

    def _slots(self) -> list[Slot]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError as error:
            raise VaultDamaged("文件不见了。") from error
        try:
            if len(data) > VAULT_BYTES_MAX:
                raise ValueError("too long")
            found = json.loads(data)
            if found["v"] != 1:
                raise ValueError("version")
            return [_checked(Slot(**slot)) for slot in found["slots"]]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise VaultDamaged("内容不完整或被改动过。") from error

    def _write(self, slots: list[Slot]) -> None:
        content: dict[str, Any] = {"v": 1, "slots": [asdict(slot) for slot in slots]}
        write_atomically(self.path, json.dumps(content, ensure_ascii=False, indent=1).encode())


def clean_name(text: str) -> str:
    """An account name in its one spelling: NFKC, lower case, no outer spaces."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def account_name(text: str) -> str:
    """A new account's name in its one spelling. Raises AccountRefused."""
    name = clean_name(text)
    if not _NAME.fullmatch(name):
        raise AccountRefused(
            "账号名应为 2 到 32 个字，只用汉字、字母、数字和 . _ -。", "请换一个账号名再提交。"
        )
    return name


def make_recovery_code() -> str:
    """24 random letters (120 bits) and a check letter, in groups of five."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LETTERS))
    whole = letters + _check_letter(letters)
    return "-".join(whole[start : start + 5] for start in range(0, len(whole), 5))


def plain_code(code: str) -> str:
    """A typed recovery code without its spacing, with letters that look alike set right."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", code)).upper().translate(_MISREAD)


def is_recovery_code(code: str) -> bool:
    """True when length, letters and check letter fit: a typing error is told before the slow check."""
    plain = plain_code(code)
    return len(plain) == _RECOVERY_LETTERS + 1 and plain[-1] == _check_letter(plain[:-1])


def _check_letter(letters: str) -> str:
    return _ALPHABET[hashlib.sha256(letters.encode()).digest()[0] % 32]


def _derive(password: str, salt: bytes, cost: Argon2Cost) -> bytes:
    secret = unicodedata.normalize("NFC", password[:PASSWORD_LENGTH_MAX]).encode()
    kdf = Argon2id(
        salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    with _FEW_AT_A_TIME:
        return kdf.derive(secret)


def _context(name: str) -> bytes:
    return b"yimen vault slot 1\n" + name.encode()


def _checked(slot: Slot) -> Slot:
    in_bounds = 1 <= slot.passes <= 32 and 1 <= slot.lanes <= 16 and 8 <= slot.memory_kib <= 1024 * 1024
    if not in_bounds or len(bytes.fromhex(slot.nonce)) != 12 or len(bytes.fromhex(slot.salt)) != 16:
        raise ValueError(slot.name)
    bytes.fromhex(slot.sealed)
    return slot
