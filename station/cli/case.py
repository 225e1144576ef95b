"""`yimen case list | show | import`: cases for scripts, and paper forms taken in by file."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from station.cases import telling
from station.cases.clocks import limits_of, local_day, local_text, notice_clock_of
from station.cases.fold import Stage
from station.cases.identity import mask
from station.cases.ledger import find_cases, view_of
from station.cases.models import Case
from station.cases.numbers import grouped, short
from station.cases.parts import Actor
from station.cases.place import Place, place_of
from station.cases.standing import standing_of
from station.cli import frame
from station.errors import InputRefused
from station.intake.bulk import LINE_BYTES_MAX, LineReport, import_lines

LIST_MAX = 1000


def add(subparsers: Any) -> None:
    """Add the command."""
    topic = subparsers.add_parser(
        "case", help="办件", epilog="示例：yimen case show 440205100201-01-20261122-0007-K"
    )
    commands = topic.add_subparsers(metavar="动作", required=True)
    listing = commands.add_parser(
        "list", help="列出办件，新的在前", epilog="示例：yimen case list --stage decided"
    )
    listing.add_argument("--stage", choices=[stage.value for stage in Stage], help="只列某一状态")
    listing.add_argument("--limit", type=int, default=50, metavar="条数", help="最多列多少条（默认 50）")
    listing.set_defaults(run=list_cases)
    showing = commands.add_parser(
        "show", help="看一个办件的经过", epilog="示例：yimen case show NUMBER --json"
    )
    showing.add_argument("number", metavar="编号", help="收件编号、办件编号或内部标识")
    showing.add_argument("--full", action="store_true", help="不遮盖姓名、证件和内容（会留下个人信息）")
    showing.set_defaults(run=show_case)
    taking = commands.add_parser(
        "import", help="按文件收件：每行一份申请", epilog="示例：yimen case import 纸表.jsonl --account agent"
    )
    taking.add_argument("file", metavar="文件", help="JSON Lines，UTF-8，每行全收或全不收")
    taking.set_defaults(run=import_cases)
    for command in (listing, showing, taking):
        frame.data_options(command, is_private=True)


def list_cases(options: argparse.Namespace) -> int:
    """One line a case, masked."""
    if not 1 <= options.limit <= LIST_MAX:
        raise InputRefused("--limit", f"应为 1 到 {LIST_MAX}。")
    with frame.open_node(options) as node:
        query = Case.select().order_by(Case.received_at.desc(), Case.position).limit(options.limit)
        rows = list(query.where(Case.stage == options.stage) if options.stage else query)
        now = node.clock.now()
        words = [standing_of(case, now).word for case in rows]
        pairs = list(zip(rows, words, strict=True))
        document = {"cases": [_line(case) | {"standing": word} for case, word in pairs]}
        lines = [
            f"{short(case.receipt_number)}  {word}  {case.item_name}  {case.applicant_shown}"
            for case, word in pairs
        ]
        frame.tell(options, document, lines or ["还没有办件。"])
    return 0


def show_case(options: argparse.Namespace) -> int:
    """The cases under a number: facts, clocks, timeline, custody."""
    with frame.open_node(options) as node:
        place = place_of(node)
        told = [_told(case, place, is_full=options.full) for case in find_cases(options.number)]
        frame.tell(options, {"cases": told}, [line for case in told for line in _spoken(case)])
    return 0


def import_cases(options: argparse.Namespace) -> int:
    """Take in a file; 1 when any line was refused. The report names every line."""
    path = Path(options.file)
    with path.open("rb") as file, frame.open_node(options) as node:
        by = Actor(name=_name_of(options), account=frame.acting_person(options)[:60])
        lines = iter(lambda: file.readline(LINE_BYTES_MAX + 2), b"")
        reports = list(import_lines(place_of(node), lines, path.parent, by))
    document = {
        "taken": sum(not one.error for one in reports),
        "refused": sum(bool(one.error) for one in reports),
        "lines": [asdict(one) for one in reports],
    }
    frame.tell(options, document, [_reported(one) for one in reports] or ["文件里没有申请。"])
    return 1 if document["refused"] else 0


def _line(case: Case) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "receipt_number": grouped(case.receipt_number),
        "official_number": case.official_number,
        "item_code": case.item_code,
        "item_name": case.item_name,
        "applicant": case.applicant_shown,
        "department": case.department,
        "station": case.station_name,
        "stage": case.stage,
        "received_at": local_text(case.received_at),
        "catalog": case.catalog,
    }


def _told(case: Case, place: Place, *, is_full: bool) -> dict[str, Any]:
    view, now = view_of(case.case_id), place.stamp().at
    faces = limits_of(view, place.calendar, local_day(now))
    notice = notice_clock_of(view, place.calendar, local_day(now))
    told = _line(case) | {
        "standing": standing_of(case, now).word,
        "id_number": mask("id", view.applicant.id_number) if view.applicant else "",
        "clocks": {
            name: {
                "deadline": str(getattr(face.deadline, "reason", face.deadline)),
                "alarm": face.alarm.value,
            }
            for name, face in ({"notice": notice} | faces).items()
            if face is not None
        },
        "materials": [{"name": one.name, "state": one.state.value} for one in view.materials.values()],
        "timeline": [asdict(line) for line in telling.timeline(view, place.node_id)],
        "custody": [asdict(letter) for letter in telling.custody(case.case_id, now)],
    }
    if is_full:
        told["events"] = [
            {"event": one.event_id, "kind": one.kind, "node": one.node_id} | one.as_payload()
            for one in view.timeline
        ]
    return told


def _spoken(case: dict[str, Any]) -> list[str]:
    head = f"{case['item_name']}  {case['applicant']}  {case['standing']}"
    numbers = f"  收件编号 {case['receipt_number']}  办件编号 {case['official_number'] or '大厅还没有给'}"
    events = [f"  {one['at']}  {one['title']}  {one['text']}  {one['who']}" for one in case["timeline"]]
    letters = [f"  {one['word']}  {one['title']}  {one['acked_at']}" for one in case["custody"]]
    return [head, numbers, "经过：", *events, "送达：", *letters]


def _reported(report: LineReport) -> str:
    if report.error:
        return f"第 {report.number} 行没有收：{report.error}"
    again = "（以前收过，给出同一编号）" if report.is_repeat else ""
    return f"第 {report.number} 行已收：{report.receipt_number}，{report.cases} 件{again}"


def _name_of(options: argparse.Namespace) -> str:
    return str(frame.acting_person(options))[:60]
