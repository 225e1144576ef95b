"""`yimen hall fleet / inbox / revoke / stats`: the hall's desk for scripts."""

import argparse
from dataclasses import asdict
from typing import Any

from station.accounts.roles import Role
from station.cases.clocks import local_day, local_text
from station.cases.fold import Stage
from station.cases.numbers import grouped, short
from station.cases.place import place_of
from station.cli import frame
from station.errors import BadSetting, InputRefused
from station.hall.fleet import service as fleet
from station.hall.fleet.service import Station
from station.hall.inbox import listing
from station.hall.inbox.listing import Line, Wanted
from station.hall.statistics import statistics_of
from station.node import Node

LIST_MAX = 1000
GROUPS = (*listing.GROUPS, "all")


def add(subparsers: Any) -> None:
    """Add the commands."""
    topic = subparsers.add_parser(
        "hall", help="大厅：站点、收件箱、停用、统计", epilog="示例：yimen hall fleet --json"
    )
    commands = topic.add_subparsers(metavar="动作", required=True)
    seeing = commands.add_parser("fleet", help="下级站点一览", epilog="示例：yimen hall fleet --json")
    seeing.set_defaults(run=show_fleet)
    listed = commands.add_parser(
        "inbox", help="收件箱里的办件", epilog="示例：yimen hall inbox --group new --json"
    )
    listed.add_argument("--group", choices=GROUPS, default="waiting", help="哪一类（默认 waiting 待审核）")
    listed.add_argument("--department", default="", metavar="部门", help="只列一个部门的")
    listed.add_argument("--words", default="", metavar="词", help="编号、事项或站点")
    listed.add_argument("--limit", type=int, default=50, metavar="条数", help="最多列多少条（默认 50）")
    listed.set_defaults(run=show_inbox)
    ending = commands.add_parser(
        "revoke",
        help="停用一个站点的密钥",
        epilog="示例：yimen hall revoke 440205104201 --reason 电脑被盗 --account admin",
    )
    ending.add_argument("station", metavar="站点", help="编号、区划代码或名称")
    ending.add_argument("--reason", required=True, metavar="原因", help="会记入操作日志")
    ending.set_defaults(run=revoke)
    counting = commands.add_parser("stats", help="统计与完整性", epilog="示例：yimen hall stats --json")
    counting.set_defaults(run=show_stats)
    for command in (seeing, listed, ending, counting):
        frame.data_options(command, is_private=True)


def show_fleet(options: argparse.Namespace) -> int:
    """One line a station: last contact, what waits on either side, catalog."""
    with frame.open_node(options) as node:
        stations = _stations(node)
        lines = [_station_line(one) for one in stations]
        frame.tell(options, {"stations": [_station(one) for one in stations]}, lines or ["还没有下级站点。"])
    return 0


def show_inbox(options: argparse.Namespace) -> int:
    """The cases of a group with their clocks, masked; those longest at the station first."""
    if not 1 <= options.limit <= LIST_MAX:
        raise InputRefused("--limit", f"应为 1 到 {LIST_MAX}。")
    with frame.open_node(options) as node:
        _require_hall(node)
        wanted = Wanted(options.group, options.words, options.department)
        rows = listing.query_for(node.facts.node_id, "", wanted).limit(options.limit)
        place = place_of(node)
        found = listing.describe(rows, place.calendar, local_day(node.clock.now()))
        document = {"counts": listing.counts(node.facts.node_id, ""), "cases": [_case(one) for one in found]}
        frame.tell(options, document, [_case_line(one) for one in found] or ["这一类里没有办件。"])
    return 0


def revoke(options: argparse.Namespace) -> int:
    """Take away a station's keys; later mail of it waits for a person."""
    if not options.reason.strip():
        raise InputRefused("--reason", "没有写明原因。")
    with frame.open_node(options) as node:
        frame.require_role(options, Role.ADMIN)
        chosen = _station_named(node, options.station)
        by, now = frame.acting_person(options), node.clock.now()
        reason = options.reason.strip()[:200]
        station = fleet.revoke(node.facts.node_id, chosen.node_id, reason, by=by, now=now)
        frame.tell(options, _station(station), [f"已停用“{station.name}”的密钥；已签收的办件不受影响。"])
    return 0


def show_stats(options: argparse.Namespace) -> int:
    """Cases by stage, department and station, with a word on completeness."""
    with frame.open_node(options) as node:
        _require_hall(node)
        now = node.clock.now()
        counted = statistics_of(node.facts.node_id, now)
    document = asdict(counted) | {
        "as_of": now.isoformat(),
        "is_complete": counted.is_complete,
        "note": counted.note,
    }
    stages = [f"  {Stage(stage).label} {count}" for stage, count in counted.by_stage.items()]
    departments = [f"  {name or '尚未分派'} {count}" for name, count in counted.by_department.items()]
    lines = [f"办件 {counted.cases} 件", "按状态：", *stages, "按部门：", *departments, counted.note]
    frame.tell(options, document, lines)
    return 0


def _require_hall(node: Node) -> None:
    if not node.facts.is_hall:
        raise BadSetting("--dir", "站点的数据文件夹", "大厅（县、市）的数据文件夹")


def _stations(node: Node) -> list[Station]:
    _require_hall(node)
    return fleet.describe(fleet.below(node.facts.node_id), node.clock.now())


def _station_named(node: Node, given: str) -> Station:
    found = [one for one in _stations(node) if given in (one.node_id, one.division, one.name)]
    if len(found) == 1:
        return found[0]
    why = "下级站点中没有这一个。" if not found else f"有 {len(found)} 个站点符合，请用编号指定。"
    raise InputRefused("站点", why, "请运行 yimen hall fleet 查看编号。")


def _station(one: Station) -> dict[str, Any]:
    heard = one.heard_at.isoformat() if one.heard_at else None
    return asdict(one) | {"heard_at": heard}


def _station_line(one: Station) -> str:
    heard = local_text(one.heard_at) if one.heard_at else "从未联系"
    state = "" if one.is_active else "  已停用"
    waiting = f"站点待送 {one.kept_there}，大厅待取 {one.kept_here}"
    return f"{one.division}  {one.name}  {heard}  {waiting}  目录第 {one.catalog} 版{state}"


def _case(line: Line) -> dict[str, Any]:
    case = line.case
    return {
        "case_id": case.case_id,
        "receipt_number": grouped(case.receipt_number),
        "official_number": case.official_number,
        "item_code": case.item_code,
        "item_name": case.item_name,
        "situation": line.situation,
        "applicant": case.applicant_shown,
        "station": case.station_name,
        "department": case.department,
        "stage": case.stage,
        "materials": line.materials,
        "received_at": case.received_at.isoformat(),
        "arrived_at": case.arrived_at.isoformat() if case.arrived_at else None,
        "path": line.path,
        "clock": asdict(line.clock) if line.clock else None,
        "tags": [tag.text for tag in line.tags],
        "is_urgent": line.is_urgent,
    }


def _case_line(line: Line) -> str:
    case, clock = line.case, line.clock
    told = f"{clock.name}：{clock.text}" if clock else "、".join(tag.text for tag in line.tags)
    return f"{short(case.receipt_number)}  {case.item_name}  {case.station_name}  {case.department}  {told}"
