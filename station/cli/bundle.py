"""`yimen bundle export / import / inspect`: the mail on a stick, both ways."""

import argparse
from pathlib import Path
from typing import Any

from station.cli import frame
from station.errors import BadSetting
from station.mailroom import carry
from sync import bundle


def add(subparsers: Any) -> None:
    """Add the commands."""
    topic = subparsers.add_parser(
        "bundle", help="用 U 盘收发", epilog="示例：yimen bundle export /media/usb"
    )
    topic.set_defaults(run=None)
    commands = topic.add_subparsers(metavar="动作", required=True)
    export = commands.add_parser("export", help="写出 U 盘包", epilog="示例：yimen bundle export /media/usb")
    export.add_argument("file", metavar="文件", help="要写的文件；给文件夹时自动取名")
    export.add_argument("--to", default="", metavar="站点", help="收件方的编号、区划或名称（默认为上级大厅）")
    frame.data_options(export, is_private=True)
    export.set_defaults(run=export_one)
    taking = commands.add_parser("import", help="读入 U 盘包", epilog="示例：yimen bundle import mail.ymb")
    taking.add_argument("file", metavar="文件")
    frame.data_options(taking, is_private=True)
    taking.set_defaults(run=import_one)
    inspect = commands.add_parser(
        "inspect", help="查看 U 盘包的明文部分（不拆信）", epilog="示例：yimen bundle inspect mail.ymb --json"
    )
    inspect.add_argument("file", metavar="文件")
    inspect.add_argument("--key", metavar="文件", help="发件方公钥（64 位十六进制），用来核对封签")
    inspect.add_argument("--json", action="store_true", help="只输出一份 JSON")
    inspect.set_defaults(run=inspect_one)


def export_one(options: argparse.Namespace) -> int:
    """Everything that waits for a node, into one file."""
    with frame.open_node(options) as node:
        to = carry.recipient_of(node.facts.node_id, _node_id(node.facts.node_id, options.to))
        path, by = Path(options.file).absolute(), frame.acting_person(options)
        done = carry.export(node.mailbox, to, path, by=by, now=node.clock.now())
    document = {
        "file": str(done.path),
        "to": to,
        "letters": done.letters,
        "files": done.files,
        "size_bytes": done.size_bytes,
        "more": done.more,
    }
    rest = ["还有没装下的，请在对方导入后再导出一次"] if done.more else []
    frame.tell(options, document, [f"已写好 {done.path}：{done.letters} 封信，{done.files} 个附件", *rest])
    return 0


def import_one(options: argparse.Namespace) -> int:
    """Take in a bundle; doing it twice does no harm."""
    with frame.open_node(options) as node:
        folder, by = node.settings.data_folder, frame.acting_person(options)
        path = Path(options.file).absolute()
        done, name = carry.take(node.mailbox, path, folder, by=by, now=node.clock.now())
        node.wake()
    document = vars(done) | {"at": done.at.isoformat(), "sender_name": name}
    lines = [
        f"来自“{name}”：新收 {done.accepted} 封，已有 {done.repeated} 封，附件 {done.files} 个",
        f"我方信件新签收 {done.acknowledged} 封，附件回执 {done.receipts} 份",
    ]
    frame.tell(options, document, lines + [f"未被接收：{why}" for why in done.refused])
    return 0


def inspect_one(options: argparse.Namespace) -> int:
    """What anybody may read of a bundle."""
    public = None if options.key is None else _public_key(Path(options.key))
    shown = bundle.inspect_bundle(Path(options.file).absolute(), public)
    seal = {"valid": "封签有效", "unchecked": "没有核对封签（用 --key 给出发件方公钥）"}[shown["seal"]]
    lines = [
        f"{shown['from']} → {shown['to']}，{shown['at']}",
        f"{len(shown['letters'])} 封信，{len(shown['files'])} 个附件，{shown['size_bytes']} 字节；{seal}",
    ]
    letters = [f"  第 {one['seq']} 号 {one['kind']} {one['subject']}" for one in shown["letters"]]
    frame.tell(options, shown, lines + letters)
    return 0


def _node_id(own: str, asked: str) -> str:
    """The node_id of a correspondent named by number, division or name; what is none of them stays."""
    for one in carry.correspondents(own):
        if asked and asked in (one.node_id, one.division, one.name):
            return str(one.node_id)
    return asked


def _public_key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return bytes.fromhex(file.read(200).decode("ascii").strip())
    except (OSError, ValueError) as error:
        raise BadSetting("--key", str(path), "一个文件，内容是 64 位十六进制的公钥") from error
