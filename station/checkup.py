"""What `yimen doctor` looks at: each finding says how bad it is, what was found and what to do next."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from catalog_cache.distribution.freshness import signatures
from catalog_cache.distribution.update import verify_installed
from catalog_cache.errors import CatalogError
from station import audit, kept
from station.accounts.models import Account
from station.accounts.roles import Role
from station.cases.clocks import local_day
from station.chores import SIGNING
from station.database import check_integrity, free_bytes
from station.migrations import version_of
from station.places import CATALOG_FOLDER, METADATA_FOLDER, REPOSITORY_FOLDER
from station.reserve import Room
from station.unattended import KEY_FILE
from sync import inbox, incidents, outbox, retention
from sync.clock import Proof
from sync.register import Peer
from sync.tables import OutLetter, OutStream

if TYPE_CHECKING:
    from station.node import Installation, Node

DISK_LOW_BYTES = 2 * 1024**3
DISK_FULL_BYTES = 200 * 1024**2
WAITING_TOO_LONG = timedelta(days=3)
CATALOG_OLD_DAYS = 30


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. next_step: "" when nothing has to be done."""

    area: str
    level: Level
    what: str
    next_step: str = ""


def look_over(installation: "Installation", node: "Node | None", now: datetime) -> list[Finding]:
    """Every finding; without an open node only what can be seen from outside. `using()` for a node."""
    findings = [finding for check in OUTSIDE for finding in check(installation, now)]
    if node is None:
        what = "数据还锁着，数据库、钥匙和待发没有检查。"
        return [
            *findings,
            Finding("vault", Level.WARNING, what, "请加 --account 和 --password-file 再检查一次。"),
        ]
    return findings + [finding for check in INSIDE for finding in check(node, now)]


def check_disk(installation: "Installation", now: datetime) -> Iterator[Finding]:
    """Room for what comes in."""
    free = free_bytes(installation.settings.data_folder)
    reserve = "备用空间在" if installation.reserve.is_held() else "没有备用空间"
    told = f"磁盘还剩 {free // 2**20} MB，{reserve}。"
    if free < DISK_FULL_BYTES or installation.reserve.room() is not Room.PLENTY:
        yield Finding("disk", Level.ERROR, told, "请立即清理磁盘，否则不能再收件。")
    elif free < DISK_LOW_BYTES:
        yield Finding("disk", Level.WARNING, told, "请清理磁盘，或联系上级更换硬盘。")
    else:
        yield Finding("disk", Level.OK, told)


def check_catalog(installation: "Installation", now: datetime) -> Iterator[Finding]:
    """A catalog, whole and not too old. A city publishes one for its counties and uses none itself."""
    if installation.facts is not None and installation.facts.level == "city":
        return
    try:
        catalog = installation.current_catalog()
        troubles = [health for health in installation.catalog.check() if health.message]
    except CatalogError as error:
        yield Finding("catalog", Level.ERROR, error.what, error.next_step)
        return
    for health in troubles:
        yield Finding(
            "catalog", Level.ERROR, f"目录第 {health.version} 版：{health.message}", "请重新更新目录。"
        )
    if catalog is None:
        step = "请连接上级大厅，或用 yimen catalog update --from 从 U 盘更新。"
        yield Finding("catalog", Level.WARNING, "还没有事项目录。", step)
        return
    proof = verify_installed(metadata_folder(installation), installation.catalog.pack(catalog.version))
    if not proof.is_proved:
        step = "请连接上级大厅重新更新目录；在此之前目录照常可用。"
        yield Finding("catalog", Level.WARNING, f"目录的签名没有复核通过：{proof.why}", step)
    days = catalog.age_days(now)
    told = f"目录第 {catalog.version} 版，{days} 天前发布。"
    is_old = days > CATALOG_OLD_DAYS
    step = "请连接上级大厅更新目录。" if is_old else ""
    yield Finding("catalog", Level.WARNING if is_old else Level.OK, told, step)


def check_calendar(installation: "Installation", now: datetime) -> Iterator[Finding]:
    """The announced holidays reach at least sixty days ahead, where there is a catalog at all."""
    calendar = installation.catalog.calendar()
    if installation.current_catalog() is None:
        return
    until = calendar.announced_until
    told = f"节假日表已公布到 {until}。" if until else "没有已公布的节假日表，凭证和告知书不印截止日期。"
    if not calendar.is_ending(local_day(now)):
        yield Finding("calendar", Level.OK, told)
        return
    facts = installation.facts
    is_hall = facts is not None and facts.is_hall
    at_hall = "请在“目录 › 节假日”录入国务院办公厅的新通知，经第二人审核后签发。"
    yield Finding(
        "calendar",
        Level.WARNING,
        told,
        at_hall if is_hall else "请上级大厅发布下一年的放假安排，然后更新目录。",
    )


def check_signatures(installation: "Installation", now: datetime) -> Iterator[Finding]:
    """At a hall that publishes: every signature holds for a while yet."""
    folder = installation.settings.data_folder / REPOSITORY_FOLDER
    if not folder.is_dir():
        return
    try:
        found = signatures(folder)
    except CatalogError as error:
        yield Finding("signing", Level.ERROR, f"发布文件夹：{error.why}", error.next_step)
        return
    for one in found:
        days = one.days_left(now)
        if one.is_due(now):
            told = f"{one.label}的签名还有 {days} 天过期。" if days >= 0 else f"{one.label}的签名已过期。"
            yield Finding("signing", Level.WARNING if days >= 0 else Level.ERROR, told, one.next_step)
    if found and not any(one.is_due(now) for one in found):
        yield Finding("signing", Level.OK, f"目录签名最早 {found[0].expires:%Y-%m-%d} 过期。")


def metadata_folder(installation: "Installation") -> Path:
    """Where the catalog's signatures are kept."""
    return installation.settings.data_folder / CATALOG_FOLDER / METADATA_FOLDER


def check_key_file(installation: "Installation", now: datetime) -> Iterator[Finding]:
    """Whether the data opens without a person, and whether others can read that key."""
    path = installation.settings.data_folder / KEY_FILE
    if not path.exists():
        return
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("vault", Level.ERROR, "无人值守钥匙别的用户也能读。", f"请运行 chmod 600 {path}")
    else:
        told = "已设无人值守：拿到整机的人能读出数据。"
        yield Finding("vault", Level.WARNING, told, "请锁好机器；能用 systemd 加密凭据时删除钥匙文件。")


def check_online_keys(node: "Node", now: datetime) -> Iterator[Finding]:
    """At a hall that signs by itself: the last time it tried, it could."""
    why = kept.note(SIGNING)
    if why:
        step = "请核对本机时间后运行 yimen catalog renew；换过密钥的，再运行 yimen catalog keys online。"
        yield Finding("signing", Level.WARNING, f"大厅没能自动续签目录：{why}", step)


def check_database(node: "Node", now: datetime) -> Iterator[Finding]:
    """The file is sound and of this program's shape."""
    found = check_integrity(node.database)
    if found:
        yield Finding(
            "database", Level.ERROR, f"数据库有损坏：{found[0][:200]}", "请留存数据文件夹，再用备份恢复。"
        )
    else:
        yield Finding("database", Level.OK, f"数据库完好，结构第 {version_of(node.database)} 版。")
    broken = audit.broken_at()
    if broken is not None:
        yield Finding(
            "audit", Level.ERROR, f"操作记录从第 {broken} 条起对不上。", "请留存数据文件夹并报告上级。"
        )


def check_keys(node: "Node", now: datetime) -> Iterator[Finding]:
    """The keys we hold are the ones our hall registered."""
    own = Peer.get_or_none(Peer.node_id == node.facts.node_id)
    if own is None or bytes(own.signing_key) != node.keys.signing_public:
        yield Finding(
            "keys", Level.ERROR, "登记的钥匙不是本机现在的钥匙。", "请向上级大厅要加入码，重新加入。"
        )
    elif not own.parent and not node.facts.is_hall:
        yield Finding(
            "keys",
            Level.WARNING,
            "还没有加入上级大厅，办件送不出去。",
            "请用 yimen enrol 或页面“加入上级大厅”。",
        )
    else:
        yield Finding("keys", Level.OK, f"签名钥匙 {node.keys.key_id} 已登记。")


def check_people(node: "Node", now: datetime) -> Iterator[Finding]:
    """Somebody can administer, and everybody active can sign in."""
    active = list(Account.select().where(Account.is_active))
    slots = set(node.vault.names())
    if not any(Role.ADMIN in person.roles and person.name in slots for person in active):
        yield Finding("accounts", Level.ERROR, "没有能登录的管理员。", "请用恢复码重设一个管理员的密码。")
    for person in active:
        if person.name not in slots:
            what = f"{person.name} 没有钥匙，登录不了。"
            yield Finding("accounts", Level.WARNING, what, f"请运行 yimen account reset {person.name}")


def check_clock(node: "Node", now: datetime) -> Iterator[Finding]:
    """Somebody else vouches for the time, except at the hall that vouches for the others."""
    if node.is_topmost():
        told = f"下级站点以本机时间为准，现在是 {now:%Y-%m-%d %H:%M} UTC。"
        yield Finding("clock", Level.OK, told)
    elif node.clock.stamp().proof is Proof.NONE:
        told = f"时钟没有核对过，现在显示 {now:%Y-%m-%d %H:%M} UTC。"
        yield Finding("clock", Level.WARNING, told, "请核对电脑日期；联通大厅后会自动核对。凭证上会注明。")
    else:
        yield Finding("clock", Level.OK, "时钟已由大厅的签名时间核对。")


def check_queue(node: "Node", now: datetime) -> Iterator[Finding]:
    """Nothing waits too long, nothing was set aside."""
    counts = outbox.counts(now=now)
    waiting = counts.queued + counts.sent
    unheld = OutLetter.select().join(OutStream).where(OutLetter.moved_to.is_null())
    oldest = unheld.where(OutLetter.seq > OutStream.peer_has).order_by(OutLetter.made_at).first()
    first = None if oldest is None else oldest.made_at
    if first is not None and now - first > WAITING_TOO_LONG:
        told = f"{waiting} 封信待签收，最早的已等 {(now - first).days} 天。"
        yield Finding("queue", Level.WARNING, told, "请检查网络，或用 yimen bundle export 导出到 U 盘带走。")
    else:
        yield Finding("queue", Level.OK, f"待签收 {waiting} 封，已签收 {counts.acknowledged} 封。")
    aside = len(inbox.quarantined())
    if aside:
        yield Finding("queue", Level.WARNING, f"{aside} 封来信需要人工核对。", "请打开“收发”页面逐封处理。")
    for incident in incidents.open_incidents():
        what = f"收发异常（{incident.kind}）：{incident.detail}"
        yield Finding("queue", Level.WARNING, what, "请打开“收发”页面核对，必要时联系上级大厅。")


def check_retention(node: "Node", now: datetime) -> Iterator[Finding]:
    """How much was erased after its time; without a proven time nothing ever is."""
    figures = retention.figures()
    if figures.at is None:
        told = "还没有得到过大厅证明的时间，期满的内容不会清除。"
        yield Finding("retention", Level.OK, told)
        return
    kept = f"已送达、还在保存期内的信 {figures.settled} 封"
    gone = f"期满清除 {figures.erased} 封，来信 {figures.arrivals_erased} 封"
    yield Finding("retention", Level.OK, f"{kept}；{gone}。保存期算到 {figures.at:%Y-%m-%d}。")


OUTSIDE: tuple[Callable[["Installation", datetime], Iterator[Finding]], ...] = (
    check_disk,
    check_catalog,
    check_calendar,
    check_signatures,
    check_key_file,
)
INSIDE: tuple[Callable[["Node", datetime], Iterator[Finding]], ...] = (
    check_database,
    check_keys,
    check_people,
    check_clock,
    check_queue,
    check_online_keys,
    check_retention,
)
