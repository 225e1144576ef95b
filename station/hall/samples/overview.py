"""All samples and blank forms of the draft in figures: what they cost on a thin link, and what is lacking."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from station.hall.publishing import draft
from station.hall.publishing.models import DraftEntry
from station.hall.samples.places import MATERIAL_KINDS

LINK_BITS_PER_SECOND = 128_000
ITEM_BYTES_SOFT = 2 * 1024 * 1024
CATALOG_BYTES_SOFT = 200 * 1024 * 1024
LARGEST_SHOWN = 8
_ENDS = ("表", "书", "单", "声明", "承诺")
_TELLS = (
    "申请",
    "申报",
    "登记",
    "备案",
    "审批",
    "承诺",
    "声明",
    "委托",
    "授权",
    "报名",
    "采集",
    "协议",
    "同意",
)
_PAPERS = ("证照", "证件", "证书", "证明", "许可", "登记证", "卡证", "批准书", "决定")
_kept: dict[str, "Overview"] = {}
File = tuple[str, str, int]


class Line(NamedTuple):
    """One material, or one result. Files are (name, SHA-256, bytes), or None; pictures: of first pages.

    wants_sample: somebody has to fill the material in, or the result is a paper that people know by sight.
    """

    code: str
    item_name: str
    anchor: str
    name: str
    is_result: bool
    wants_sample: bool
    blank_form: File | None
    sample: File | None
    pictures: tuple[File, ...]

    @property
    def files(self) -> tuple[File, ...]:
        """Those it has, with what stations fetch besides to show them."""
        return tuple(file for file in (self.blank_form, self.sample, *self.pictures) if file)


@dataclass(frozen=True)
class Overview:
    """lines: what has a file or should have a sample. Sizes in bytes, each file once."""

    lines: tuple[Line, ...]
    files: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """What a station has to fetch to have everything."""
        return sum(self.files.values())

    @property
    def is_large(self) -> bool:
        """Whether the catalog asks much of a thin link."""
        return self.bytes > CATALOG_BYTES_SOFT

    def lacking(self) -> list[Line]:
        """Forms that somebody has to fill in without seeing how."""
        return [line for line in self.lines if line.wants_sample and not (line.sample or line.is_result)]

    def lacking_results(self) -> list[Line]:
        """Papers that somebody waits for without having seen one."""
        return [line for line in self.lines if line.wants_sample and line.is_result and not line.sample]

    def holding(self) -> list[Line]:
        """Materials and results that have a file."""
        return [line for line in self.lines if line.files]

    def absent(self, held: Mapping[str, int]) -> list[Line]:
        """Those that name a file which is not on the shelf. held: sizes by SHA-256."""
        return [
            line for line in self.lines if any(held.get(digest) != size for _, digest, size in line.files)
        ]

    def largest(self) -> list[tuple[str, str, int]]:
        """(code, name, bytes) of the items that weigh most."""
        names = {line.code: line.item_name for line in self.lines}
        weights = Counter[str]()
        for line in self.lines:
            weights[line.code] += sum(size for _, _, size in line.files)
        return [(code, names[code], size) for code, size in weights.most_common(LARGEST_SHOWN) if size]


def overview() -> Overview:
    """Of the draft as it stands; worked out once for the same words."""
    key = draft.fingerprint()
    if key not in _kept:
        lines = tuple(_lines())
        files = {digest: size for line in lines for _, digest, size in line.files}
        _kept.clear()
        _kept[key] = Overview(lines, files)
    return _kept[key]


def seconds_on_a_thin_link(size: int) -> int:
    """How long so many bytes take at 128 kbit/s, with nothing else on the line."""
    return -(-size * 8 // LINK_BITS_PER_SECOND)


def is_form(name: str) -> bool:
    """Whether a material, by its name, is something the applicant fills in."""
    return name.endswith(_ENDS) and any(word in name for word in _TELLS)


def is_paper(kind: str) -> bool:
    """Whether a result of this kind is a paper or card with a look of its own, and not money or a deed."""
    return any(word in kind for word in _PAPERS)


def _lines() -> Iterator[Line]:
    rows = DraftEntry.select(DraftEntry.code, DraftEntry.name, DraftEntry.record)
    rows = rows.where(~DraftEntry.is_removed & (DraftEntry.kind == "item") & (DraftEntry.above == ""))
    for row in rows.order_by(DraftEntry.code).iterator():
        fields = json.loads(row.record)
        for line in (*_materials(row, fields), *_results(row, fields)):
            if line.wants_sample or line.files:
                yield line


def _materials(row: DraftEntry, fields: dict[str, Any]) -> Iterator[Line]:
    for one in fields.get("materials", ()):
        given = [one.get(kind) for kind in MATERIAL_KINDS]
        name, blank_form, sample = one["name"], *map(_file, given)
        where = (row.code, row.name, f"m-{one['id']}")
        yield Line(*where, name, False, is_form(name), blank_form, sample, _pictures(given))


def _results(row: DraftEntry, fields: dict[str, Any]) -> Iterator[Line]:
    named: dict[str, dict[str, Any]] = {}
    for one in fields.get("results", ()):
        named.setdefault(one["name"], one)
    for place, (name, one) in enumerate(named.items(), start=1):
        sample, where = one.get("sample"), (row.code, row.name, f"r-{place}")
        yield Line(*where, name, True, is_paper(one["kind"]), None, _file(sample), _pictures([sample]))


def _pictures(given: Iterable[dict[str, Any] | None]) -> tuple[File, ...]:
    found = (_file(fields.get("first_page")) for fields in given if fields)
    return tuple(file for file in found if file)


def _file(fields: dict[str, Any] | None) -> File | None:
    return (fields["name"], fields["sha256"], fields["size"]) if fields else None
