"""Layers for tests: a city with a few items, and random layers below it."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st

from catalog_cache.layer import Change, Layer, Source
from catalog_cache.model import Agency, Item, Level, Limit, Material, Need, Power, Status, Unit
from catalog_cache.pack import PackMeta, write_pack
from tests.catalog_cache.press import START

CITY = Source(level=Level.CITY, publisher="city-440200000000", name="韶关市政务服务局", version=3)
COUNTY = Source(level=Level.COUNTY, publisher="county-440205000000", name="曲江区政务服务中心", version=7)
TOWN = Source(level=Level.TOWNSHIP, publisher="township-440205100000", name="马坝镇", version=7)
CODES = tuple(f"L2000000{number:04}" for number in range(4))
COUNTY_TEXTS = ("place", "hours", "phone", "complaint_phone")


def material(number: int, need: Need = Need.REQUIRED) -> Material:
    return Material(id=f"m{number}", name=f"材料{number}", need=need, originals=1)


def item(code: str = CODES[0], **given: Any) -> Item:
    """An item in force as a city would publish it."""
    plain = Item(
        code=code,
        name=f"高龄津贴 {code[-1]}",
        item_type="05",
        theme="社会保障",
        level=Level.COUNTY,
        power=Power.RECEIVE,
        status=Status.ACTIVE,
        agency=Agency(name="民政局"),
        department="民政局",
        promised=Limit(value=10, unit=Unit.WORKDAY),
        place="市政务服务中心",
        materials=tuple(material(number) for number in range(3)),
        base_materials=("m0", "m1", "m2"),
    )
    return replace(plain, **given)


def layer(source: Source, *changes: Change) -> Layer:
    return Layer(source, changes={change.code: change for change in changes})


def city(*items: Item) -> Layer:
    return Layer(CITY, {one.code: one for one in items or tuple(item(code) for code in CODES)})


TEXTS = st.text("甲乙丙丁一二三", min_size=1, max_size=6)


@st.composite
def county_changes(draw: st.DrawFn, code: str, names: tuple[str, ...] = COUNTY_TEXTS) -> Change:
    """A change that a county may make."""
    values: dict[str, Any] = {name: draw(TEXTS) for name in draw(st.sets(st.sampled_from(names)))}
    if draw(st.booleans()):
        values["promised"] = Limit(value=draw(st.integers(0, 10)), unit=draw(st.sampled_from(Unit)))
    ids = draw(st.lists(st.sampled_from(["m0", "m1", "m2"]), unique=True, max_size=2))
    cut = draw(st.integers(0, len(ids)))
    return Change(code, values, tuple(ids[:cut]), tuple(ids[cut:]))


@st.composite
def town_changes(draw: st.DrawFn, code: str) -> Change:
    """A change that a township may make."""
    names = draw(st.sets(st.sampled_from(("place", "hours"))))
    return Change(code, {name: draw(TEXTS) for name in names}, is_on=draw(st.booleans()))


@st.composite
def layers_of(draw: st.DrawFn, source: Source, changes: Any) -> Layer:
    codes = draw(st.sets(st.sampled_from(CODES)))
    return layer(source, *(draw(changes(code)) for code in sorted(codes)))


@st.composite
def three_layers(draw: st.DrawFn) -> tuple[Layer, Layer, Layer]:
    """A city, a county and a township that fit each other."""
    return city(), draw(layers_of(COUNTY, county_changes)), draw(layers_of(TOWN, town_changes))


def meta_of(source: Source, base: str = "") -> PackMeta:
    """The head of a layer. base: SHA-256 of the pack it lies over, hex; "" for none."""
    return PackMeta(
        publisher=source.publisher,
        publisher_name=source.name,
        version=source.version,
        published_at=START,
        valid_until=START + timedelta(days=180),
        base=base,
    )


def pack(source: Source, *, base: bytes = b"", **entries: Any) -> bytes:
    """What a publisher signs. entries: items, packages, changes."""
    meta = meta_of(source, sha256(base).hexdigest() if base else "")
    return write_pack(meta, entries.get("items", ()), entries.get("packages", ()), entries.get("changes", ()))
