"""Why an item is not open today, in words: from when, until when, why, and where to go instead (#36)."""

from datetime import date, timedelta

from flask_babel import gettext

from catalog_cache.model import Item
from catalog_cache.opening import Days, Opening, Shut, opening_of
from station.cases.errors import NotOpenNow, PowerMissing

DATED = (Shut.WITHDRAWN, Shut.ENDED, Shut.NOT_YET, Shut.HANDED_BACK)
"""What a date, or a withdrawal, keeps shut."""


def check_open(item: Item, days: Days | None) -> None:
    """Whether this station may take the item in on these days; None where no day counts.

    Raises PowerMissing or NotOpenNow, saying where to go.
    """
    opening = opening_of(item, days) if days else None
    if item.is_open and (opening is None or opening.is_open):
        return
    if opening is not None and opening.shut in DATED:
        raise NotOpenNow(item.name, why_shut(item, opening), go_instead(item, opening.shut))
    raise PowerMissing(item.name, item.power.label, go_instead(item))


def why_shut(item: Item, opening: Opening) -> str:
    """A sentence or two about what a date or a withdrawal keeps shut; "" for anything else."""
    told = _by_date(opening) if opening.since else ""
    if opening.shut is Shut.WITHDRAWN:
        told = gettext("这件事已经停用。")
    if opening.shut in (Shut.WITHDRAWN, Shut.ENDED, Shut.SUSPENDED) and item.closed_why:
        told += gettext("原因：%(why)s", why=_ended(item.closed_why))
    return told + (_unsure() if not opening.is_sure else "")


def go_instead(item: Item, shut: Shut | None = None) -> str:
    """Where the person can go, as a next step; what has not begun is begun nowhere."""
    if item.instead:
        return gettext("请改到：%(place)s", place=_ended(item.instead))
    if shut is Shut.NOT_YET:
        return gettext("可以先看指南、备材料，到那天再来。")
    where = item.counter_place or item.place
    phone = gettext("，电话 %(phone)s", phone=item.phone) if item.phone else ""
    if where:
        return gettext("请指引到：%(place)s%(phone)s。", place=where, phone=phone)
    return gettext("可以打印办事指南，请办事人到大厅窗口办理%(phone)s。", phone=phone)


def _by_date(opening: Opening) -> str:
    assert opening.since is not None, "asked only where a date decides"
    day = day_words(opening.since)
    if opening.shut is Shut.NOT_YET:
        return gettext("这件事从 %(day)s 起办理，现在还不能收件。", day=day)
    if opening.shut is Shut.HANDED_BACK:
        last = day_words(opening.since - timedelta(days=1))
        return gettext("下放给本站的权限到 %(day)s 为止，现在只能咨询。", day=last)
    return gettext("这件事从 %(day)s 起停办。", day=day)


def day_words(day: date) -> str:
    """2026年12月1日."""
    return gettext("%(year)d年%(month)d月%(day)d日", year=day.year, month=day.month, day=day.day)


def _unsure() -> str:
    return gettext("本机时间没有核对，按稳妥的一天算；联网或收一次 U 盘后自动核对。")


def _ended(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"
