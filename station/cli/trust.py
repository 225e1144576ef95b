"""`yimen trust`: whose keys this node goes by, and the trust file with which anybody verifies receipts."""

import argparse
import json
from pathlib import Path
from typing import Any

from station.cli import frame
from station.documents.trust import FORMAT
from station.errors import BadSetting
from station.files import write_atomically
from station.mailroom.errors import NoHall
from station.node import Node
from sync import register
from sync.register import Peer


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "trust",
        help="查看本站与大厅的公钥，写出凭证验真用的信任文件",
        epilog="示例：yimen trust --out trust.json",
    )
    parser.add_argument(
        "--out", metavar="文件", help="把大厅公钥写成信任文件，供 yimen receipt verify --root 使用"
    )
    frame.data_options(parser, is_private=True)
    parser.set_defaults(run=show)


def show(options: argparse.Namespace) -> int:
    """The keys, in a form that two people can compare on the telephone."""
    with frame.open_node(options) as node:
        own = register.peer(node.facts.node_id)
        hall = own if node.facts.is_hall else node.parent()
        told_hall = None if hall is None else _told(hall)
        document = {"own": _told(own), "hall": told_hall, "catalog_root": node.trusted_root()}
        if options.out:
            _write(Path(options.out).absolute(), hall)
        lines = [_line("本机", own)] + ([] if hall is None else [_line("大厅", hall)])
        frame.tell(options, document, lines + _told_root(node))
    return 0


def _told(peer: Peer) -> dict[str, str]:
    record = peer.record
    public = record.signing_key.hex()
    return {"node_id": record.node_id, "name": record.name, "key_id": record.key_id, "signing_key": public}


def _line(label: str, peer: Peer) -> str:
    key_id = peer.record.key_id
    return f"{label}“{peer.name}” 密钥编号 {' '.join(key_id[at : at + 4] for at in range(0, 16, 4))}"


def _told_root(node: Node) -> list[str]:
    root = node.trusted_root()
    return [f"目录根证书 SHA-256 {root}"] if root else []


def _write(path: Path, hall: Peer | None) -> None:
    if hall is None:
        raise NoHall
    row = {"node_id": hall.node_id, "division": hall.division, "key": bytes(hall.signing_key).hex()}
    text = json.dumps({"format": FORMAT, "receipt_keys": [row]}, indent=1) + "\n"
    try:
        write_atomically(path, text.encode(), mode=0o644)
    except OSError as error:
        raise BadSetting("--out", str(path), f"一个可以写的位置（{error.strerror}）") from error
