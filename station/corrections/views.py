"""The station's pages about wrong guides: the form, one report, and the list of what was reported here."""

import secrets
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.model import Package
from station import web
from station.accounts.roles import WINDOW
from station.cases.clocks import local_day
from station.cases.place import Place, place_of
from station.corrections import book, privacy, service
from station.corrections.elements import Element, Entry, elements_of, entry_in, named_by
from station.corrections.letters import SAID_LENGTH_MAX, Answered, State
from station.corrections.models import Correction
from station.corrections.words import told
from station.errors import PageMissing
from station.status import spoken_at
from station.web import FieldErrors, read_text, requires

bp = Blueprint("corrections", __name__, template_folder="templates", url_prefix="/corrections")
HEX = frozenset("0123456789abcdef")
Answer = str | Response | tuple[str, int]


@bp.get("/")
@requires(*WINDOW)
def show_own() -> str:
    """What was reported here; of this clerk alone unless the whole station is asked for."""
    place, is_all = _place(), request.args.get("whose") == "all"
    by = "" if is_all else web.account().display_name
    page = web.page_of(service.own(place, by))
    return render_template(
        "corrections/list.html",
        page=page,
        is_all=is_all,
        told=_told(place),
        when=spoken_at,
        asked=State.ASKED,
    )


@bp.get("/new")
@requires(*WINDOW)
def show_form() -> str:
    """The form about one item or package of the catalog in use."""
    entry = _entry()
    values = {"element": request.args.get("element", "")[:101], "report": secrets.token_hex(16)}
    return _form_page(entry, values, FieldErrors())


@bp.post("/")
@requires(*WINDOW)
def send_report() -> Answer:
    """Keep the report and queue its letter; the second press of the same button leads to the same report."""
    entry, form, errors = _entry(), request.form, FieldErrors()
    element = form.get("element", "")
    if element not in {one.path for one in elements_of(entry)}:
        errors.add("element", gettext("请选择哪一处不对"))
    said = read_words("said", gettext("哪里不对"), errors)
    practice = read_words("practice", gettext("实际怎么办"), errors, is_required=False)
    is_mobile = privacy.has_mobile_number(f"{said}\n{practice}")
    if is_mobile and form.get("public") != "1":
        errors.add("public", gettext("写的看起来像手机号码：群众的请去掉；公开的办公电话请勾选确认"))
    if errors:
        return _form_page(entry, {**form}, errors), 422
    web.installation().reserve.require_room()
    fault = service.Fault(element, said, practice)
    found = service.report(_place(), entry, fault, report_id=_report_id(), by=web.account().display_name)
    flash(gettext("已记下，下一次联系时送往大厅。"))
    return redirect(url_for("corrections.show_report", report_id=found.report_id))


@bp.get("/<report_id>")
@requires(*WINDOW)
def show_report(report_id: str) -> str:
    """One report: what was said, what the hall answered, and the form where it asked."""
    return _report_page(report_id, FieldErrors())


@bp.post("/<report_id>/reply")
@requires(*WINDOW)
def send_reply(report_id: str) -> Answer:
    """Answer the hall's question."""
    errors = FieldErrors()
    said = read_words("said", gettext("补充说明"), errors)
    if errors:
        return _report_page(report_id, errors), 422
    service.reply(_place(), report_id, said, by=web.account().display_name)
    flash(gettext("补充说明已记下，下一次联系时送往大厅。"))
    return redirect(url_for("corrections.show_report", report_id=report_id))


@bp.app_template_global()
def corrections_about(item_code: str) -> list[tuple[Correction, str, str]]:
    """For the guide: this station's latest reports about an item or package, with their words and tones."""
    place = _place()
    say = _told(place)
    return [(one, *say(one)) for one in service.about(place, item_code)]


@bp.app_template_filter()
def discreet(text: str) -> str:
    """Words of a report as pages show them: without anybody's identity number."""
    return privacy.without_numbers(text, local_day(web.now()))


@bp.app_template_global()
def corrections_asked() -> int:
    """For the first page of the window: how many reports wait for a reply."""
    return service.asked_count(_place())


def _form_page(entry: Entry, values: dict[str, str], errors: FieldErrors) -> str:
    place = _place()
    return render_template(
        "corrections/form.html",
        entry=entry,
        guide=_guide_to(entry),
        groups=_grouped(elements_of(entry, named_by(place.catalog))),
        values=values,
        errors=errors,
        most=SAID_LENGTH_MAX,
        left=service.left_today(place),
        catalog_version=place.catalog.version,
        own=corrections_about(entry.code),
    )


def _report_page(report_id: str, errors: FieldErrors) -> str:
    place = _place()
    found = service.own_row(place, report_id)
    question = book.question_of(report_id)
    return render_template(
        "corrections/report.html",
        row=found,
        said=_told(place)(found),
        letters=[(one, isinstance(one, Answered)) for one in book.letters_of(report_id)[1:]],
        question=question,
        errors=errors,
        form=request.form,
        most=SAID_LENGTH_MAX,
        when=lambda letter: spoken_at(book.moment_of(letter)),
        made=spoken_at(found.made_at),
        guide=_guide_of(place, found.item_code),
    )


def _grouped(elements: list[Element]) -> list[tuple[str, list[Element]]]:
    groups: dict[str, list[Element]] = {}
    for one in elements:
        groups.setdefault(one.group, []).append(one)
    return list(groups.items())


def read_words(name: str, label: str, errors: FieldErrors, *, is_required: bool = True) -> str:
    """Words for the hall: bounded, printable, and without a resident's identity number."""
    said = read_text(request.form, name, label, errors, length_max=SAID_LENGTH_MAX, is_required=is_required)
    if privacy.has_identity_number(said, local_day(web.now())):
        errors.add(name, gettext("请去掉%(label)s里的身份证号码：报错不需要群众的个人信息", label=label))
    return said


def _report_id() -> str:
    """The id drawn when the form was shown; another one where a browser sends nonsense."""
    given = request.form.get("report", "")
    return given if len(given) == 32 and set(given) <= HEX else secrets.token_hex(16)


def _entry() -> Entry:
    """The item or package that the address or the form names. Raises PageMissing, UnknownItem, NoCatalog."""
    code = request.values.get("item", "")
    if not code:
        raise PageMissing
    return entry_in(_place().catalog, code[:50])


def _guide_of(place: Place, code: str) -> str:
    """The address of the guide as it is now; "" where the catalog in use has no such entry."""
    found = place.catalogs and place.catalogs.current()
    return _guide_to(entry_in(found, code)) if found and found.has(code) else ""


def _guide_to(entry: Entry) -> str:
    page = "guide.package" if isinstance(entry, Package) else "guide.item"
    return url_for(page, code=entry.code)


def _told(place: Place) -> Callable[[Correction], tuple[str, str]]:
    """What to say of a report, with its tone, as the catalog in use here is."""
    found = place.catalogs and place.catalogs.current()
    version = found.version if found else 0
    return lambda row: told(row, version)


def _place() -> Place:
    return place_of(web.node())
