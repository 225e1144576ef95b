"""Whether an item is open on a day, and if not why, from when and until when (#36).

A clock may be wrong, so "today" is a stretch of days. An item opens only when its first day has surely
come, and closes as soon as its last may be over: a doubtful clock can take an item away and never give one.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from catalog_cache.model import Item, Power, Status
from catalog_cache.records import Choice

SOON_DAYS = 60


class Shut(Choice):
    """Why an item cannot be taken in, the strongest reason first."""

    WITHDRAWN = "withdrawn", "已停用"
    ENDED = "ended", "已停办"
    SUSPENDED = "suspended", "暂停办理"
    INCOMPLETE = "incomplete", "要素不全"
    NOT_YET = "not_yet", "还没有到实施日期"
    ELSEWHERE = "elsewhere", "须到专窗"
    HANDED_BACK = "handed_back", "下放已到期"
    CONSULT = "consult", "只能咨询"


@dataclass(frozen=True, slots=True)
class Days:
    """The days that today may be. earliest: surely reached; latest: may be reached."""

    earliest: date
    latest: date

    @classmethod
    def of(cls, day: date) -> Self:
        """A day about which there is no doubt."""
        return cls(day, day)


@dataclass(frozen=True, slots=True)
class Opening:
    """What the days say of an item. shut: None while it is open.

    since: the first day it is open again or was closed, where a date decides. last_day: the last day on
    which an open item is done, where that is at most SOON_DAYS away. is_sure: whether it is so on every
    day that today may be.
    """

    shut: Shut | None
    since: date | None = None
    last_day: date | None = None
    is_sure: bool = True

    @property
    def is_open(self) -> bool:
        """Whether a station may take in a case now."""
        return self.shut is None


def opening_of(item: Item, days: Days) -> Opening:
    """Whether an item is open on these days, with the reason where it is not."""
    if item.status is Status.WITHDRAWN:
        return Opening(Shut.WITHDRAWN)
    if item.ends_on and item.ends_on <= days.latest:
        return Opening(Shut.ENDED, item.ends_on, is_sure=item.ends_on <= days.earliest)
    if item.status in (Status.SUSPENDED, Status.INCOMPLETE):
        return Opening(Shut(item.status.value))
    if item.effective_on and item.effective_on > days.earliest:
        return Opening(Shut.NOT_YET, item.effective_on, is_sure=item.effective_on > days.latest)
    if item.counter_only:
        return Opening(Shut.ELSEWHERE)
    if item.power is Power.CONSULT:
        return Opening(Shut.CONSULT)
    return _handed_down(item, days)


def is_open_on(item: Item, days: Days | None) -> bool:
    """Whether an item may be taken in on these days; None where no day counts."""
    return opening_of(item, days).is_open if days else item.is_open


def closes_on(item: Item) -> date | None:
    """The first day on which a station can no longer take the item in; None while no date is set."""
    dates = [item.ends_on, _handed_back_on(item)]
    return min((day for day in dates if day), default=None)


def _handed_down(item: Item, days: Days) -> Opening:
    back_on, end = _handed_back_on(item), closes_on(item)
    if back_on and back_on <= days.latest:
        return Opening(Shut.HANDED_BACK, back_on, is_sure=back_on <= days.earliest)
    is_soon = end is not None and (end - days.latest).days <= SOON_DAYS
    return Opening(None, last_day=end - timedelta(days=1) if end and is_soon else None)


def _handed_back_on(item: Item) -> date | None:
    """The day after the last of a power that was handed down."""
    until = item.delegation.until if item.delegation else None
    return until + timedelta(days=1) if until and until < date.max else None
