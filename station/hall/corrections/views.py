"""The hall's pages about wrong guides: the inbox, and one report beside what the catalog says."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from werkzeug.wrappers import Response

from catalog_cache.model import Item
from station import web
from station.accounts.roles import Role
from station.cases.clocks import local_day
from station.cases.place import Place, place_of
from station.corrections import book
from station.corrections.elements import Entry, Namer, element_of, named_by
from station.corrections.letters import SAID_LENGTH_MAX, Answered, State, Verdict
from station.corrections.models import Correction
from station.corrections.views import read_words
from station.hall.corrections import listing, service
from station.hall.corrections.service import NEEDS_WORDS, Decision
from station.hall.publishing import base, draft, forms
from station.hall.publishing.errors import EntryMissing
from station.hall.publishing.models import DraftEntry
from station.status import spoken_at
from station.web import FieldErrors, NavLink, requires

bp = Blueprint("correction_desk", __name__, template_folder="templates", url_prefix="/publishing/corrections")
DESK = (Role.EDITOR, Role.PUBLISHER)
NAV = (NavLink(25, lazy_gettext("报错"), "correction_desk.show_list", DESK, levels=("county",)),)
GROUPS = {
    "open": lazy_gettext("待处理"),
    "asked": lazy_gettext("等站点补充"),
    "taken_up": lazy_gettext("已采纳"),
    "duplicate": lazy_gettext("与另一条相同"),
    "closed": lazy_gettext("已了结"),
    "all": lazy_gettext("全部"),
}
HINTS = {
    Verdict.TAKEN_UP: lazy_gettext("在草稿里改好；改过的那一版签发后，这条报错自动了结，并告诉站点"),
    Verdict.ASKED: lazy_gettext("要站点补充什么，写在下面"),
    Verdict.DUPLICATE: lazy_gettext("随另一条一起处理，结果也告诉这个站点"),
    Verdict.REFUSED: lazy_gettext("指南没有错；原因写在下面，站点会看到"),
    Verdict.MENDED: lazy_gettext("现行版本里已经没有这个错"),
}
STATES = {
    State.OPEN: lazy_gettext("待处理"),
    State.ASKED: lazy_gettext("等站点补充"),
    State.TAKEN_UP: lazy_gettext("已采纳，等新版本"),
    State.DUPLICATE: lazy_gettext("与另一条相同"),
    State.REFUSED: lazy_gettext("不采纳"),
    State.MENDED: lazy_gettext("已改正"),
}
Answer = str | Response | tuple[str, int]


@bp.get("/")
@requires(*DESK)
def show_list() -> str:
    """The reports of a group, oldest first where something is to be done."""
    asked = request.args.get("group", "open")
    group = asked if asked in GROUPS else "open"
    words = " ".join(request.args.get("q", "")[: listing.WORDS_LENGTH_MAX].split())
    hall = _place().node_id
    page = web.page_of(listing.query_for(hall, group, words), size=40)
    return render_template(
        "correction_desk/list.html",
        page=page,
        lines=listing.lines_of(page.rows, local_day(web.now())),
        group=group,
        groups=GROUPS,
        counts=listing.counts(hall),
        words=words,
        states=STATES,
        when=spoken_at,
    )


@bp.get("/<report_id>")
@requires(*DESK)
def show_report(report_id: str) -> str:
    """One report, the element as it is now and in the draft, and the form to decide."""
    return _report_page(report_id, FieldErrors())


@bp.post("/<report_id>")
@requires(*DESK)
def decide(report_id: str) -> Answer:
    """Decide, or show what is missing."""
    errors, form = FieldErrors(), request.form
    chosen = form.get("verdict", "")
    verdict = Verdict(chosen) if chosen in {one.value for one in Verdict} else None
    if verdict is None:
        errors.add("verdict", gettext("请选择怎样处理"))
    said = read_words("said", gettext("给站点的话"), errors, is_required=verdict in NEEDS_WORDS)
    if verdict is Verdict.DUPLICATE and not form.get("another"):
        errors.add("another", gettext("请选出与哪一条相同"))
    if errors or verdict is None:
        return _report_page(report_id, errors), 422
    seen = form.get("seen", "")
    decision = Decision(
        verdict,
        said,
        form.get("another", "")[:32] if verdict is Verdict.DUPLICATE else "",
        int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 4 else 0,
    )
    account = web.account()
    service.decide(_place(), report_id, decision, account=account.name, by=account.display_name)
    flash(gettext("已答复，下一次联系时送往站点。"))
    return redirect(url_for("correction_desk.show_report", report_id=report_id))


@bp.app_template_global()
def corrections_to(item_code: str) -> list[tuple[listing.Line, LazyString]]:
    """For the desk's form of an entry: what stations say of it that is not closed yet, and how it stands."""
    found = listing.open_about(_place().node_id, item_code)
    return [(line, STATES[line.state]) for line in listing.lines_of(found, local_day(web.now()))]


def _report_page(report_id: str, errors: FieldErrors) -> str:
    place = _place()
    found = book.row(report_id)
    others = listing.lines_of(service.repeatable(found), local_day(web.now()))
    [line] = listing.lines_of([found], local_day(web.now()))
    return render_template(
        "correction_desk/report.html",
        row=found,
        line=line,
        state=STATES[line.state],
        letters=[(one, isinstance(one, Answered)) for one in book.letters_of(report_id)[1:]],
        verdicts=[
            (one.value, gettext(one.label), HINTS[one])
            for one in service.open_verdicts(found)
            if one is not Verdict.DUPLICATE or others
        ],
        others=others,
        same=[one for one in others if one.row.element == found.element and one.row.station != found.station],
        another=book.find(found.another) if found.another else None,
        errors=errors,
        form=request.form,
        most=SAID_LENGTH_MAX,
        when=spoken_at,
        moment=book.moment_of,
        **_beside(place, found),
    )


def _beside(place: Place, found: Correction) -> dict[str, Any]:
    """What the catalog says there now and in the draft, and where the desk has the field."""
    in_force, row = service.entry_in_use(place, found.item_code), _drafted(found.item_code)
    drafted = draft.read(row.record) if row and not row.is_removed else None
    name_of = named_by(place.catalog) if in_force else str
    return {
        "in_force": in_force,
        "now_text": _reading(in_force, found.element, name_of),
        "in_force_version": place.catalog.version if in_force else 0,
        "drafted": drafted,
        "is_removed": row is not None and row.is_removed,
        "draft_text": _reading(drafted, found.element, name_of),
        "anchor": _field_of(drafted, found.element) if drafted else "",
        "is_citys": row is None and base.find(found.item_code) is not None,
    }


def _drafted(code: str) -> DraftEntry | None:
    """The row of the draft about an item or package, None where there is none."""
    try:
        return draft.entry_row(code)
    except EntryMissing:
        return None


def _reading(entry: Entry | None, path: str, name_of: Namer) -> str:
    found = element_of(entry, path, name_of) if entry else None
    return found.shown if found else ""


def _field_of(entry: Entry, path: str) -> str:
    """The id of the desk's field that is nearest to an element, "" for the top of the form."""
    name, _, key = path.partition(".")
    if key:
        ids = [one.id for one in entry.materials] if isinstance(entry, Item) else []
        path = f"{name}[{ids.index(key)}]" if key in ids else ""
    ids = [field.id for group in forms.groups_for(entry) for field in group.fields]
    return forms.nearest_id(path, ids) if path else ""


def _place() -> Place:
    return place_of(web.node())
