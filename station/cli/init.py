"""`yimen init`: a new node with its first administrator."""

import argparse
import getpass
import os
from pathlib import Path
from typing import Any

from station.accounts.roles import FIRST_ROLES
from station.accounts.service import NewAccount
from station.cli import frame
from station.errors import BadSetting
from station.facts import new_facts
from station.founding import found_node
from station.node import Installation
from station.unattended import RISK, write_key_file


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "init",
        help="新建一个站点",
        epilog="示例：yimen init --level village --name 示范村便民服务站 --division 440205100201",
    )
    frame.data_options(parser)
    parser.add_argument("--level", required=True, help="village、township、county 或 city")
    parser.add_argument("--name", required=True, help="站点名称")
    parser.add_argument("--division", required=True, help="12 位区划代码")
    parser.add_argument("--parent", default="", metavar="网址", help="上级大厅的地址")
    parser.add_argument("--account", default="admin", help="管理员账号名（默认 admin）")
    parser.add_argument("--account-name", default="", help="管理员姓名")
    parser.add_argument("--roles", default="", help="管理员的岗位，逗号分隔（默认按级别）")
    parser.add_argument("--password-file", metavar="文件", help="管理员密码所在的文件（第一行）")
    parser.add_argument("--recovery-file", metavar="文件", help="把恢复码写入这个文件（默认显示一次）")
    parser.add_argument("--unattended", action="store_true", help="写下无人值守钥匙，启动时自动打开")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Make the node and show its recovery code once."""
    facts = new_facts(options.level, options.name, options.division, options.parent)
    roles = [role for role in options.roles.split(",") if role] or FIRST_ROLES[facts.level]
    installation = Installation(frame.settings_of(options))
    password = _new_password(options)
    name = options.account_name or options.account
    administrator = NewAccount(options.account, name, roles, password, has_to_change_password=False)
    try:
        founded = found_node(installation, facts, administrator)
        if options.unattended:
            write_key_file(installation.settings.data_folder, founded.node.node_key)
            frame.note(RISK)
    finally:
        installation.close()
    document = {
        "node_id": facts.node_id,
        "level": facts.level,
        "name": facts.name,
        "division": facts.division,
        "dir": str(installation.settings.data_folder),
    }
    told = _hand_over(options, founded.recovery_code)
    frame.tell(options, document | told, [f"已建好“{facts.name}”：{document['dir']}", *_lines(told)])
    return 0


def _new_password(options: argparse.Namespace) -> str:
    password = frame.read_password(options, "管理员密码：")
    if options.password_file is None and getpass.getpass("再输一次：") != password:
        raise BadSetting("密码", "两次输入不同", "两次相同的密码")
    return password


def _hand_over(options: argparse.Namespace, code: str) -> dict[str, str]:
    """The recovery code into its file, or into the answer."""
    if options.recovery_file is None:
        return {"recovery_code": code}
    path = Path(options.recovery_file)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(code + "\n")
    return {"recovery_file": str(path)}


def _lines(told: dict[str, str]) -> list[str]:
    if "recovery_file" in told:
        return [f"恢复码已写入 {told['recovery_file']}，请打印后锁起来，再删除文件。"]
    return [
        f"恢复码（只显示这一次，请抄下或打印后锁起来）：{told['recovery_code']}",
        "忘记全部密码时，只有它能打开本站数据。",
    ]
