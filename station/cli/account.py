"""`yimen account add / list / disable / reset`: the people of this node."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from station.accounts import service
from station.accounts.models import Account
from station.accounts.roles import Role, spoken
from station.accounts.service import NewAccount
from station.cli import frame
from station.node import Node


def add(subparsers: Any) -> None:
    """Add the commands."""
    topic = subparsers.add_parser("account", help="本站人员", epilog="示例：yimen account list --json")
    topic.set_defaults(run=None)
    commands = topic.add_subparsers(metavar="动作", required=True)
    _add_adding(commands)
    listing = commands.add_parser("list", help="列出人员", epilog="示例：yimen account list --json")
    frame.data_options(listing, is_private=True)
    listing.set_defaults(run=list_people)
    disable = commands.add_parser("disable", help="停用", epilog="示例：yimen account disable zhang")
    disable.add_argument("name")
    frame.data_options(disable, is_private=True)
    disable.set_defaults(run=disable_person)
    _add_reset(commands)


def _add_adding(commands: Any) -> None:
    adding = commands.add_parser(
        "add",
        help="添加人员",
        epilog="示例：yimen account add zhang --name 张示例 --role agent --new-password-file p.txt",
    )
    adding.add_argument("new_account", metavar="账号")
    adding.add_argument("--name", required=True, help="姓名")
    adding.add_argument("--role", action="append", required=True, choices=[str(role) for role in Role])
    adding.add_argument("--department", default="", help="部门")
    adding.add_argument("--new-password-file", required=True, metavar="文件", help="初始密码所在的文件")
    adding.add_argument("--keep-password", action="store_true", help="第一次登录时不要求改密码")
    frame.data_options(adding, is_private=True)
    adding.set_defaults(run=add_person)


def _add_reset(commands: Any) -> None:
    reset = commands.add_parser(
        "reset",
        help="重设密码",
        epilog="示例：yimen account reset admin --recovery-code-file code.txt --new-password-file p.txt",
    )
    reset.add_argument("name")
    reset.add_argument("--new-password-file", required=True, metavar="文件")
    reset.add_argument("--recovery-code-file", metavar="文件", help="用恢复码打开，不用账号")
    frame.data_options(reset, is_private=True)
    reset.set_defaults(run=reset_person)


def add_person(options: argparse.Namespace) -> int:
    """A new person with a first password."""
    password = frame.password_from(Path(options.new_password_file))
    with frame.open_node(options) as node:
        frame.require_role(options, Role.ADMIN)
        new = NewAccount(
            options.new_account,
            options.name,
            options.role,
            password,
            options.department,
            has_to_change_password=not options.keep_password,
        )
        made = service.add_account(node, new, by=frame.acting_person(options), now=node.clock.now())
        frame.tell(options, _document(made), [f"已添加 {made.name}（{spoken(made.roles)}）"])
    return 0


def list_people(options: argparse.Namespace) -> int:
    """Everybody, active people first."""
    with frame.open_node(options):
        people = service.list_accounts()
        lines = [f"{one.name}\t{one.display_name}\t{spoken(one.roles)}\t{_state(one)}" for one in people]
        frame.tell(options, {"accounts": [_document(one) for one in people]}, lines)
    return 0


def disable_person(options: argparse.Namespace) -> int:
    """Take away a person's way in."""
    with frame.open_node(options) as node:
        frame.require_role(options, Role.ADMIN)
        by = frame.acting_person(options)
        gone = service.disable_account(node, options.name, by=by, now=node.clock.now())
        frame.tell(options, _document(gone), [f"已停用 {gone.name}"])
    return 0


def reset_person(options: argparse.Namespace) -> int:
    """A first password again, by an administrator or by the recovery code."""
    password = frame.password_from(Path(options.new_password_file))
    opened = _opened_by_code if options.recovery_code_file else frame.open_node
    with opened(options) as node:
        if not options.recovery_code_file:
            frame.require_role(options, Role.ADMIN)
        by = "#recovery" if options.recovery_code_file else frame.acting_person(options)
        person = service.reset_password(node, options.name, password, by=by, now=node.clock.now())
        frame.tell(options, _document(person), [f"已重设 {person.name} 的密码，登录后须改"])
    return 0


@contextmanager
def _opened_by_code(options: argparse.Namespace) -> Iterator[Node]:
    installation = frame.installation_of(options)
    try:
        node = service.open_with_recovery(
            installation,
            frame.password_from(Path(options.recovery_code_file)),
            now=installation.clock.now(),
        )
        with node.using():
            yield node
    finally:
        installation.close()


def _document(one: Account) -> dict[str, Any]:
    return {
        "name": one.name,
        "display_name": one.display_name,
        "roles": sorted(one.roles),
        "department": one.department,
        "is_active": one.is_active,
    }


def _state(one: Account) -> str:
    return "在用" if one.is_active else "停用"
