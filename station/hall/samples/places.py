"""Where a file may be in an item: two at each material, blank and filled in, and one at each result."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from catalog_cache.model import Attachment, Item, Material, Result

MATERIAL_KINDS = {"blank_form": "空白表", "sample": "样表"}
RESULT = "result"
KINDS = {**MATERIAL_KINDS, RESULT: "结果样本"}


@dataclass(frozen=True)
class Slot:
    """Where a file belongs. part: the id of a material, or for RESULT the name of a result.

    A result has no id; results of one name, should there be two, share their sample. kind: one of KINDS.
    """

    code: str
    part: str
    kind: str


@dataclass(frozen=True)
class Part:
    """A material or a result of an item. files: by kind, None where it may have one and has none.

    mark: what stands for it in the ids of a page.
    """

    id: str
    mark: str
    name: str
    files: Mapping[str, Attachment | None]

    @property
    def is_result(self) -> bool:
        """Whether the applicant gets it, and does not bring it."""
        return RESULT in self.files

    @property
    def anchor(self) -> str:
        """Where it stands on the page of its item."""
        return f"{'r' if self.is_result else 'm'}-{self.mark}"

    def field(self, kind: str) -> str:
        """The id of the control that takes a file of this kind."""
        return f"file-{self.mark}-{kind}"


def parts_of(item: Item) -> list[Part]:
    """The materials of an item, then its results."""
    materials = (
        Part(one.id, one.id, one.name, {kind: getattr(one, kind) for kind in MATERIAL_KINDS})
        for one in item.materials
    )
    samples: dict[str, Attachment | None] = {}
    for one in item.results:
        samples.setdefault(one.name, one.sample)
    results = (
        Part(name, str(place), name, {RESULT: sample})
        for place, (name, sample) in enumerate(samples.items(), start=1)
    )
    return [*materials, *results]


def part_at(item: Item, slot: Slot) -> Part | None:
    """The part that a slot names; None when the item has it no more."""
    parts = (one for one in parts_of(item) if one.id == slot.part and slot.kind in one.files)
    return next(parts, None)


def placed(item: Item) -> Iterator[tuple[Part, str, Attachment]]:
    """(part, kind, file) of each file of an item."""
    for part in parts_of(item):
        for kind, file in part.files.items():
            if file is not None:
                yield part, kind, file


def with_file(item: Item, slot: Slot, file: Attachment | None) -> Item:
    """The item with another file, or none, in this place."""
    if slot.kind == RESULT:
        results = (replace(one, sample=file) if one.name == slot.part else one for one in item.results)
        return replace(item, results=tuple(results))
    materials = (
        _material_with(one, slot.kind, file) if one.id == slot.part else one for one in item.materials
    )
    return replace(item, materials=tuple(materials))


def with_files_of(came: Item, held: Item) -> Item:
    """The first item, with the files of the second wherever it names none for the same part."""
    materials = {one.id: one for one in held.materials}
    results = {one.name: one for one in held.results}
    return replace(
        came,
        materials=tuple(_completed(one, materials.get(one.id)) for one in came.materials),
        results=tuple(_with_sample_of(one, results.get(one.name)) for one in came.results),
    )


def _material_with(material: Material, kind: str, file: Attachment | None) -> Material:
    return replace(material, sample=file) if kind == "sample" else replace(material, blank_form=file)


def _completed(material: Material, held: Material | None) -> Material:
    if held is None:
        return material
    return replace(
        material,
        blank_form=material.blank_form or held.blank_form,
        sample=material.sample or held.sample,
    )


def _with_sample_of(result: Result, held: Result | None) -> Result:
    return replace(result, sample=result.sample or held.sample) if held else result
