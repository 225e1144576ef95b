"""What the station says of itself on every page: link, queue, catalog, clock, disk.

Each part is fed by one small function, so that a part whose room is quiet is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask_babel import gettext

from station.database import free_bytes
from sync.clock import Proof

if TYPE_CHECKING:
    from station.node import Installation, Node

CHINA = ZoneInfo("Asia/Shanghai")
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
    """Whether the parent answered lately; a node without a parent has no link to speak of."""
    if not node.facts.parent_url:
        return None
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
    """Which version of the catalog is in use and how old it is."""
    catalog = node.installation.current_catalog()
    if catalog is None:
        return Part("catalog", (Word(gettext("目录")), Word(gettext("还没有"), tone="a")))
    days = max(0, (now - catalog.published_at).days)
    age = gettext("今天") if days == 0 else gettext("%(days)d 天前", days=days)
    version = Word(gettext("第 %(version)d 版", version=catalog.version), is_strong=True)
    late = (Word(gettext("该更新了"), tone="a"),) if days > CATALOG_OLD_DAYS else ()
    return Part("catalog", (Word(gettext("目录")), version, Word(age), *late))


def clock_part(node: "Node", now: datetime) -> Part:
    """Whether somebody else vouches for this PC's time."""
    proof = node.clock.stamp().proof
    words = {Proof.HALL: gettext("已核对"), Proof.CHAIN: gettext("可信"), Proof.NONE: gettext("未核对")}
    state = Word(words[proof], tone="a") if proof is Proof.NONE else Word(words[proof], is_strong=True)
    return Part("clock", (Word(gettext("时钟")), state))


def disk_part(node: "Node", now: datetime) -> Part | None:
    """Only when the disk is getting full."""
    free = free_bytes(node.settings.data_folder)
    if free >= DISK_LOW_BYTES:
        return None
    return Part(
        "disk", (Word(gettext("磁盘")), Word(gettext("只剩 %(mib)d MB", mib=free // 2**20), tone="r"))
    )


SOURCES: list[Callable[["Node", datetime], Part | None]] = [link_part, catalog_part, clock_part, disk_part]


def spoken_time(at: datetime, now: datetime) -> str:
    """A moment as people at the counter say it, in China's time: 今天 08:12, 11-20 15:02."""
    local, today = at.astimezone(CHINA), now.astimezone(CHINA).date()
    if local.date() == today:
        return gettext("今天 %(time)s", time=local.strftime("%H:%M"))
    return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d %H:%M")
