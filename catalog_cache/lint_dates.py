"""Dates and states of an item that make no sense together (#36)."""

from collections.abc import Iterator
from datetime import date

from catalog_cache.model import Item, Status
from catalog_cache.records import label_of

Fault = tuple[bool, str, str]
_YEARS = range(2000, 2100)


def date_faults(item: Item) -> Iterator[Fault]:
    """(whether it is an error, field, what is wrong) for each."""
    yield from _order(item)
    yield from _closing(item)
    for name in ("effective_on", "ends_on"):
        day: date | None = getattr(item, name)
        if day and day.year not in _YEARS:
            yield True, name, f"{label_of(Item, name)}写的是 {day.year} 年，请核对。"
    if item.status is Status.TRIAL and not item.ends_on:
        yield False, "ends_on", "试行的事项没有写明试行到哪一天。"


def _order(item: Item) -> Iterator[Fault]:
    begins, ends = item.effective_on, item.ends_on
    until = item.delegation.until if item.delegation else None
    if begins and ends and ends <= begins:
        yield True, "ends_on", "计划取消日期不晚于计划生效日期。"
    if begins and until and until < begins:
        yield True, "delegation.until", "下放截止日期早于计划生效日期，站点一天也不能收件。"
    for index, duty in enumerate(item.duties):
        if begins and duty.due_on and duty.due_on > begins:
            yield False, f"duties[{index}].due_on", f"“{duty.office}”的完成日期晚于计划生效日期。"


def _closing(item: Item) -> Iterator[Fault]:
    is_closed = item.status in (Status.WITHDRAWN, Status.SUSPENDED)
    if item.status is Status.WITHDRAWN and not item.closed_why:
        yield True, "closed_why", "停用的事项要写明停用原因。"
    if item.status is Status.WITHDRAWN and not (item.instead or item.replaced_by):
        yield True, "instead", "停用的事项要写明群众改到哪里办，或由哪个事项替代。"
    if item.closed_why and not is_closed and not item.ends_on:
        yield False, "closed_why", "写了停用原因，却没有停用，也没有计划取消日期。"
    if item.replaced_by == item.code:
        yield True, "replaced_by", "替代事项是它自己。"
