"""`yimen backup FILE` and `yimen restore FILE --dir NEW`."""

import argparse
from pathlib import Path
from typing import Any

from station import backup
from station.cli import frame
from station.errors import BadSetting


def add(subparsers: Any) -> None:
    """Add both commands."""
    making = subparsers.add_parser(
        "backup", help="备份本站（不用停机）", epilog="示例：yimen backup /media/usb/2026-11-22.backup"
    )
    making.add_argument("file", metavar="文件")
    frame.data_options(making, is_private=True)
    making.set_defaults(run=make)
    taking = subparsers.add_parser(
        "restore",
        help="从备份恢复到新的数据文件夹",
        epilog="示例：yimen restore 1122.backup --dir /srv/yimen-new --account admin --password-file p.txt",
    )
    taking.add_argument("file", metavar="文件")
    frame.data_options(taking, is_private=True)
    taking.set_defaults(run=restore)


def make(options: argparse.Namespace) -> int:
    """A verified backup of a node that may be running."""
    with frame.open_node(options) as node:
        target, by = Path(options.file).absolute(), frame.acting_person(options)
        report = backup.make_backup(node, target, by=by, now=node.clock.now())
    document = {
        "file": report.path,
        "size_bytes": report.size_bytes,
        "files": report.files,
        "made_at": report.made_at.isoformat(),
    }
    lines = [f"已备份并核对：{report.path}（{report.size_bytes // 1024} KB，{report.files} 个文件）"]
    if (frame.data_folder(options) / "publishing-keys").is_dir():
        lines.append("注意：发布目录用的钥匙不在备份里，请按规定另行保管。")
    frame.tell(options, document, lines)
    return 0


def restore(options: argparse.Namespace) -> int:
    """A new data folder from a backup; its letters go out under new numbers from then on."""
    if options.dir is None:
        raise BadSetting("--dir", "（没有给出）", "一个新的空文件夹")
    folder = frame.data_folder(options)
    backup.unpack(Path(options.file), folder)
    with frame.open_node(options) as node:
        document = {"dir": str(folder), "node_id": node.facts.node_id}
        lines = [
            f"已恢复“{node.facts.name}”到 {folder}。",
            "备份之后的办件会在下次联通时由大厅送回；请不要再使用旧的那份数据。",
        ]
        frame.tell(options, document, lines)
    return 0
