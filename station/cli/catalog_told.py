"""What the commands of the catalog have in common to say: faults of a file, changes, long lists cut short."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from catalog_cache.difference import EntryChange
from catalog_cache.exchange.importers import CellError
from station.cli import frame
from station.errors import BadSetting

SHOWN_MAX = 50
_KINDS = {"added": "新增", "removed": "取消", "changed": "修改"}


def refused(options: argparse.Namespace, errors: Sequence[CellError], more: int) -> int:
    """Every fault on standard output, the refusal itself on standard error."""
    document = {"errors": [asdict(error) for error in errors], "more_errors": more}
    frame.tell(options, document, some([str(error) for error in errors]))
    why = f"共有 {len(errors) + more} 处错误。"
    return frame.tell_refusal("文件没有导入。", why, "请按上列各处改正后重新导入；本次没有导入任何内容。")


def some(lines: Sequence[str]) -> list[str]:
    """The first lines, and how many there are besides."""
    rest = len(lines) - SHOWN_MAX
    return [*lines[:SHOWN_MAX], *([f"……另有 {rest} 处，用 --json 查看"] if rest > 0 else [])]


def change_lines(change: EntryChange) -> list[str]:
    """One entry's change as lines."""
    head = f"{_KINDS[change.kind]} {change.code} {change.name}"
    return [head, *(f"    {field.label}：{field.before} → {field.after}" for field in change.fields)]


def require_hall(is_hall: bool) -> None:
    """Raises BadSetting at a station: the draft is the hall's."""
    if not is_hall:
        raise BadSetting("--dir", "站点的数据文件夹", "大厅（县、市）的数据文件夹，目录草稿只在大厅")
