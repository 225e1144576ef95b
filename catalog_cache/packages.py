"""Packages (联办, 一件事): in which order their members run, and when the last of them may be done.

A package without stages runs its members side by side or one after the other, as `order` says; with
stages, the members of a stage run side by side and the stages follow each other.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from catalog_cache.model import Limit, Order, Package, Unit


class Member(Protocol):
    """What a package asks of an item that it joins."""

    @property
    def name(self) -> str: ...

    @property
    def is_open(self) -> bool: ...

    @property
    def promised(self) -> Limit | None: ...


def waves(package: Package, left_out: frozenset[str] = frozenset()) -> list[tuple[str, ...]]:
    """Member codes in the order of work; those of one tuple run side by side.

    left_out: voluntary members that the applicant does not want; a wave that falls empty disappears.
    """
    if package.stages:
        planned = [stage.members for stage in package.stages]
    elif package.order is Order.ORDERED:
        planned = [(code,) for code in package.members]
    else:
        planned = [package.members]
    kept = [tuple(code for code in members if code not in left_out) for members in planned]
    return [members for members in kept if members]


def longest_way(package: Package, items: Mapping[str, Member]) -> Limit | None:
    """The sum over the waves of the longest promised limit in each; None when one is unknown or units differ.

    A lead department compares it with the package's own overall limit (总时限), which may be shorter.
    """
    limits = [[_promise(items, code) for code in members] for members in waves(package)]
    known = [limit for wave in limits for limit in wave if limit is not None]
    units = {limit.unit for limit in known if limit.value}
    if len(known) < sum(map(len, limits)) or len(units) > 1 or not known:
        return None
    total = sum(max(limit.value for limit in wave if limit) for wave in limits)
    return Limit(value=total, unit=next(iter(units), Unit.WORKDAY))


def stage_faults(package: Package) -> list[str]:
    """What is wrong between members, stages and voluntary members, in Chinese sentences."""
    faults = [
        f"可不选成员 {code} 不是成员事项。" for code in package.voluntary if code not in package.members
    ]
    if package.voluntary and not set(package.members) - set(package.voluntary):
        faults.append("所有成员都可不选，联办事项就没有内容。")
    if not package.stages:
        return faults
    staged = Counter(code for stage in package.stages for code in stage.members)
    faults += [f"阶段“{stage.name}”没有成员。" for stage in package.stages if not stage.members]
    faults += [f"成员事项 {code} 没有排入任何阶段。" for code in package.members if code not in staged]
    faults += [f"阶段里的 {code} 不是成员事项。" for code in staged if code not in package.members]
    faults += [f"成员事项 {code} 排了 {count} 次。" for code, count in staged.items() if count > 1]
    return faults


def _promise(items: Mapping[str, Member], code: str) -> Limit | None:
    return items[code].promised if code in items else None
