"""How an item is said in a line: what this station may do with it, for whom, how long, how many visits."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from flask_babel import gettext

from catalog_cache.finding.highlight import Marks
from catalog_cache.finding.search import Hit
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Item, ObjectKind, Power, Status
from catalog_cache.opening import Days, Shut, opening_of
from station.cases.clocks import local_day
from station.intake.showing import promise_text

Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Able:
    """What this station may do with an item: the tag beside its name and the word on the button.

    button is "" where nothing can be taken in; then the guide says where to go. It says 收件 for every
    power while acceptance by a station itself is not built: the tag names the power, the button the act.
    """

    tag: str
    tone: str
    button: str


@dataclass(frozen=True)
class Found:
    """One line of a list of items or packages.

    why: the reason of a search in Chinese. pieces: the name in parts, those that were found marked;
    alias: likewise the spoken name that was found instead, () where none was.
    """

    code: str
    name: str
    able: Able
    facts: str
    is_package: bool
    why: str = ""
    pieces: Pieces = ()
    alias: Pieces = ()


def able(item: Item, days: Days) -> Able:
    """From the dates, the status, the power flag, and whether another counter must do it."""
    opening = opening_of(item, days)
    if opening.shut is not None:
        return _not_able(opening.shut, opening.since)
    return {
        Power.RECEIVE: Able(gettext("本站可收件"), "g", gettext("收件")),
        Power.RECEIVE_ON_BEHALF: Able(gettext("本站可代受理"), "g", gettext("收件")),
        Power.ACCEPT: Able(gettext("本站可受理"), "g", gettext("收件")),
        Power.DECIDE: Able(gettext("当场办结"), "b", gettext("收件")),
    }[item.power]


def _not_able(shut: Shut, since: date | None) -> Able:
    """Why not, as the tag beside the name."""
    if shut is Shut.NOT_YET and since:
        return Able(gettext("%(day)s 起办理", day=since.isoformat()), "a", "")
    words = {
        Shut.WITHDRAWN: gettext("已停用"),
        Shut.ENDED: gettext("已停办"),
        Shut.SUSPENDED: gettext("暂停办理"),
        Shut.INCOMPLETE: gettext("指南未完善，只能咨询"),
        Shut.ELSEWHERE: gettext("须到专窗"),
        Shut.HANDED_BACK: gettext("下放已到期，只能咨询"),
        Shut.CONSULT: gettext("只能咨询"),
    }
    return Able(words[shut], "a" if shut in (Shut.WITHDRAWN, Shut.ENDED, Shut.ELSEWHERE) else "q", "")


def facts(item: Item, days: Days) -> str:
    """行政给付 · 个人 · 承诺 10 个工作日 · 到场 1 次 · 试行 · 办到 2026-12-31 为止."""
    opening = opening_of(item, days)
    promised = promise_text(item.promised) if item.promised else ""
    visits = gettext("到场 %(count)d 次", count=item.visits) if item.visits else gettext("不用到场")
    parts = [gettext(item.type_label), object_words(item), promised, visits if opening.is_open else ""]
    parts += [gettext("试行")] if item.status is Status.TRIAL else []
    parts += [gettext("办到 %(day)s 为止", day=opening.last_day)] if opening.last_day else []
    return " · ".join(part for part in parts if part)


def object_words(item: Item) -> str:
    """个人, 单位, or both."""
    kinds = set(item.object_kinds)
    words = [gettext("个人")] if ObjectKind.PERSON in kinds else []
    words += [gettext("单位")] if kinds - {ObjectKind.PERSON} else []
    return gettext("、").join(words)


def today_in(catalog: Catalog) -> Days:
    """The days that a catalog stands on; the day of its publication where nobody said one."""
    return catalog.days or Days.of(local_day(catalog.published_at))


def found(catalog: Catalog, code: str, name: str, kind: str) -> Found:
    """One line for an entry."""
    if kind == "package":
        package = catalog.package(code)
        about = gettext("一件事 · 含 %(count)d 个事项", count=len(package.members))
        able_to = Able(gettext("一件事"), "b", "")
        return Found(code, name, able_to, about, is_package=True, pieces=((name, False),))
    item, days = catalog.item(code), today_in(catalog)
    return Found(code, name, able(item, days), facts(item, days), is_package=False, pieces=((name, False),))


def found_by(catalog: Catalog, hit: Hit) -> Found:
    """One line for a hit, with why it is there."""
    line = found(catalog, hit.code, hit.name, hit.kind)
    alias = parted(hit.alias, hit.alias_marks) if hit.alias else ()
    return replace(line, why=hit.why, pieces=parted(hit.name, hit.marks), alias=alias)


def parted(text: str, marks: Marks) -> Pieces:
    """A text in pieces, each with whether it is inside one of the stretches (start, end)."""
    edges = sorted({0, len(text), *(edge for mark in marks for edge in mark)})
    starts = {start for start, _ in marks}
    return tuple((text[start:end], start in starts) for start, end in pairwise(edges))
