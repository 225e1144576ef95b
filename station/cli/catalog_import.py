"""`yimen catalog import / table`: a file of items into the hall's draft, and the draft back into a file."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog_cache.exchange.export import export_csv, export_workbook
from catalog_cache.exchange.importers import Progress, read_table
from catalog_cache.exchange.table_text import table_bytes
from station.cli import frame
from station.cli.catalog_told import change_lines, refused, require_hall, some
from station.errors import BadSetting

if TYPE_CHECKING:
    from station.hall.importing.service import TableImport

_WRITERS = {".xlsx": export_workbook, ".csv": export_csv}


def add_to(commands: Any) -> None:
    """Add to the actions of `yimen catalog`."""
    taking = commands.add_parser(
        "import",
        help="把事项表导入目录草稿（大厅）",
        epilog="示例：yimen catalog import items.xlsx --dry-run",
    )
    taking.add_argument("file", metavar="文件", help="xlsx、CSV（UTF-8）或 JSON，也可以是全国交换表")
    taking.add_argument("--check", action="store_true", help="只检查文件，不与草稿比较，不导入")
    taking.add_argument("--dry-run", action="store_true", help="检查文件，并列出会改动草稿的哪些地方；不导入")
    taking.add_argument("--whole", action="store_true", help="这份表就是全部目录，表中没有的移出草稿")
    taking.set_defaults(run=take_in)
    writing = commands.add_parser(
        "table", help="把草稿写成可以再导入的表格（大厅）", epilog="示例：yimen catalog table items.xlsx"
    )
    writing.add_argument("file", metavar="文件", help="以 .xlsx 或 .csv 结尾的新文件")
    writing.set_defaults(run=write_out)
    for parser in (taking, writing):
        frame.data_options(parser, is_private=True)


def take_in(options: argparse.Namespace) -> int:
    """A table into the hall's draft, wholly or not at all. The same command goes on where it was stopped."""
    if options.check:
        return _check(options)
    # The desk is imported only here: searching must start quickly, and a station has no desk.
    from station.hall.importing.service import TableImport  # noqa: PLC0415

    data = table_bytes(Path(options.file))
    with frame.open_node(options) as node:
        require_hall(node.facts.is_hall)
        one = TableImport.begin(node.settings.data_folder, data, is_whole=options.whole)
        one.read(_shown if sys.stderr.isatty() else _unseen)
        errors, more = one.faults()
        if errors:
            one.drop()
            return refused(options, errors, more)
        if options.dry_run:
            return _tell_preview(options, one)
        done = one.take(by=frame.acting_person(options), now=node.clock.now())
    counts = {name: getattr(done, name) for name in ("added", "changed", "same", "removed")}
    told = f"已导入草稿：新增 {done.added}，修改 {done.changed}，未变 {done.same}，移出 {done.removed}"
    frame.tell(options, counts | {"errors": []}, [told])
    return 0


def write_out(options: argparse.Namespace) -> int:
    """The draft as a file that imports again without change."""
    path = Path(options.file)
    if path.suffix.lower() not in _WRITERS or path.exists():
        raise BadSetting("文件", str(path), "以 .xlsx 或 .csv 结尾、还不存在的文件")
    from station.hall.publishing import draft  # noqa: PLC0415 - see take_in

    with frame.open_node(options) as node:
        require_hall(node.facts.is_hall)
        _WRITERS[path.suffix.lower()](path, draft.entries())
        count = draft.counts().entries
    frame.tell(options, {"file": str(path), "entries": count}, [f"已写出 {count} 条：{path}"])
    return 0


def _check(options: argparse.Namespace) -> int:
    result = read_table(Path(options.file))
    if result.errors:
        return refused(options, result.errors, result.more_errors)
    document = {"items": len(result.items), "packages": len(result.packages), "errors": []}
    frame.tell(options, document, [f"可以导入：{len(result.items)} 个事项"])
    return 0


def _tell_preview(options: argparse.Namespace, one: "TableImport") -> int:
    found = one.preview()
    counts = {name: getattr(found, name) for name in ("added", "changed", "same", "removed")}
    lines = [line for change in found.changes for line in change_lines(change)]
    told = (
        f"没有导入；导入会新增 {found.added}，修改 {found.changed}，未变 {found.same}，移出 {found.removed}"
    )
    document = counts | {"changes": [asdict(change) for change in found.changes], "errors": []}
    frame.tell(options, document, [*some(lines), f"没有导入；导入会{told}"])
    return 0


def _shown(progress: Progress) -> None:
    if progress.stage == "reading":
        frame.note(f"正在读取：已读 {progress.done} 行")
    elif progress.done % 1000 == 0 or progress.stage == "done":
        frame.note(f"正在检查：{progress.done} / {progress.total} 条")


_unseen: Callable[[Progress], None] = lambda progress: None  # noqa: E731 - nobody looks
