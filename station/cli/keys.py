"""`yimen keys rotate` and `yimen keys show`: the node's own keys, and their change."""

import argparse
from typing import Any

from station import ring
from station.accounts.roles import Role
from station.cli import frame
from station.node import Node


def add(subparsers: Any) -> None:
    """Add both commands."""
    topic = subparsers.add_parser(
        "keys", help="本站密钥：更换、查看", epilog="示例：yimen keys rotate --account admin"
    )
    commands = topic.add_subparsers(metavar="动作", required=True)
    rotating = commands.add_parser(
        "rotate",
        help="更换签名和加密密钥；旧密钥用到各方都确认为止",
        epilog="示例：yimen keys rotate --account admin --password-file p.txt",
    )
    rotating.add_argument(
        "--finish", action="store_true", help="不再等没有确认的一方，立即改用新密钥（那些站要重新加入）"
    )
    frame.data_options(rotating, is_private=True)
    rotating.set_defaults(run=rotate)
    showing = commands.add_parser(
        "show", help="现用密钥，和更换到哪一步", epilog="示例：yimen keys show --json"
    )
    frame.data_options(showing, is_private=True)
    showing.set_defaults(run=show)


def rotate(options: argparse.Namespace) -> int:
    """Begin a change of keys, or tell those who were not told yet; with --finish end it now."""
    with frame.open_node(options) as node:
        frame.require_role(options, Role.ADMIN)
        by = frame.acting_person(options)
        ring.begin_change(node, by)
        if options.finish:
            ring.finish_change(node, by)
        ring.advance(node)
        return _tell(options, node)


def show(options: argparse.Namespace) -> int:
    """Which key is in use, and who has not confirmed the next one."""
    with frame.open_node(options) as node:
        return _tell(options, node)


def _tell(options: argparse.Namespace, node: Node) -> int:
    new = ring.next_keys(node.node_key)
    late = ring.waiting_for(node)
    document = {
        "key_id": node.keys.key_id,
        "next_key_id": new.key_id if new else "",
        "unconfirmed": [{"node_id": one.node_id, "name": one.name} for one in late],
    }
    lines = [f"现用密钥：{node.keys.key_id}"]
    if new is not None:
        lines.append(f"正在更换为：{new.key_id}，还有 {len(late)} 方没有确认；在此之前旧密钥照常使用")
        lines += [f"  没有确认：{one.name}" for one in late]
    else:
        lines.append("没有正在进行的更换。换过密钥后请马上做一次备份，旧备份里没有新密钥。")
    frame.tell(options, document, lines)
    return 0
