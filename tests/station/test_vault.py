"""The key slots: each person's password opens the same data, and nothing else does."""

import json
from pathlib import Path

import pytest

from station.errors import AccountRefused, KeyFileRefused, VaultDamaged, VaultOpen, WrongPassword
from station.unattended import find_key, write_key_file
from station.vault import Vault, is_recovery_code, make_recovery_code, plain_code
from tests.tools.counter import FAST


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault.json", FAST)


def test_every_person_opens_the_same_key(vault: Vault) -> None:
    key = vault.create("zhang", "first password")
    vault.add_slot("li", "second password", key)

    assert vault.open("zhang", "first password") == key
    assert vault.open("li", "second password") == key
    assert len(key) == 32


def test_a_wrong_password_and_a_wrong_name_are_answered_alike(vault: Vault) -> None:
    vault.create("zhang", "first password")

    with pytest.raises(WrongPassword) as wrong_password:
        vault.open("zhang", "First password")
    with pytest.raises(WrongPassword) as wrong_name:
        vault.open("nobody", "first password")
    assert str(wrong_password.value) == str(wrong_name.value)


def test_a_name_is_the_same_in_every_spelling_people_type(vault: Vault) -> None:
    key = vault.create("Zhang", "first password")

    assert vault.open(" ＺＨＡＮＧ ", "first password") == key


def test_a_changed_password_opens_and_the_old_one_does_not(vault: Vault) -> None:
    key = vault.create("zhang", "first password")
    vault.change("zhang", "first password", "newer password")

    assert vault.open("zhang", "newer password") == key
    with pytest.raises(WrongPassword):
        vault.open("zhang", "first password")


def test_a_removed_person_has_no_way_in_and_the_last_one_stays(vault: Vault) -> None:
    key = vault.create("zhang", "first password")
    vault.add_slot("li", "second password", key)
    vault.renew_recovery(key)
    vault.remove_slot("li")

    with pytest.raises(WrongPassword):
        vault.open("li", "second password")
    with pytest.raises(VaultOpen):
        vault.remove_slot("zhang")


def test_the_recovery_code_opens_however_it_is_typed_and_a_new_one_replaces_it(vault: Vault) -> None:
    key = vault.create("zhang", "first password")
    first = vault.renew_recovery(key)

    assert vault.open_with_recovery(first.lower().replace("-", " ")) == key
    second = vault.renew_recovery(key)
    assert vault.open_with_recovery(second) == key
    with pytest.raises(WrongPassword):
        vault.open_with_recovery(first)


def test_a_mistyped_recovery_code_is_mostly_noticed_before_the_slow_check() -> None:
    code = plain_code(make_recovery_code())
    typed = [code[:7] + letter + code[8:] for letter in "0123456789ABCDEFGHJKMNPQRSTVWXYZ"]

    assert is_recovery_code(code)
    assert sum(map(is_recovery_code, typed)) <= 6
    assert not is_recovery_code(code[:-1]) and not is_recovery_code("")


def test_the_file_holds_neither_key_nor_password_and_is_private(vault: Vault) -> None:
    key = vault.create("zhang", "first password")
    data = vault.path.read_bytes()

    assert key not in data and key.hex().encode() not in data and b"first password" not in data
    assert vault.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"v":2,"slots":[]}',
        b'{"v":1,"slots":[{"name":"zhang"}]}',
        b'{"v":1,"slots":[1]}',
        b"[" * 100_000,
        b" " * 300_000,
    ],
)
def test_a_damaged_file_is_said_to_be_damaged(vault: Vault, content: bytes) -> None:
    vault.path.write_bytes(content)

    with pytest.raises(VaultDamaged):
        vault.open("zhang", "first password")


def test_a_slot_that_asks_for_a_terabyte_of_memory_is_refused(vault: Vault) -> None:
    vault.create("zhang", "first password")
    content = json.loads(vault.path.read_bytes())
    content["slots"][0]["memory_kib"] = 2**30
    vault.path.write_text(json.dumps(content))

    with pytest.raises(VaultDamaged):
        vault.open("zhang", "first password")


def test_a_slot_moved_to_another_name_does_not_open(vault: Vault) -> None:
    vault.create("zhang", "first password")
    vault.path.write_text(vault.path.read_text().replace("zhang", "admin"))

    with pytest.raises(WrongPassword):
        vault.open("admin", "first password")


def test_an_existing_vault_is_never_overwritten(vault: Vault) -> None:
    vault.create("zhang", "first password")

    with pytest.raises(VaultDamaged):
        vault.create("li", "second password")


@pytest.mark.parametrize("name", ["", "a", "a b", "x" * 33, "a/b", "#recovery", "李\nx"])
def test_a_name_that_could_confuse_is_refused(vault: Vault, name: str) -> None:
    key = vault.create("zhang", "first password")

    with pytest.raises(AccountRefused):
        vault.add_slot(name, "second password", key)


def test_the_unattended_key_is_private_and_a_wider_one_is_refused(tmp_path: Path) -> None:
    path = write_key_file(tmp_path, bytes(range(32)))
    assert find_key(tmp_path, {}) == bytes(range(32))

    path.chmod(0o644)
    with pytest.raises(KeyFileRefused):
        find_key(tmp_path, {})


def test_a_systemd_credential_goes_before_the_key_file(tmp_path: Path) -> None:
    write_key_file(tmp_path, bytes(32))
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "yimen-node-key").write_text("11" * 32 + "\n")

    found = find_key(tmp_path, {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})

    assert found == b"\x11" * 32


@pytest.mark.parametrize("content", ["", "zz", "11" * 31, "嗨"])
def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    write_key_file(tmp_path, bytes(32)).write_text(content)

    with pytest.raises(KeyFileRefused):
        find_key(tmp_path, {})
