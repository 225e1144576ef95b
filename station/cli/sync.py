"""`yimen sync`: one exchange with the hall now."""

import argparse
from dataclasses import asdict
from typing import Any

from station.cli import frame
from sync import outbox
from sync.courier import ExchangeReport

NEXT_STEPS = {
    "offline": "办件都在本机，不会丢；联网后会自动再试，也可以用 yimen bundle export 走 U 盘。",
    "refused": "请把原因告诉上级大厅；办件都在本机，不会丢。",
}


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("sync", help="与上级大厅收发一次", epilog="示例：yimen sync --once --json")
    parser.add_argument("--once", action="store_true", help="收发一次后结束（本命令总是如此）")
    frame.data_options(parser, is_private=True)
    parser.set_defaults(run=exchange_once)


def exchange_once(options: argparse.Namespace) -> int:
    """Exchange, and say how it went; 1 when the hall was not reached or refused."""
    with frame.open_node(options) as node:
        report = node.exchange_now()
        hall = node.parent()
        counts = outbox.counts(None if hall is None else hall.node_id, node.clock.now())
    frame.tell(options, _document(report) | asdict(counts), _lines(report, counts))
    if report.state == "ok":
        return 0
    frame.note(f"错误：这次没有完成收发。\n原因：{report.why}\n下一步：{NEXT_STEPS[report.state]}")
    return 1


def _document(report: ExchangeReport) -> dict[str, Any]:
    names: tuple[str, ...] = ("state", "why", "received", "bytes_up", "bytes_down", "round_trips")
    names += ("latest", "retry_after", "files_sent_bytes", "files_received_bytes", "files_why")
    newly = {"newly_held": report.sent, "newly_acknowledged": report.acknowledged}
    refused = [asdict(refusal) for refusal in report.refused]
    fields = {name: getattr(report, name) for name in names}
    return fields | newly | {"refused": refused, "incidents": report.incidents}


def _lines(report: ExchangeReport, counts: outbox.Counts) -> list[str]:
    kib = (report.bytes_up / 1024, report.bytes_down / 1024)
    lines = [
        f"共写 {counts.made} 封：待发 {counts.queued}，已发 {counts.sent}，已签收 {counts.acknowledged}",
        f"这次收到 {report.received} 封，新签收 {report.acknowledged} 封",
        f"往返 {report.round_trips} 次，上行 {kib[0]:.1f} KiB，下行 {kib[1]:.1f} KiB",
    ]
    lines += [f"附件暂时没有传：{report.files_why}"] if report.files_why else []
    return lines + [f"未被接收：{refusal.why}" for refusal in report.refused]
