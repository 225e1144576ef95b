"""The printed guide in large type, from the same record as the page."""

from collections.abc import Callable, Mapping

from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Attachment, Item, Need, Result
from catalog_cache.opening import opening_of
from catalog_cache.situations import material_list, situation_label
from station.cases.openings import go_instead, why_shut
from station.cases.papers import spoken_limit
from station.cases.place import Place
from station.documents.form_sheet import FORM_NOTE, FormLine, FormSheet, build_form_sheet
from station.documents.given import Document, Due, Issue, Office
from station.documents.guide_sheet import GuideMaterial, GuideResult, GuideSheet, build_guide_sheet
from station.documents.paper import Image
from station.guide.filled import filled_form
from station.intake.showing import copies_text

Look = Callable[[Attachment], Image | None]


def form_sheet_of(place: Place, item: Item, clerk: str) -> Document:
    """The blank form of an item with its filled sample beside it. Raises NotForPaper."""
    office = Office(place.name, place.division)
    issue = Issue(item.code, office, clerk, place.stamp(), place.catalog.version, is_specimen=place.is_demo)
    lines = tuple(FormLine(**vars(field)) for field in filled_form(item))
    return build_form_sheet(FormSheet(issue, item.name, form_title(item), lines))


def form_title(item: Item) -> str:
    """What the form is called; by the item's name where the catalog does not say."""
    return item.form_title or f"{item.name}申请表"


def sheet_of(
    place: Place, item: Item, answers: Mapping[str, str], clerk: str, look: Look = lambda _: None
) -> Document:
    """办事指南 of an item in a situation.

    look: the picture of a sample, None while it is not here. Raises BadAnswer while a question is open,
    NotForPaper.
    """
    office = Office(place.name, place.division, phone=item.phone, complaint_phone=item.complaint_phone)
    terms = [("承诺办结", item.promised), ("法定办结", item.statutory)]
    return build_guide_sheet(
        GuideSheet(
            issue=Issue(
                item.code, office, clerk, place.stamp(), place.catalog.version, is_specimen=place.is_demo
            ),
            item_name=item.name,
            agency=item.department or (item.agency.name if item.agency else ""),
            situation=situation_label(item, answers),
            materials=tuple(
                GuideMaterial(one.name, copies_text(one), _note(one.need, one.source))
                for one in material_list(item, answers)
            ),
            conditions=item.conditions,
            steps=tuple(step.name + (f"（{step.limit}）" if step.limit else "") for step in item.steps),
            terms=()
            if place.is_catalog_expired
            else tuple(Due(label, spoken_limit(limit)) for label, limit in terms if limit is not None),
            fee="；".join(f"{fee.name} {fee.standard}" for fee in item.fees) or "不收费。",
            visits=item.visits,
            place=item.counter_place or item.place,
            hours=item.hours,
            phone=item.phone,
            complaint_phone=item.complaint_phone,
            notes=(*_shut(item, place.catalog), *((FORM_NOTE,) if item.form else ())),
            results=tuple(_result(one, look) for one in item.results),
            basis=tuple(f"《{one.law}》{one.article.removeprefix('全文')}" for one in item.basis),
        )
    )


def _shut(item: Item, catalog: Catalog) -> tuple[str, ...]:
    """What keeps the item shut today, and where to go instead; () for nothing."""
    if catalog.days is None:
        return ()
    opening = opening_of(item, catalog.days)
    told = why_shut(item, opening)
    return (told + go_instead(item, opening.shut),) if told else ()


def _result(result: Result, look: Look) -> GuideResult:
    return GuideResult(result.name, result_note(result), look(result.sample) if result.sample else None)


def result_note(result: Result, holds: str = "有效期：") -> str:
    """How long it holds and how it comes, as one line; "" when the catalog says neither."""
    held = holds + result.validity if result.validity else ""
    within = f"（{result.delivery_limit}）" if result.delivery_limit else ""
    return "；".join(part for part in (held, result.delivery + within) if part)


def _note(need: Need, source: str) -> str:
    later = {Need.TOLERANT: "可以容缺后补", Need.OPTIONAL: "没有可以不带"}.get(need, "")
    return "，".join(part for part in (later, source) if part)
