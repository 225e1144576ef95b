"""`yimen catalog lint / diff / search / show / status`: the items on offer, from the command line.

Looking at the catalog in use needs no unlocking. The draft of a hall is private and does.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from catalog_cache.difference import difference
from catalog_cache.errors import NoCatalog
from catalog_cache.exchange.importers import ImportResult, read_table
from catalog_cache.installed.catalog import Catalog
from catalog_cache.lint import Finding, has_errors, lint, told
from catalog_cache.model import Item, Package
from catalog_cache.pack import read_pack
from catalog_cache.wall import fee_list, negative_list, wall_sheet
from station.cases.place import days_of
from station.cli import catalog_import, frame
from station.cli.catalog_told import change_lines, refused, require_hall, some
from station.errors import BadSetting

Entry = Item | Package


def add(subparsers: Any) -> None:
    """Add the commands; publishing and updating come from their own module."""
    topic = subparsers.add_parser("catalog", help="事项目录", epilog="示例：yimen catalog search 高龄津贴")
    topic.set_defaults(run=None)
    commands = topic.add_subparsers(metavar="动作", required=True)
    _add_reading(commands)
    _add_drafting(commands)
    if find_spec("station.cli.catalog_publish") is not None:
        import_module("station.cli.catalog_publish").add_to(commands)


def _add_reading(commands: Any) -> None:
    finding = commands.add_parser("search", help="查事项", epilog="示例：yimen catalog search gljt")
    finding.add_argument("words", nargs="+", metavar="词", help="中文、拼音、首字母、俗称或编码")
    finding.add_argument("--limit", type=int, default=20, metavar="N", help="最多几条（默认 20）")
    finding.set_defaults(run=search)
    showing = commands.add_parser(
        "show", help="看一个事项的办事指南", epilog="示例：yimen catalog show 442099003001"
    )
    showing.add_argument("code", metavar="编码")
    showing.set_defaults(run=show)
    standing = commands.add_parser(
        "status", help="现用目录的版本、时间和完好", epilog="示例：yimen catalog status"
    )
    standing.set_defaults(run=status)
    posting = commands.add_parser(
        "wall", help="上墙清单：可办事项、收费、负面清单", epilog="示例：yimen catalog wall --json"
    )
    posting.set_defaults(run=wall)
    comparing = commands.add_parser("diff", help="比较两版目录", epilog="示例：yimen catalog diff 6 7")
    comparing.add_argument("before", metavar="A", help="版本号，或目录文件（JSON、CSV、目录包）")
    comparing.add_argument("after", metavar="B", help="同上")
    comparing.set_defaults(run=diff)
    for parser in (finding, showing, standing, posting, comparing):
        frame.data_options(parser)


def _add_drafting(commands: Any) -> None:
    checking = commands.add_parser(
        "lint", help="检查草稿或文件能否发布", epilog="示例：yimen catalog lint items.json"
    )
    checking.add_argument("file", nargs="?", metavar="文件", help="不给文件时检查大厅的草稿")
    checking.set_defaults(run=check)
    frame.data_options(checking, is_private=True)
    catalog_import.add_to(commands)


def search(options: argparse.Namespace) -> int:
    """Ranked finds, each with the reason."""
    hits = _catalog(options).search(" ".join(options.words), options.limit)
    lines = [f"{hit.code}  {hit.name}  （{hit.why}）" for hit in hits]
    frame.tell(options, [asdict(hit) for hit in hits], lines or ["没有找到，换个说法再试"])
    return 0


def show(options: argparse.Namespace) -> int:
    """One item's guide, or one package."""
    catalog = _catalog(options)
    is_package = any(package.code == options.code for package in catalog.packages())
    entry = catalog.package(options.code) if is_package else catalog.item(options.code)
    document = entry.to_dict(full=True) | {"catalog_version": catalog.version}
    lines = guide_lines(entry) if isinstance(entry, Item) else _package_lines(entry)
    frame.tell(options, document, [*lines, f"目录第 {catalog.version} 版，{catalog.publisher_name}"])
    return 0


def guide_lines(item: Item) -> list[str]:
    """An item's guide as plain lines."""
    facts = {
        "类型": item.type_label,
        "俗称": "、".join(item.aliases),
        "窗口权限": item.power.label,
        "状态": item.status.label,
        "实施主体": item.agency.name if item.agency else "",
        "受理条件": "；".join(item.conditions),
        "法定时限": told(item.statutory) if item.statutory else "",
        "承诺时限": told(item.promised) if item.promised else "",
        "收费": "；".join(f"{fee.name} {fee.standard}" for fee in item.fees) or "不收费",
        "地点": item.place,
        "时间": item.hours,
        "电话": item.phone,
    }
    lines = [f"{item.name}（{item.code}）", *(f"{name}：{text}" for name, text in facts.items() if text)]
    lines += [f"材料：{material.name}（{material.need.label}）" for material in item.materials]
    return lines + [f"情形：{question.text}" for question in item.questions]


def status(options: argparse.Namespace) -> int:
    """What is in use, how old it is, and whether every kept version is sound. Exit code 1 when not."""
    installation = frame.installation_of(options)
    catalog, now = installation.current_catalog(), installation.clock.now()
    healths = installation.catalog.check()
    is_sound = catalog is not None and not any(health.message for health in healths)
    document = {
        "version": catalog and catalog.version,
        "publisher": catalog and catalog.publisher_name,
        "entries": catalog and catalog.count,
        "published_at": catalog and catalog.published_at.isoformat(),
        "valid_until": catalog and catalog.valid_until.isoformat(),
        "age_days": catalog and catalog.age_days(now),
        "kept": [asdict(health) for health in healths],
        "holidays": [year.year for year in installation.catalog.calendar().years],
        "sound": is_sound,
    }
    lines = ["本机还没有事项目录"] if catalog is None else _status_lines(catalog, document)
    bad = [f"第 {health.version} 版有问题：{health.message}" for health in healths if health.message]
    frame.tell(options, document, [*lines, *bad])
    return 0 if is_sound else 1


def wall(options: argparse.Namespace) -> int:
    """What hangs on the wall, from the catalog in use: open items, fees, and what is done elsewhere."""
    catalog = _catalog(options)
    items = list(catalog.items())
    posted, fees = wall_sheet(items, catalog.days), fee_list(items, catalog.days)
    negative = negative_list(items)
    document = {
        "items": [asdict(line) for line in posted],
        "fees": [asdict(line) for line in fees],
        "negative": [asdict(line) for line in negative],
    }
    lines = [f"[{line.theme}] {line.name}  {line.power}  {line.limit}  {line.fee}" for line in posted]
    lines += [
        f"收费：{line.item}  {line.name} {line.standard}（{line.basis or '依据见指南'}）" for line in fees
    ]
    lines += [f"不在本窗口：{line.name}  {line.reason}；请到{line.place or '大厅'}" for line in negative]
    frame.tell(options, document, lines or ["没有开放办理的事项"])
    return 0


def diff(options: argparse.Namespace) -> int:
    """What somebody who has A would see change with B."""
    changes = difference(_entries(options, options.before), _entries(options, options.after))
    lines = [line for change in changes for line in change_lines(change)]
    frame.tell(options, [asdict(change) for change in changes], lines or ["两边相同"])
    return 0


def check(options: argparse.Namespace) -> int:
    """Lint a file, or the draft of this hall. Exit code 1 when it could not be published."""
    if options.file is None:
        return _tell_findings(options, _draft_findings(options))
    result = read_table(Path(options.file))
    return (
        refused(options, result.errors, result.more_errors)
        if result.errors
        else _tell_findings(options, _linted(result))
    )


def _linted(result: ImportResult) -> list[Finding]:
    return lint(result.items, result.packages)


def _draft_findings(options: argparse.Namespace) -> Sequence[Finding]:
    from station.hall.publishing.findings import Findings  # noqa: PLC0415

    with frame.open_node(options) as node:
        require_hall(node.facts.is_hall)
        return Findings(node.facts.division).every()


def _tell_findings(options: argparse.Namespace, findings: Sequence[Finding]) -> int:
    shown = [
        f"[{'错误' if f.severity == 'error' else '提醒'}] {f.code} {f.field}：{f.message}" for f in findings
    ]
    errors = sum(finding.severity == "error" for finding in findings)
    summary = f"错误 {errors} 处，提醒 {len(findings) - errors} 处"
    frame.tell(options, [asdict(finding) for finding in findings], [*some(shown), summary])
    return 1 if has_errors(findings) else 0


def _catalog(options: argparse.Namespace) -> Catalog:
    """The catalog in use, as it stands today. Raises NoCatalog."""
    installation = frame.installation_of(options)
    catalog = installation.current_catalog()
    if catalog is None:
        raise NoCatalog
    return catalog.on(days_of(installation.clock, catalog))


def _entries(options: argparse.Namespace, name: str) -> Mapping[str, Entry]:
    """A kept version by its number, or a file."""
    path = Path(name)
    if name.isdecimal() and not path.exists():
        pack = read_pack(frame.installation_of(options).catalog.pack(int(name)))
        return _by_code([*pack.items, *pack.packages])
    result = read_table(path)
    if result.errors:
        raise BadSetting(name, str(result.errors[0]), "没有错误的目录文件")
    return _by_code([*result.items, *result.packages])


def _by_code(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.code: entry for entry in entries}


def _package_lines(package: Package) -> list[str]:
    lines = [
        f"{package.name}（{package.code}）",
        f"牵头部门：{package.lead}",
        f"办理方式：{package.order.label}",
    ]
    lines += [f"总时限：{told(package.limit)}"] if package.limit else []
    return lines + [f"成员：{code}" for code in package.members]


def _status_lines(catalog: Catalog, facts: Mapping[str, Any]) -> list[str]:
    years = "、".join(map(str, facts["holidays"])) or "（没有，不印日期）"
    age = f"{facts['age_days']} 天前"
    return [
        f"现用目录：第 {catalog.version} 版，{catalog.publisher_name}，{catalog.count} 条",
        f"发布于 {catalog.published_at:%Y-%m-%d}（{age}），有效期至 {catalog.valid_until:%Y-%m-%d}",
        f"节假日表：{years}",
    ]
