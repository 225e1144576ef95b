"""What people do with accounts. Plain values in, rows out; nothing of Flask.

A person exists twice on purpose: as a key slot of the vault (which opens the data) and as a row (who
may do what). The slot is written first; a slot without a row opens nothing here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from station import audit
from station.accounts.models import Account
from station.accounts.passwords import check_password
from station.accounts.roles import Role
from station.accounts.sessions import Session
from station.errors import AccountRefused, VaultOpen, WrongPassword
from station.vault import RECOVERY_NAME, account_name, clean_name, is_recovery_code
from sync.rows import write

if TYPE_CHECKING:
    from station.node import Installation, Node

ACCOUNTS_MAX = 200


@dataclass(frozen=True)
class NewAccount:
    """What an administrator says of a new person. password: the first one, to be changed at first sign-in."""

    name: str
    display_name: str
    roles: Iterable[Role | str]
    password: str = field(repr=False)
    department: str = ""
    has_to_change_password: bool = True


def sign_in(installation: "Installation", name: str, password: str, *, now: datetime) -> Session:
    """Open the person's key slot and start a session; unlocks the station if it was locked.

    Raises TooManyAttempts, WrongPassword (also for disabled people).
    """
    node, account = authenticate(installation, name, password, now=now)
    return start_session(node, account.name, now=now)


def start_session(node: "Node", name: str, *, now: datetime) -> Session:
    """A session for a person whose password was checked just now."""
    with node.using():
        account = existing(name)
        audit.record(account.name, "account.signed_in", account.name, now=now)
    return node.installation.sessions.open(account.name, account.epoch, now=now)


def authenticate(
    installation: "Installation", name: str, password: str, *, now: datetime
) -> "tuple[Node, Account]":
    """The unlocked node and the person, once the password opened the slot."""
    installation.attempts.check(name, now=now)
    try:
        node = installation.unlock(name, password)
        with node.using():
            account = Account.get_or_none(Account.name == clean_name(name), Account.is_active)
        if account is None:
            raise WrongPassword
    except WrongPassword:
        count = installation.attempts.failed(name, now=now)
        if installation.node is not None:
            with installation.node.using():
                known = clean_name(name) if clean_name(name) in installation.vault.names() else ""
                audit.record("", "account.wrong_password", known, now=now, in_a_row=count)
        raise
    installation.attempts.succeeded(name)
    return node, account


def person_of(
    installation: "Installation", token: object, *, now: datetime, is_poll: bool = False
) -> Account | None:
    """The active person of an open session that is not idle, or None.

    is_poll: the page asked by itself; that does not count as use.
    """
    session = installation.sessions.find(token)
    if session is None or installation.sessions.is_idle(session, now=now):
        return None
    account = Account.get_or_none(Account.name == session.name, Account.is_active)
    if account is None or account.epoch != session.epoch:
        installation.sessions.close(token)
        return None
    if not is_poll:
        session.seen_at = now
    return account


def sign_out(
    installation: "Installation", token: object, *, now: datetime, act: str = "account.signed_out"
) -> None:
    """End one session; the node stays open and goes on with its mail."""
    session = installation.sessions.find(token)
    installation.sessions.close(token)
    if session is not None:
        audit.record(session.name, act, session.name, now=now)


def add_account(node: "Node", new: NewAccount, *, by: str, now: datetime) -> Account:
    """A new person with a first password. Raises AccountRefused, WeakPassword."""
    name = account_name(new.name)
    roles_text = ordered_roles(new.roles)
    _check_names(new.display_name, new.department)
    check_password(new.password, name)
    if Account.select().where(Account.name == name).exists():
        raise AccountRefused(
            "账号名 %(name)s 已经有人用了。", "请换一个账号名，或重设原账号的密码。", name=name
        )
    if Account.select().count() >= ACCOUNTS_MAX:
        raise AccountRefused("账号数量已到上限。", "请先停用不再使用的账号。")
    node.vault.add_slot(name, new.password, node.node_key)
    with write():
        account: Account = Account.create(
            name=name,
            display_name=new.display_name.strip(),
            roles_text=roles_text,
            department=new.department.strip(),
            has_to_change_password=new.has_to_change_password,
            created_at=now,
        )
        audit.record(by, "account.added", name, now=now, roles=roles_text, department=new.department)
    return account


def change_password(node: "Node", account: Account, old: str, new: str, *, now: datetime) -> None:
    """The person's own new password. Raises WrongPassword, WeakPassword."""
    if old == new:
        raise AccountRefused("新密码与旧密码相同。", "请换一个不同的密码。")
    check_password(new, account.name)
    node.vault.change(account.name, old, new)
    with write():
        Account.update(has_to_change_password=False).where(Account.name == account.name).execute()
        audit.record(account.name, "account.password_changed", account.name, now=now)


def reset_password(node: "Node", name: str, new: str, *, by: str, now: datetime) -> Account:
    """A first password again, given by an administrator; ends the person's sessions.

    Raises AccountRefused, WeakPassword.
    """
    account = existing(name)
    check_password(new, account.name)
    node.vault.add_slot(account.name, new, node.node_key)
    with write():
        account.has_to_change_password, account.is_active = True, True
        account.epoch += 1
        account.save()
        audit.record(by, "account.password_reset", account.name, now=now)
    node.installation.attempts.succeeded(account.name)
    return account


def disable_account(node: "Node", name: str, *, by: str, now: datetime) -> Account:
    """Take away a person's slot and sessions. Raises AccountRefused; VaultOpen for the last administrator."""
    account = existing(name)
    others = [other for other in Account.select().where(Account.is_active) if other.name != account.name]
    if Role.ADMIN in account.roles and not any(Role.ADMIN in other.roles for other in others):
        raise VaultOpen
    with write():
        account.is_active = False
        account.epoch += 1
        account.save()
        audit.record(by, "account.disabled", account.name, now=now)
    if account.name in node.vault.names():
        node.vault.remove_slot(account.name)
    return account


def list_accounts() -> list[Account]:
    """Everybody, active people first."""
    return list(Account.select().order_by(Account.is_active.desc(), Account.name))


def ordered_roles(roles: Iterable[Role | str]) -> str:
    """The roles as they are stored. Raises AccountRefused for none or an unknown one."""
    try:
        wanted = {Role(role) for role in roles}
    except ValueError as error:
        raise AccountRefused("有不认识的岗位。", "请从列出的岗位中选择。") from error
    if not wanted:
        raise AccountRefused("没有选岗位。", "请至少选一个岗位。")
    return ",".join(role for role in Role if role in wanted)


def existing(name: str) -> Account:
    """The account of that name, active or not. Raises AccountRefused."""
    account = Account.get_or_none(Account.name == clean_name(name))
    if account is None:
        raise AccountRefused("没有账号 %(name)s。", "请核对账号名。", name=name[:32])
    found: Account = account
    return found


def _check_names(display_name: str, department: str) -> None:
    texts = display_name + department
    if not 1 <= len(display_name.strip()) <= 32 or len(department) > 60:
        raise AccountRefused("姓名应为 1 到 32 个字，部门最多 60 个字。", "请改短后再提交。")
    if any(ord(letter) < 32 for letter in texts):
        raise AccountRefused("姓名或部门含有看不见的控制字符。", "请重新输入。")


def open_with_recovery(installation: "Installation", code: str, *, now: datetime) -> "Node":
    """The node by its printed recovery code; wrong codes make the next try wait, as passwords do.

    Raises TooManyAttempts, WrongPassword.
    """
    installation.attempts.check(RECOVERY_NAME, now=now)
    try:
        if not is_recovery_code(code):
            raise WrongPassword
        node = installation.open_with_key(installation.vault.open_with_recovery(code))
    except WrongPassword:
        installation.attempts.failed(RECOVERY_NAME, now=now)
        raise
    installation.attempts.succeeded(RECOVERY_NAME)
    with node.using():
        audit.record(RECOVERY_NAME, "vault.opened_by_recovery", now=now)
    return node


def recover(installation: "Installation", code: str, name: str, new: str, *, now: datetime) -> Account:
    """A person's new password on the word of the recovery code; the person becomes active again.

    Raises TooManyAttempts, WrongPassword, AccountRefused, WeakPassword.
    """
    node = open_with_recovery(installation, code, now=now)
    with node.using():
        account = reset_password(node, name, new, by=RECOVERY_NAME, now=now)
        Account.update(has_to_change_password=False).where(Account.name == account.name).execute()
    return account


def renew_recovery(node: "Node", *, by: str, now: datetime) -> str:
    """A new recovery code in place of the old one; shown once and not kept."""
    code = node.vault.renew_recovery(node.node_key)
    audit.record(by, "vault.recovery_renewed", now=now)
    return code
