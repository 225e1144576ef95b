"""`yimen day-end`: the day-end sheet."""

import argparse
from typing import Any

from station.cli import frame
from station.dayend.service import Sheet, read_day, sheet_of


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "day-end", help="日结单", epilog="示例：yimen day-end --date 2026-11-22 --json"
    )
    parser.add_argument("--date", default="", metavar="日期", help="2026-11-22 的样子（默认今天）")
    frame.data_options(parser, is_private=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Tell the sheet; exit 1 when its difference is not 0."""
    with frame.open_node(options) as node:
        now = node.clock.now()
        sheet = sheet_of(node.facts.node_id, node.facts.name, read_day(options.date, now=now), now=now)
    frame.tell(options, sheet.as_json(), _lines(sheet))
    return 0 if sheet.difference == 0 else 1


def _lines(sheet: Sheet) -> list[str]:
    papers = "，".join(f"{label} {count}" for label, count in sheet.papers.items()) or "无"
    return [
        f"日结单　{sheet.station}　{sheet.day}",
        f"收件 {sheet.intakes}，办件 {sheet.cases}：大厅已签收 {sheet.acknowledged}，待送达 {sheet.waiting}",
        f"打印：{papers}；补打 {sheet.reprints}；出件 {sheet.handed_out}",
        f"差额 {sheet.difference}",
        *sheet.why,
    ]
