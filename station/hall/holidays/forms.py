"""The State Council's notice as a form: a line for each holiday, and back."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext

from catalog_cache.calendar.holidays import WEEKDAYS, HolidayYear, doubts, faults, gaps
from catalog_cache.errors import BadRecord, Problem
from station.hall.holidays.service import FESTIVALS
from station.hall.publishing.forms import field_id
from station.web import FieldErrors

LINES_MAX = 10
TEXT_LENGTH_MAX = 400
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SPOKEN = re.compile(
    r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日?(?:[（(](?:周|星期)([一二三四五六日天])[）)])?(?:上班)?"
)
_PARTED = re.compile(r"[\s、，,；;。]+")


def values_of(notice: HolidayYear) -> dict[str, str]:
    """What the form shows, by field id; an empty notice begins with the seven festivals."""
    values = {"source": notice.source}
    for index, holiday in enumerate(notice.holidays):
        values |= {
            f"holidays-{index}-name": holiday.name,
            f"holidays-{index}-first": holiday.first.isoformat(),
            f"holidays-{index}-last": holiday.last.isoformat(),
            f"holidays-{index}-work": "、".join(day.isoformat() for day in holiday.work),
        }
    if not notice.holidays:
        values |= {f"holidays-{index}-name": name for index, name in enumerate(FESTIVALS)}
    return values


def read_form(year: int, form: Mapping[str, str], errors: FieldErrors) -> HolidayYear | None:
    """The notice as typed; None, and at each field what does not fit, when it is not sound and whole."""
    lines = [index for index in range(LINES_MAX) if _is_filled(form, index)]
    holidays = [_holiday(form, index, year, errors) for index in lines]
    if errors:
        return None
    source = form.get("source", "").strip()[:TEXT_LENGTH_MAX]
    try:
        notice = HolidayYear.from_dict(
            {"year": year, "provisional": False, "source": source, "holidays": holidays}
        )
    except BadRecord as refusal:
        problems = list(refusal.problems)
    else:
        problems = [*faults(notice), *gaps(notice)]
        if not problems:
            return _confirmed(notice, form, errors)
    for problem in problems:
        errors.add(_placed(problem, lines, form), f"{problem.label}{problem.message}")
    return None


def _confirmed(notice: HolidayYear, form: Mapping[str, str], errors: FieldErrors) -> HolidayYear | None:
    """What is unusual needs a person's word that it was compared with the notice."""
    if form.get("compared") == "1":
        return notice
    for doubt in doubts(notice):
        errors.add("compared", doubt + gettext("请逐项核对通知原文，确认无误再勾选。"))
    return None if errors else notice


def _is_filled(form: Mapping[str, str], index: int) -> bool:
    return any(form.get(f"holidays-{index}-{part}", "").strip() for part in ("first", "last", "work"))


def _holiday(form: Mapping[str, str], index: int, year: int, errors: FieldErrors) -> dict[str, Any]:
    typed = {
        part: form.get(f"holidays-{index}-{part}", "").strip()[:TEXT_LENGTH_MAX]
        for part in ("name", "first", "last", "work")
    }
    if not typed["first"]:
        errors.add(f"holidays-{index}-first", gettext("请填写放假第一天"))
    first = _day(typed["first"], year, f"holidays-{index}-first", errors)
    last = _day(typed["last"], year, f"holidays-{index}-last", errors) if typed["last"] else first
    work = [
        _day(text, year, f"holidays-{index}-work", errors)
        for text in _PARTED.split(typed["work"])
        if text and text != "上班"
    ]
    return {"name": typed["name"], "first": first, "last": last, "work": work}


def _day(text: str, year: int, field: str, errors: FieldErrors) -> str:
    """A typed day in its one spelling; "" with the reason in `errors` when there is no such day."""
    iso, spoken = _ISO.fullmatch(text), _SPOKEN.fullmatch(text)
    parts = iso.groups() if iso else spoken.groups()[:3] if spoken else None
    if parts is None:
        errors.add(field, gettext("“%(text)s”不是日期，应写成 2027-02-14 或 2月14日", text=text[:20]))
        return ""
    try:
        day = date(int(parts[0] or year), int(parts[1]), int(parts[2]))
    except ValueError:
        errors.add(field, gettext("没有“%(text)s”这一天", text=text[:20]))
        return ""
    named = spoken[4].replace("天", "日") if spoken and spoken[4] else ""
    if named and named != WEEKDAYS[day.weekday()]:
        told = WEEKDAYS[day.weekday()]
        errors.add(field, gettext("%(text)s其实是星期%(day)s，请核对年份和日期", text=text[:20], day=told))
    return day.isoformat()


def _placed(problem: Problem, lines: list[int], form: Mapping[str, str]) -> str:
    """The field a problem belongs to: its place in the list becomes the line it was typed in.

    A holiday that is missing belongs to the line which has its name and nothing more.
    """
    if problem.field == "holidays":
        names = {index: form.get(f"holidays-{index}-name", "").strip() for index in range(LINES_MAX)}
        return next(
            (f"holidays-{index}-first" for index, name in names.items() if name and name in problem.message),
            "holidays-0-name",
        )
    found = re.match(r"holidays\[(\d+)\](.*)", problem.field)
    if found is None:
        return field_id(problem.field)
    part = found[2] if found[2] in (".name", ".first", ".last", ".work") else ".work"
    return field_id(f"holidays[{lines[int(found[1])]}]{part}")
