"""`yimen catalog update / submit / approve / publish / renew / export`: a catalog in, and one out.

Passphrases come from a file or a prompt and are kept nowhere. The keys themselves: `catalog_keys`.
"""

import argparse
from pathlib import Path
from typing import Any

from catalog_cache.distribution.client import TufClient
from catalog_cache.distribution.sample_files import Fetched
from catalog_cache.distribution.sources import Source
from catalog_cache.distribution.stick import CopiedFiles
from catalog_cache.distribution.update import State, UpdateReport, open_source, update
from catalog_cache.errors import UpdateRefused
from catalog_cache.files import NotAFile, read_plain
from catalog_cache.signatures.metadata import BYTES_MAX
from station import chores
from station.accounts.roles import Role
from station.catalog_stick.stick import Stick
from station.catalog_stick.taking import bring_files
from station.catalog_stick.writing import write_out
from station.cli import catalog_base, catalog_keys, frame, progress
from station.cli.passphrase import add_passphrase, read_passphrase, read_second_passphrase
from station.errors import BadSetting
from station.handing_on import hand_on
from station.node import Installation
from station.places import CATALOG_FOLDER, save_attested

TOLD = {State.NEW: "已更新", State.CURRENT: "已是最新", State.REFUSED: "已拒绝", State.OFFLINE: "现在取不到"}


def add_to(commands: Any) -> None:
    """Add to the actions of `yimen catalog`."""
    example = "示例：yimen catalog "
    updating = commands.add_parser("update", help="取新目录", epilog=f"{example}update --from /media/usb")
    updating.add_argument("--from", dest="place", metavar="文件夹或网址", help="默认为上级大厅")
    updating.add_argument("--root", metavar="文件", help="第一次：当面取得的 root.json")
    updating.set_defaults(run=take)
    submitting = commands.add_parser("submit", help="把草稿送审", epilog=f"{example}submit --note 调整时限")
    submitting.add_argument("--note", default="", metavar="说明", help="给审核人的话")
    submitting.set_defaults(run=submit)
    approving = commands.add_parser("approve", help="审核通过（须为另一账号）", epilog=f"{example}approve")
    approving.add_argument("--words", default="", metavar="意见", help="审核意见")
    approving.set_defaults(run=approve)
    publishing = commands.add_parser("publish", help="签名并发布审核通过的草稿", epilog=f"{example}publish")
    add_passphrase(publishing)
    publishing.add_argument("--clock-checked", action="store_true", help="已核对本机时间")
    publishing.set_defaults(run=publish)
    renewing = commands.add_parser(
        "renew", help="不改内容，把县级签名全部续签", epilog=f"{example}renew --account publisher"
    )
    add_passphrase(renewing)
    renewing.add_argument("--clock-checked", action="store_true", help="已核对本机时间")
    renewing.set_defaults(run=renew)
    copying = commands.add_parser("export", help="把目录复制到 U 盘", epilog=f"{example}export /media/usb")
    copying.add_argument("folder", metavar="文件夹", help="U 盘上的文件夹")
    copying.set_defaults(run=export)
    for parser in (updating, submitting, approving, publishing, renewing):
        frame.data_options(parser, is_private=True)
    frame.data_options(copying)
    catalog_base.add_to(commands)
    catalog_keys.add_to(commands)


def take(options: argparse.Namespace) -> int:
    """Look for a newer catalog. No unlocking is needed once a root is trusted."""
    installation = frame.installation_of(options)
    try:
        report = _update(installation, options)
        if report.attested_at is not None:
            installation.clock.learn(report.attested_at)
            save_attested(installation.settings.data_folder, installation.clock)
        files = _samples(installation, options, report)
    finally:
        installation.close()
    document = {
        "state": report.state.value,
        "version": report.version,
        "requests": report.requests,
        "bytes": report.bytes,
        "why": report.why,
        "files": files.files if files else 0,
        "files_complete": files.is_complete if files else None,
    }
    told = f"{TOLD[report.state]}：现用第 {report.version} 版"
    frame.tell(options, document, [told, *([report.why] if report.why else []), *_told_files(files)])
    if report.state is State.REFUSED:
        return frame.tell_refusal("更新已拒绝。", report.why, report.next_step)
    return 0


def submit(options: argparse.Namespace) -> int:
    """Send the draft to a second person."""
    # The desk is imported only in these commands: a station has none and must start quickly.
    from station.hall.publishing import review  # noqa: PLC0415

    with frame.open_node(options) as node:
        person, now = frame.acting_person(options), node.clock.now()
        sent = review.submit(node.facts.division, options.note, by=person, now=now)
        document = {"review": sent.number, "draft": sent.draft}
        frame.tell(options, document, [f"第 {sent.number} 次送审，等另一账号审核"])
    return 0


def approve(options: argparse.Namespace) -> int:
    """Approve what waits for review, as another person than the one who sent it."""
    from station.hall.publishing import review  # noqa: PLC0415 - see submit
    from station.hall.publishing.errors import ReviewRefused  # noqa: PLC0415

    with frame.open_node(options) as node:
        sent = review.current()
        if sent is None:
            raise ReviewRefused("没有等待审核的草稿。", "请先送审：yimen catalog submit。")
        person, now = frame.acting_person(options), node.clock.now()
        review.decide(sent.number, is_approved=True, words=options.words, by=person, now=now)
        frame.tell(options, {"review": sent.number, "state": "approved"}, [f"第 {sent.number} 次送审已通过"])
    return 0


def publish(options: argparse.Namespace) -> int:
    """Sign the approved draft and put it out."""
    from station.hall.publishing import release  # noqa: PLC0415 - see submit

    passphrase = read_passphrase(options)
    with frame.open_node(options) as node:
        version = release.publish(
            node,
            passphrase,
            by=frame.acting_person(options),
            now=node.clock.now(),
            is_clock_checked=options.clock_checked,
            second=read_second_passphrase(options, node.facts.level),
        )
        document = {"version": version.number, "entries": version.entries, "sha256": version.sha256}
        frame.tell(options, document, [f"第 {version.number} 版已签发，共 {version.entries} 项"])
    return 0


def renew(options: argparse.Namespace) -> int:
    """New signatures for what is in force, so that stations go on taking it."""
    from station.hall.publishing import online  # noqa: PLC0415 - see submit

    passphrase = read_passphrase(options)
    with frame.open_node(options) as node:
        frame.require_role(options, Role.PUBLISHER)
        expires = online.renew(
            node,
            passphrase,
            by=frame.acting_person(options),
            now=node.clock.now(),
            is_clock_checked=options.clock_checked,
            second=read_second_passphrase(options, node.facts.level),
        )
    document = {"expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}
    frame.tell(options, document, [f"已续签，最早一份签名有效至 {expires:%Y-%m-%d}"])
    return 0


def export(options: argparse.Namespace) -> int:
    """The published files on a stick, in the same layout, checked after copying."""
    folder, data = Path(options.folder).absolute(), frame.data_folder(options)
    if frame.installation_of(options).reload_facts().level == "city":
        return catalog_base.export_for_counties(options, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with progress.counted("样表和空表", is_quiet=options.json) as watch:
        written = write_out(data, folder, watch)
    copied, samples = written.catalog, written.samples or CopiedFiles(0, 0)
    document = {"folder": str(folder), "files": copied.files, "bytes": copied.bytes}
    document |= {"samples": samples.files, "missing": list(samples.missing), "stopped": written.is_stopped}
    told = [f"已复制 {copied.files} 个文件（{copied.bytes} 字节）到 {folder}"]
    told += [f"样表和空表 {samples.files} 个（{samples.bytes} 字节）"] if samples.files else []
    told += [f"本机没有的样表或空表：{'、'.join(samples.missing)}"] if samples.missing else []
    told += ["没有复制完，再运行一次会接着复制"] if written.is_stopped else []
    frame.tell(options, document, told)
    return 1 if written.is_stopped else 0


def _samples(installation: Installation, options: argparse.Namespace, report: UpdateReport) -> Fetched | None:
    """From a stick all samples at once; over the link the rounds fetch them little by little."""
    place = options.place or ""
    is_stick = bool(place) and not place.startswith(("http://", "https://"))
    if not is_stick or report.state not in (State.NEW, State.CURRENT):
        return None
    with progress.counted("样表和空表", is_quiet=options.json) as watch:
        return bring_files(installation, Stick.at(Path(place)), watch)


def _told_files(files: Fetched | None) -> list[str]:
    if files is None or (files.is_complete and not files.files):
        return []
    told = [f"新到样表和空表 {files.files} 个（{files.bytes} 字节）"]
    rest = [] if files.is_complete else ["还有样表或空表没有取到，再运行一次会接着取"]
    return told + rest + ([files.why] if files.why else [])


def _update(installation: Installation, options: argparse.Namespace) -> UpdateReport:
    metadata_dir = installation.settings.data_folder / CATALOG_FOLDER / "metadata"
    facts = installation.reload_facts()
    if not options.place and not facts.parent_url:
        raise BadSetting("--from", "（没有给出）", "目录所在的文件夹或网址；本站没有上级大厅的地址")
    source = open_source(options.place or f"{facts.parent_url}/catalog")
    if options.root:
        _trust_root(options.root, metadata_dir, source)
    if not (metadata_dir / "root.json").exists():
        with frame.open_node(options) as node:
            return chores.update_catalog(node, source)
    now, attested = installation.clock.now(), installation.clock.latest_attested()
    report = update(
        installation.catalog,
        source,
        metadata_dir,
        now,
        reference_time=attested,
        division=facts.division,
    )
    hand_on(installation.settings.data_folder, facts, installation.catalog, report)
    return report


def _trust_root(name: str, metadata_dir: Path, source: Source) -> None:
    path = Path(name).absolute()
    try:
        root = read_plain(path.parent, path.name, BYTES_MAX["root"])
    except (NotAFile, OSError) as error:
        raise UpdateRefused("format", f"{path.name} 读不出来。") from error
    TufClient(metadata_dir, source, None).init(root)
