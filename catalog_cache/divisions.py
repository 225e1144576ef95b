"""The table of administrative divisions: names, parents and children of 12-digit codes."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catalog_cache.codes import division_level
from catalog_cache.errors import BadTable, UnknownDivision

REFERENCE = Path(__file__).with_name("reference") / "divisions.csv"
_ROWS_MAX = 700_000
_COLUMNS = ["code", "name", "parent"]


@dataclass(frozen=True, slots=True)
class Division:
    """One division. level: province, city, county, township or village."""

    code: str
    name: str
    parent: str
    level: str


class Divisions:
    """A table of divisions, kept in the order it was given."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self._by_code = {division.code: division for division in divisions}
        self._children: dict[str, list[Division]] = {}
        for division in self._by_code.values():
            self._children.setdefault(division.parent, []).append(division)

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Division:
        """Raises UnknownDivision for a code that the table lacks."""
        if code not in self._by_code:
            raise UnknownDivision(code)
        return self._by_code[code]

    def path(self, code: str) -> list[Division]:
        """The division and those above it that the table holds, highest first."""
        found = [self.get(code)]
        while found[-1].parent in self._by_code:
            found.append(self._by_code[found[-1].parent])
        return found[::-1]

    def full_name(self, code: str) -> str:
        """The names from the highest division down, without a space: 韶关市曲江区马坝镇."""
        return "".join(division.name for division in self.path(code))

    def children(self, code: str) -> list[Division]:
        """The divisions directly below a code, in code order; empty for a village."""
        return sorted(self._children.get(code, []), key=lambda division: division.code)

    def tops(self) -> list[Division]:
        """The divisions whose parent is not in the table."""
        return [division for division in self._by_code.values() if division.parent not in self._by_code]

    def is_within(self, code: str, area: str) -> bool:
        """Whether a division is the area itself or lies somewhere below it."""
        return any(division.code == area for division in self.path(code))


def load_divisions(path: Path = REFERENCE) -> Divisions:
    """Read a table with the columns code, name and parent (UTF-8). Raises BadTable when it is not sound."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return Divisions(_read(csv.reader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadTable(f"区划表读不出来：{error}。") from error


def _read(rows: Iterable[list[str]]) -> list[Division]:
    divisions: dict[str, Division] = {}
    for number, row in enumerate(rows, start=1):
        if number == 1:
            if row != _COLUMNS:
                raise BadTable("区划表第 1 行应为 code,name,parent。")
            continue
        division = _division(number, row)
        if division.code in divisions or number > _ROWS_MAX:
            raise BadTable(f"区划表第 {number} 行：编码 {division.code} 重复，或行数过多。")
        divisions[division.code] = division
    _refuse_loops(divisions)
    return list(divisions.values())


def _division(number: int, row: list[str]) -> Division:
    if len(row) != len(_COLUMNS):
        raise BadTable(f"区划表第 {number} 行应有 3 列，现有 {len(row)} 列。")
    code, name, parent = (cell.strip() for cell in row)
    level = division_level(code)
    if level is None or division_level(parent) is None or not name:
        raise BadTable(f"区划表第 {number} 行：编码应为 12 位区划编码，名称不能为空。")
    return Division(code, name, parent, level)


def _refuse_loops(divisions: dict[str, Division]) -> None:
    """A parent is always shorter when the padding is taken off, so a chain of parents must end."""
    for division in divisions.values():
        if not division.code.startswith(division.parent.rstrip("0")) or division.code == division.parent:
            raise BadTable(f"区划 {division.code} 的上级 {division.parent} 与编码不符。")
