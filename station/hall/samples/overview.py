"""All samples and blank forms of the draft in figures: what they cost on a thin link, and what is lacking."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from station.hall.publishing import draft
from station.hall.publishing.models import DraftEntry
from station.hall.samples.service import KINDS

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
_kept: dict[str, "Overview"] = {}


class Line(NamedTuple):
    """One material. blank_form, sample: (name, SHA-256, bytes) or None; is_form: one has to fill it in."""

    code: str
    item_name: str
    material_id: str
    material_name: str
    is_form: bool
    blank_form: tuple[str, str, int] | None
    sample: tuple[str, str, int] | None

    @property
    def files(self) -> tuple[tuple[str, str, int], ...]:
        """Those it has."""
        return tuple(file for file in (self.blank_form, self.sample) if file)


@dataclass(frozen=True)
class Overview:
    """lines: materials that have a file or should have a sample. Sizes in bytes, each file once."""

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
        return [line for line in self.lines if line.is_form and not line.sample]

    def holding(self) -> list[Line]:
        """Materials that have a file."""
        return [line for line in self.lines if line.files]

    def absent(self, held: Mapping[str, int]) -> list[Line]:
        """Materials that name a file which is not on the shelf. held: sizes by SHA-256."""
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


def _lines() -> Iterator[Line]:
    rows = DraftEntry.select(DraftEntry.code, DraftEntry.name, DraftEntry.record)
    rows = rows.where(~DraftEntry.is_removed & (DraftEntry.kind == "item") & (DraftEntry.above == ""))
    for row in rows.order_by(DraftEntry.code).iterator():
        for material in json.loads(row.record).get("materials", ()):
            files = [_file(material.get(kind)) for kind in KINDS]
            line = Line(
                row.code, row.name, material["id"], material["name"], is_form(material["name"]), *files
            )
            if line.is_form or line.files:
                yield line


def _file(fields: dict[str, Any] | None) -> tuple[str, str, int] | None:
    return (fields["name"], fields["sha256"], fields["size"]) if fields else None
