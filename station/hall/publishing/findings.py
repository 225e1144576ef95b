"""What lint says of the present draft, without reading it: counted, by page, or for a few entries.

What concerns an entry by itself stands in its facts; what it says beside others is worked out from their
narrow lines every time. Both together are exactly what `catalog_cache.lint` says of the whole draft.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from catalog_cache.divisions import Divisions, load_divisions
from catalog_cache.forms import clashes_among
from catalog_cache.layering.layer_rules import Conflict
from catalog_cache.lint import (
    Context,
    Finding,
    Severity,
    doubled_names,
    field_clash,
    members_findings,
    not_held,
    publisher_findings,
)
from catalog_cache.model import Item, Package
from catalog_cache.packages import Member
from station.hall.publishing import base, entry_rows, facts
from station.hall.publishing.models import BaseEntry, DraftEntry


class Findings:
    """What lint says of the draft as it stands. Raises DraftMoving."""

    def __init__(self, division: str) -> None:
        self._division, self._divisions = division, _divisions()
        self._lines = {line.code: line for line in facts.lines()}
        self._others: dict[str, list[Finding]] = defaultdict(list)
        for finding in self._beside():
            self._others[finding.code].append(finding)
        self._counts = self._counted()

    @property
    def errors(self) -> int:
        """How many keep the draft from being published."""
        return sum(errors for errors, _ in self._counts.values())

    @property
    def warnings(self) -> int:
        """How many somebody should look at."""
        return sum(warnings for _, warnings in self._counts.values())

    def counted(self, code: str) -> tuple[int, int]:
        """Errors and warnings of one entry."""
        return self._counts.get(code, (0, 0))

    def of(self, codes: Iterable[str]) -> list[Finding]:
        """Everything said of these entries, errors first, then by code."""
        wanted = [code for code in codes if code in self._counts]
        clashing = [code for code in wanted if (line := self._lines.get(code)) and line.clashes]
        found = self._clashes(clashing) + [one for all_of in facts.own(wanted).values() for one in all_of]
        found += [one for code in wanted for one in self._others.get(code, ())]
        return _sorted(found)

    def every(self) -> list[Finding]:
        """Everything said of the draft, errors first, then by code."""
        codes = list(self._counts)
        some = (self.of(codes[at : at + facts.BATCH]) for at in range(0, len(codes), facts.BATCH))
        return _sorted(finding for found in some for finding in found)

    def part(self, start: int, stop: int, severities: Sequence[Severity] = tuple(Severity)) -> list[Finding]:
        """Those from `start` to before `stop` of everything of these severities, in the order of `every`."""
        found: list[Finding] = []
        at = 0
        for severity in severities:
            counts = {code: pair[severity is Severity.WARNING] for code, pair in self._counts.items()}
            found += self._part_of(severity, counts, start - at, stop - at)
            at += sum(counts.values())
        return found

    def _part_of(self, severity: Severity, counts: Mapping[str, int], start: int, stop: int) -> list[Finding]:
        first, at, wanted = 0, 0, list[str]()
        for code, count in counts.items():
            if count and at < stop and at + count > start:
                first = first if wanted else at
                wanted.append(code)
            at += count
        found = [one for one in self.of(wanted) if one.severity is severity]
        return found[max(start - first, 0) : max(stop - first, 0)]

    def _counted(self) -> dict[str, tuple[int, int]]:
        """Errors and warnings of each entry, by code."""
        found = {code: (line.errors + line.clashes, line.warnings) for code, line in self._lines.items()}
        for code, others in self._others.items():
            errors, warnings = found.get(code, (0, 0))
            more = sum(one.severity is Severity.ERROR for one in others)
            found[code] = (errors + more, warnings + len(others) - more)
        return dict(sorted(found.items()))

    def _clashes(self, codes: Collection[str]) -> list[Finding]:
        """What the city does not allow at these entries."""
        return [_of_conflict(one) for one in base.clashes(self._division, self._divisions, codes)]

    def _beside(self) -> Iterator[Finding]:
        """What is to be said of the whole, and of entries beside each other."""
        names = {line.code: line.name for line in self._lines.values() if line.is_item}
        packages = [line.code for line in self._lines.values() if not line.is_item]
        yield from publisher_findings(
            Context(publisher=f"county-{self._division}", divisions=self._divisions)
        )
        yield from map(_of_conflict, base.doubled_packages(self._division, self._divisions))
        yield from doubled_names((line.code, line.name) for line in self._lines.values())
        yield from map(field_clash, clashes_among(facts.uses(names)))
        known = names.keys() | _inherited()
        for code, name, mentioned in facts.mentions():
            if name != "members" and code in names and mentioned not in known:
                yield not_held(code, name, mentioned)
        yield from _of_packages(packages, known)


@cache
def _divisions() -> Divisions:
    """The table that this program brings along."""
    return load_divisions()


def _of_packages(codes: Sequence[str], known: Collection[str]) -> Iterator[Finding]:
    rows = DraftEntry.select(DraftEntry.record).where(DraftEntry.code.in_(codes)) if codes else ()
    packages = [entry for row in rows if isinstance(entry := entry_rows.read(row.record), Package)]
    members = _members({code for package in packages for code in package.members}, known)
    for package in packages:
        yield from members_findings(package, members)


def _members(codes: Iterable[str], known: Collection[str]) -> dict[str, Member]:
    """The items among these codes, of the draft or of the city."""
    wanted = [code for code in codes if code in known]
    held: dict[str, Member] = dict(facts.faces(wanted))
    rows = BaseEntry.select(BaseEntry.record).where(BaseEntry.code.in_(set(wanted) - held.keys()))
    above = (Item.from_dict(json.loads(row.record)) for row in rows) if len(held) < len(wanted) else ()
    return held | {item.code: item for item in above}


def _inherited() -> set[str]:
    """The codes of the city's items that the draft leaves as they are."""
    rows = base.not_taken_up().where(BaseEntry.kind == "item").select(BaseEntry.code)
    return {code for (code,) in rows.tuples()}


def _of_conflict(one: Conflict) -> Finding:
    return Finding(one.code, one.field.partition(".")[0], Severity.ERROR, one.message)


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: (finding.severity, finding.code))
