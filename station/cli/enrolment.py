"""`yimen enrol-code` at a hall and `yimen enrol` at a station: joining, over the link or by files."""

import argparse
from pathlib import Path
from typing import Any

from station import joining
from station.cli import frame
from station.errors import BadSetting
from station.facts import clean_url
from station.files import write_atomically
from sync.enrolment import Granted
from sync.keys import Statement
from sync.transport import HttpTransport


def add(subparsers: Any) -> None:
    """Add the commands."""
    code = subparsers.add_parser(
        "enrol-code", help="生成站点加入码（大厅）", epilog="示例：yimen enrol-code --for 440205104201"
    )
    code.add_argument("--for", dest="division", required=True, metavar="区划", help="12 位区划代码")
    code.add_argument(
        "--replaces", default="", metavar="机器编号", help="新电脑接替哪一台坏掉的电脑（编号或前 8 位）"
    )
    frame.data_options(code, is_private=True)
    code.set_defaults(run=make_code)
    enrol = subparsers.add_parser(
        "enrol",
        help="加入大厅（站点）；没有网络时用文件",
        description=(
            "联网：--code 加入码 --hall 网址。离线三步：站点 --code 加入码 --request 申请文件；"
            "大厅 --request 申请文件 --grant 准入文件；站点 --accept 准入文件。"
        ),
        epilog="示例：yimen enrol --code 7KQ4-MX2P --hall https://hall.example:8600",
    )
    enrol.add_argument("--code", metavar="加入码", help="大厅给的加入码")
    enrol.add_argument("--hall", metavar="网址", help="大厅地址（默认为初始化时的上级地址）")
    enrol.add_argument(
        "--request", metavar="文件", help="写出申请（站点），或读入申请（大厅，与 --grant 同用）"
    )
    enrol.add_argument("--grant", metavar="文件", help="大厅：审核 --request 的申请，写出准入文件")
    enrol.add_argument("--accept", metavar="文件", help="站点：读入准入文件，完成加入")
    frame.data_options(enrol, is_private=True)
    enrol.set_defaults(run=enrol_node)


def make_code(options: argparse.Namespace) -> int:
    """Show a fresh code, once."""
    with frame.open_node(options) as node:
        by = frame.acting_person(options)
        code = joining.make_code(node, options.division, by, options.replaces)
    document = {"code": code.text, "division": code.division, "expires_at": code.expires_at.isoformat()}
    until = f"{code.expires_at:%Y-%m-%d %H:%M} UTC"
    lines = [f"加入码：{code.text}", f"用于区划 {code.division}，{until} 前有效，只能用一次"]
    if options.replaces:
        lines.append("用它加入的新电脑接替原来的那台；原来那台的密钥随即停用。")
    frame.tell(options, document, lines)
    return 0


def enrol_node(options: argparse.Namespace) -> int:
    """One of the four ways, by the options that were given."""
    if options.grant:
        return _grant(options)
    if options.accept:
        return _accept(options)
    if not options.code:
        raise BadSetting("--code", "（没有给出）", "大厅给的 8 位加入码，或者 --grant、--accept")
    return _write_request(options) if options.request else _join(options)


def _join(options: argparse.Namespace) -> int:
    with frame.open_node(options) as node:
        url = clean_url(options.hall or node.facts.parent_url)
        if not url:
            raise BadSetting("--hall", "（没有给出）", "大厅的地址，例如 https://hall.example:8600")
        return _tell_joined(options, joining.join(node, options.code, url, HttpTransport(url)))


def _write_request(options: argparse.Namespace) -> int:
    with frame.open_node(options) as node:
        return _tell_written(options, options.request, joining.ask(node, options.code), "申请文件")


def _grant(options: argparse.Namespace) -> int:
    if not options.request:
        raise BadSetting("--request", "（没有给出）", "站点写出的申请文件")
    with frame.open_node(options) as node:
        asked = joining.read_statement(Path(options.request))
        granted = joining.answer(node, asked, frame.acting_person(options))
        return _tell_written(options, options.grant, granted, "准入文件")


def _accept(options: argparse.Namespace) -> int:
    with frame.open_node(options) as node:
        return _tell_joined(options, joining.accept(node, joining.read_statement(Path(options.accept))))


def _tell_written(options: argparse.Namespace, name: str, statement: Statement, what: str) -> int:
    path = Path(name).absolute()
    try:
        write_atomically(path, statement.to_json().encode() + b"\n", mode=0o644)
    except OSError as error:
        raise BadSetting(what, str(path), f"一个可以写的位置（{error.strerror}）") from error
    frame.tell(options, {"file": str(path)}, [f"已写出{what}：{path}"])
    return 0


def _tell_joined(options: argparse.Namespace, granted: Granted) -> int:
    document = {
        "node_id": granted.node.node_id,
        "name": granted.node.name,
        "hall": {"node_id": granted.hall.node_id, "name": granted.hall.name, "level": granted.hall.level},
    }
    frame.tell(options, document, [f"“{granted.node.name}”已加入“{granted.hall.name}”"])
    return 0
