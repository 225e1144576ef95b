"""`yimen bundle export / import / inspect / key`: the mail on a stick, both ways."""

import argparse
from pathlib import Path
from typing import Any

from station import audit
from station.cli import frame, progress
from station.errors import BadSetting
from station.mailroom import carry
from station.node import Node
from sync import bundle
from sync.bundle_file import Watch
from sync.rows import write


def add(subparsers: Any) -> None:
    """Add the commands."""
    topic = subparsers.add_parser("bundle", help="用 U 盘收发", epilog="示例：yimen bundle export /media/usb")
    topic.set_defaults(run=None)
    commands = topic.add_subparsers(metavar="动作", required=True)
    export = commands.add_parser("export", help="写出 U 盘包", epilog="示例：yimen bundle export /media/usb")
    export.add_argument("file", metavar="文件", help="要写的文件；给文件夹时自动取名")
    export.add_argument("--to", default="", metavar="站点", help="收件方的编号、区划或名称（默认为上级大厅）")
    export.add_argument("--afresh", action="store_true", help="从头写起（以前写出的 U 盘丢了时用）")
    frame.data_options(export, is_private=True)
    export.set_defaults(run=export_one)
    taking = commands.add_parser("import", help="读入 U 盘包", epilog="示例：yimen bundle import mail.ymb")
    taking.add_argument("file", metavar="文件")
    frame.data_options(taking, is_private=True)
    taking.set_defaults(run=import_one)
    inspect = commands.add_parser(
        "inspect",
        help="查看 U 盘包的标签和大小（不拆信）",
        epilog="示例：yimen bundle inspect mail.ymb --json",
    )
    inspect.add_argument("file", metavar="文件")
    inspect.add_argument("--key", metavar="文件", help="发件方公钥（64 位十六进制），用来核对封签")
    inspect.add_argument(
        "--bundle-key", metavar="文件", help="这一个包的钥匙（yimen bundle key 给出），用来看清单"
    )
    inspect.add_argument("--json", action="store_true", help="只输出一份 JSON")
    inspect.set_defaults(run=inspect_one)
    key = commands.add_parser(
        "key",
        help="收件方给出一个包的钥匙（只能看信件清单，不能拆信）",
        epilog="示例：yimen bundle key mail.ymb",
    )
    key.add_argument("file", metavar="文件")
    frame.data_options(key, is_private=True)
    key.set_defaults(run=key_of_one)


def export_one(options: argparse.Namespace) -> int:
    """Everything that waits for a node, into one file."""
    with frame.open_node(options) as node:
        to = carry.recipient_of(node.facts.node_id, _node_id(node.facts.node_id, options.to))
        with progress.shown(is_quiet=options.json) as watch:
            errand, path = _errand(node, options, watch), Path(options.file).absolute()
            done = carry.export(errand, to, path, is_afresh=options.afresh)
    document = {
        "file": str(done.path),
        "to": to,
        "letters": done.letters,
        "files": done.files,
        "size_bytes": done.size_bytes,
        "more": done.more,
    }
    rest = ["还有没装下的，请换一个 U 盘再导出一次，会接着写没带上的"] if done.more else []
    frame.tell(options, document, [f"已写好 {done.path}：{done.letters} 封信，{done.files} 个附件", *rest])
    return 0


def import_one(options: argparse.Namespace) -> int:
    """Take in a bundle; doing it twice does no harm."""
    with frame.open_node(options) as node:
        with progress.shown(is_quiet=options.json) as watch:
            done, name = carry.take(_errand(node, options, watch), Path(options.file).absolute())
        node.wake()
    document = vars(done) | {"at": done.at.isoformat(), "sender_name": name}
    lines = [
        f"来自“{name}”：新收 {done.accepted} 封，已有 {done.repeated} 封，附件 {done.files} 个",
        f"我方信件新签收 {done.acknowledged} 封，附件回执 {done.receipts} 份",
    ]
    frame.tell(options, document, lines + [f"未被接收：{why}" for why in done.refused])
    return 0


def inspect_one(options: argparse.Namespace) -> int:
    """What anybody may read of a bundle, and with its key the headers of its letters."""
    public = None if options.key is None else _read_key("--key", options.key)
    opener = None if options.bundle_key is None else _read_key("--bundle-key", options.bundle_key)
    shown = bundle.inspect_bundle(Path(options.file).absolute(), public, opener)
    seal = {"valid": "封签有效", "unchecked": "没有核对封签（用 --key 给出发件方公钥）"}[shown["seal"]]
    lines = [
        f"{shown['from']} → {shown['to']}",
        f"{len(shown['file_bytes'])} 个附件，{shown['size_bytes']} 字节；{seal}",
    ]
    if opener is not None:
        lines += [f"{shown['at']} 写成，{len(shown['letters'])} 封信"]
        lines += [f"  第 {one['seq']} 号 {one['kind']} {one['subject']}" for one in shown["letters"]]
    frame.tell(options, shown, lines)
    return 0


def key_of_one(options: argparse.Namespace) -> int:
    """The key of one bundle that came to this node, for whoever is to verify it."""
    with frame.open_node(options) as node:
        path = Path(options.file).absolute()
        key = bundle.key_of(path, node.keys)
        with write():
            audit.record(
                frame.acting_person(options), "mail.bundle_key_given", path.name, now=node.clock.now()
            )
    frame.tell(options, {"key": key.hex()}, [key.hex()])
    return 0


def _errand(node: Node, options: argparse.Namespace, watch: Watch) -> carry.Errand:
    by = frame.acting_person(options)
    return carry.Errand(node.mailbox, node.settings.data_folder, by, node.clock.now(), watch)


def _node_id(own: str, asked: str) -> str:
    """The node_id of a correspondent named by number, division or name; what is none of them stays."""
    for one in carry.correspondents(own):
        if asked and asked in (one.node_id, one.division, one.name):
            return str(one.node_id)
    return asked


def _read_key(option: str, name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            key = bytes.fromhex(file.read(200).decode("ascii").strip())
    except (OSError, ValueError) as error:
        raise BadSetting(option, name, "一个文件，内容是 64 位十六进制的钥匙") from error
    if len(key) != 32:
        raise BadSetting(option, name, "一个文件，内容是 64 位十六进制的钥匙")
    return key
