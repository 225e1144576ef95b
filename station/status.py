"""What the station says of itself on every page: link, queue, catalog, clock, disk.

Each part is fed by one small function, so that a part whose room is quiet is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask_babel import gettext

from catalog_cache.distribution.freshness import signatures
from catalog_cache.errors import PublishRefused
from catalog_cache.pack import Withdrawal
from station import kept, web
from station.cases.clocks import local_day
from station.chores import CATALOG_PROOF
from station.database import free_bytes
from station.hall.fleet.models import Contact
from station.hall.publishing.models import Version
from station.reserve import Room
from sync import inbox, outbox
from sync.clock import Proof
from sync.moments import CHINA
from sync.register import Peer, PeerState, nodes_below
from sync.tables import Arrival

if TYPE_CHECKING:
    from station.node import Installation, Node

DISK_LOW_BYTES = 2 * 1024**3
CATALOG_OLD_DAYS = 30


@dataclass(frozen=True)
class Word:
    """A piece of a part: plain, strong (a figure), in a coloured tag, or the arrow between stages."""

    text: str
    is_strong: bool = False
    tone: str = ""
    is_arrow: bool = False


@dataclass(frozen=True)
class Part:
    """One answer of the strip. kind "link" shows a dot in the tone g, a, r or q."""

    kind: str
    words: tuple[Word, ...]
    tone: str = ""


@dataclass(frozen=True)
class Strip:
    """The whole strip, from left to right."""

    parts: tuple[Part, ...]


def strip_of(installation: "Installation") -> Strip | None:
    """The strip of an open node; None while the station is locked."""
    node = installation.node
    if node is None:
        return None
    now = installation.clock.now()
    return Strip(tuple(part for source in SOURCES if (part := source(node, now)) is not None))


def link_part(node: "Node", now: datetime) -> Part | None:
    """Whether the parent answered lately; how mail goes where there is no line."""
    if node.facts.is_hall:
        return None
    if not node.facts.parent_url:
        told = gettext("U 盘收发") if node.parent() is not None else gettext("还没有加入大厅")
        return Part("link", (Word(told, is_strong=True),), "q")
    last = node.link.last_contact_at
    when = Word(
        gettext("最近联通 %(when)s", when=spoken_time(last, now)) if last else gettext("还没有联通过")
    )
    if node.link.is_up:
        return Part("link", (Word(gettext("在线"), is_strong=True), when), "g")
    if node.link.is_refused:
        return Part("link", (Word(gettext("大厅拒绝"), is_strong=True), when), "r")
    return Part("link", (Word(gettext("离线"), is_strong=True), when), "a")


def catalog_part(node: "Node", now: datetime) -> Part | None:
    """Which version of the catalog is in use and how old it is; at a city, which it published."""
    if node.facts.level == "city":
        return _published_part(now)
    catalog = node.installation.current_catalog()
    if catalog is None:
        return Part("catalog", (Word(gettext("目录")), Word(gettext("还没有"), tone="a")))
    days = max(0, (now - catalog.published_at).days)
    age = gettext("今天") if days == 0 else gettext("%(days)d 天前", days=days)
    version = Word(gettext("第 %(version)d 版", version=catalog.version), is_strong=True)
    late = (Word(gettext("该更新了"), tone="a"),) if days > CATALOG_OLD_DAYS else ()
    unproved = (Word(gettext("签名没有复核通过"), tone="r"),) if kept.note(CATALOG_PROOF) else ()
    taken_back = catalog.withdrawal
    back = () if taken_back is None else (_word_of(taken_back),)
    return Part("catalog", (Word(gettext("目录")), version, Word(age), *back, *late, *unproved))


def _word_of(withdrawal: Withdrawal) -> Word:
    return Word(gettext("撤回了第 %(version)d 版", version=withdrawal.version), tone="a")


def _published_part(now: datetime) -> Part:
    """A city uses no catalog at a window; it publishes one for its counties."""
    published = Version.select().where(Version.state == "published")
    latest = published.order_by(Version.number.desc()).first()
    if latest is None:
        return Part("catalog", (Word(gettext("市级目录")), Word(gettext("还没有签发"), tone="a")))
    version = Word(gettext("第 %(version)d 版", version=latest.number), is_strong=True)
    return Part("catalog", (Word(gettext("市级目录")), version, Word(spoken_time(latest.published_at, now))))


def calendar_part(node: "Node", now: datetime) -> Part | None:
    """Only when the announced holidays end within sixty days: then paper soon carries no dates."""
    calendar = node.catalog.calendar()
    if node.installation.current_catalog() is None or not calendar.is_ending(local_day(now)):
        return None
    until = calendar.announced_until
    told = gettext("只到 %(day)s", day=until) if until else gettext("没有，不印截止日期")
    return Part("calendar", (Word(gettext("节假日表")), Word(told, tone="a")))


def signing_part(node: "Node", now: datetime) -> Part | None:
    """At a hall that publishes: only when a signature goes stale soon, or the hall could not renew it."""
    if not node.facts.is_hall or not node.repository_folder.is_dir():
        return None
    try:
        due = [one for one in signatures(node.repository_folder) if one.is_due(now)]
    except PublishRefused:
        return Part("signing", (Word(gettext("目录签名")), Word(gettext("对不上"), tone="r")))
    if not due:
        return None
    days = due[0].days_left(now)
    told = gettext("%(days)d 天后过期", days=days) if days >= 0 else gettext("已过期，站点拒收新目录")
    return Part("signing", (Word(gettext("目录签名")), Word(told, tone="a" if days >= 0 else "r")))


def clock_part(node: "Node", now: datetime) -> Part:
    """Whether somebody else vouches for this PC's time; a topmost hall is the one who vouches."""
    proof = node.clock.stamp().proof
    if node.is_topmost():
        return Part("clock", (Word(gettext("时钟")), Word(gettext("本机时间"))))
    words = {Proof.HALL: gettext("已核对"), Proof.CHAIN: gettext("可信"), Proof.NONE: gettext("未核对")}
    state = Word(words[proof], tone="a") if proof is Proof.NONE else Word(words[proof], is_strong=True)
    return Part("clock", (Word(gettext("时钟")), state))


def disk_part(node: "Node", now: datetime) -> Part | None:
    """Only when the disk is getting full; then whether new cases are still taken."""
    if node.reserve.room() is not Room.PLENTY:
        told = gettext("快满了，暂停收新件和上传；已收的照常发送")
        return Part("disk", (Word(gettext("磁盘")), Word(told, tone="r")))
    free = free_bytes(node.settings.data_folder)
    if free >= DISK_LOW_BYTES:
        return None
    return Part(
        "disk", (Word(gettext("磁盘")), Word(gettext("只剩 %(mib)d MB", mib=free // 2**20), tone="r"))
    )


def queue_part(node: "Node", now: datetime) -> Part | None:
    """Where this station's letters are; the figures add up."""
    if node.facts.is_hall:
        return None
    counts = outbox.counts(now=now)
    stages = (
        (gettext("已生成"), counts.made),
        (gettext("待发"), counts.queued),
        (gettext("在途"), counts.sent),
        (gettext("大厅已签收"), counts.acknowledged),
    )
    words: list[Word] = []
    for label, figure in stages:
        words += [Word("", is_arrow=True)] if words else []
        words += [Word(label), Word(str(figure), is_strong=True)]
    return Part("flow", tuple(words))


def stations_part(node: "Node", now: datetime) -> Part | None:
    """At a hall: how many stations there are below it, and how many spoke today."""
    if not node.facts.is_hall:
        return None
    below = nodes_below(node.facts.node_id).where(Peer.state == PeerState.ACTIVE).select(Peer.node_id)
    total, midnight = below.count(), start_of_day(now)
    heard = Contact.select().where(Contact.node_id.in_(below), Contact.at >= midnight).count()
    name = Word(gettext("%(count)d 个下级站点", count=total), is_strong=True)
    spoke = Word(gettext("今天已联系 %(heard)d，静默 %(quiet)d", heard=heard, quiet=total - heard))
    return Part("link", (name, spoke), "g" if heard == total else "a")


def arrivals_part(node: "Node", now: datetime) -> Part | None:
    """At a hall: how many letters came today, and how many wait for a person."""
    if not node.facts.is_hall:
        return None
    today = Arrival.select().where(Arrival.received_at >= start_of_day(now)).count()
    aside = Arrival.select().where(Arrival.state == inbox.QUARANTINED).count()
    words = (Word(gettext("今日收信")), Word(str(today), is_strong=True))
    odd = (Word(gettext("待人工核对 %(count)d", count=aside), tone="r"),) if aside else ()
    return Part("arrivals", words + odd)


SOURCES: list[Callable[["Node", datetime], Part | None]] = [
    link_part,
    stations_part,
    queue_part,
    arrivals_part,
    catalog_part,
    calendar_part,
    signing_part,
    clock_part,
    disk_part,
]


def start_of_day(now: datetime) -> datetime:
    """The last midnight in China, as UTC."""
    return now.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def spoken_time(at: datetime, now: datetime) -> str:
    """A moment as people at the counter say it, in China's time: 今天 08:12, 11-20 15:02."""
    local, today = at.astimezone(CHINA), now.astimezone(CHINA).date()
    if local.date() == today:
        return gettext("今天 %(time)s", time=local.strftime("%H:%M"))
    return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d %H:%M")


def spoken_at(at: datetime | None) -> str:
    """The same for a page: as seen now; "" for none."""
    return "" if at is None else spoken_time(at, web.now())
