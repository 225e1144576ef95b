"""The list of cases, one case with timeline and custody proof, and what a counter can still do with it."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from station import web
from station.accounts.roles import WINDOW
from station.cases import counter, prints, telling
from station.cases.clocks import limits_of, local_day, local_text, notice_clock_of
from station.cases.errors import ActRefused, FileRefused, OddIdentity, OddNumber, UnknownCase
from station.cases.fold import CLOSED, CORRECTABLE, CaseView, Stage
from station.cases.identity import mask, masked_party, read_name, read_phone
from station.cases.intake import Checked
from station.cases.ledger import case_row, cases_of, find_cases, view_of
from station.cases.models import Case, Intake
from station.cases.numbers import grouped, short
from station.cases.parts import Actor
from station.cases.place import Place, place_of
from station.cases.routing import routing_note
from station.cases.serving import file_response
from station.cases.standing import mail_state, pledges_due, standing_of, unheard
from station.cases.terms import Held
from station.cases.uploads import UPLOAD_BYTES_MAX, Upload, read_upload
from station.web import FieldErrors, NavLink, Page, page_of, read_text, requires
from sync.register import find_peer

bp = Blueprint("cases", __name__, template_folder="templates", url_prefix="/cases")
NAV = (NavLink(20, lazy_gettext("办件"), "cases.list_cases", WINDOW, levels=("village", "township")),)
FILTERS = {
    "": lazy_gettext("全部"),
    "unheard": lazy_gettext("大厅没有回音"),
    "supplement": lazy_gettext("待补正"),
    "pledge": lazy_gettext("容缺到期"),
    "decided": lazy_gettext("待领取"),
    "turned_away": lazy_gettext("预审不通过"),
}


@bp.app_template_filter("grouped")
def _grouped(number: str) -> str:
    return grouped(number)


@bp.get("/")
@requires(*WINDOW)
def list_cases() -> AnyResponse | str | tuple[str, int]:
    """The cases of this station, latest first; or the one asked for by its number."""
    errors, wanted = FieldErrors(), request.args.get("q", "").strip()[:100]
    if wanted:
        try:
            found = find_cases(wanted)
        except (OddNumber, UnknownCase) as error:
            errors.add("q", web.spoken(error))
        else:
            return redirect(_address_of(found))
    chosen = request.args.get("show", "")
    page = _page_of_cases(chosen if chosen in FILTERS else "")
    lines = [(case, standing_of(case, web.now()), short(case.receipt_number)) for case in page.rows]
    return (
        render_template(
            "cases/list.html",
            lines=lines,
            page=page,
            errors=errors,
            wanted=wanted,
            filters=FILTERS,
            chosen=chosen,
            local_text=local_text,
        ),
        422 if errors else 200,
    )


@bp.get("/intakes/<intake_id>")
@requires(*WINDOW)
def intake_done(intake_id: str) -> str:
    """What a visit came to: its number, its papers, its cases."""
    intake: Intake | None = Intake.get_or_none(Intake.intake_id == intake_id)
    if intake is None:
        raise UnknownCase(intake_id)
    cases = cases_of(intake)
    view = view_of(cases[0].case_id)
    lines = [(case, standing_of(case, web.now())) for case in cases]
    return render_template(
        "cases/done.html",
        intake=intake,
        lines=lines,
        received=view.received.body if view.received else None,
        papers=[paper for paper in prints.prints_of(intake) if paper.copy == 1],
        routed=_routed(cases),
        local_text=local_text,
    )


@bp.get("/<case_id>")
@requires(*WINDOW)
def show(case_id: str) -> str:
    """One case: where it stands, its materials, its timeline, and who holds it."""
    return _case_page(case_id, FieldErrors())


@bp.get("/<case_id>/files/<sha256>")
@requires(*WINDOW)
def case_file(case_id: str, sha256: str) -> Response:
    """A scan or a result of a case."""
    ref, data = counter.file_of(view_of(case_row(case_id).case_id), sha256)
    return file_response(data, ref.media_type, ref.name)


@bp.get("/documents/<document_id>.pdf")
@requires(*WINDOW)
def document(document_id: str) -> Response:
    """A printed paper, byte for byte as it was."""
    kept = prints.document_of(document_id)
    return file_response(bytes(kept.pdf), "application/pdf", f"{kept.number}.pdf")


@bp.post("/documents/<document_id>/reprint")
@requires(*WINDOW)
def reprint(document_id: str) -> AnyResponse | tuple[str, int]:
    """Print a paper once more, with the reason on it."""
    kept, errors = prints.document_of(document_id), FieldErrors()
    reason = read_text(request.form, "reason", gettext("补打原因"), errors, length_max=100)
    if errors:
        return _case_page(kept.case_id, errors), 422
    again = prints.reprint(_place(), kept, reason, _actor())
    flash(gettext("已补打第 %(count)d 次，纸上写明“补打”。", count=again.copy - 1))
    return redirect(url_for("cases.show", case_id=kept.case_id, _anchor="papers"))


@bp.post("/<case_id>/withdraw")
@requires(*WINDOW)
def withdraw(case_id: str) -> AnyResponse | tuple[str, int]:
    """The applicant takes the application back."""
    errors = FieldErrors()
    reason = read_text(request.form, "withdraw_reason", gettext("撤回原因"), errors, length_max=300)
    if request.form.get("sure") != "1":
        errors.add("sure", gettext("撤回后不能恢复，请勾选确认"))
    if errors:
        return _case_page(case_id, errors), 422
    counter.withdraw(_place(), case_id, reason, _actor())
    flash(gettext("已撤回，正在告知大厅。"))
    return _to_case(case_id)


@bp.get("/<case_id>/supplement")
@requires(*WINDOW)
def supplement(case_id: str) -> str:
    """Take in what is still missing."""
    return _supplement_page(case_id, FieldErrors())


@bp.post("/<case_id>/supplement")
@requires(*WINDOW)
def send_supplement(case_id: str) -> AnyResponse | tuple[str, int]:
    """Keep what came in and tell the hall."""
    errors = FieldErrors()
    checked = _supplemented(view_of(case_row(case_id).case_id), errors)
    if not checked and not errors:
        errors.add("lines", gettext("请至少勾选一项这次收到的材料"))
    if errors:
        return _supplement_page(case_id, errors), 422
    counter.supplement(_place(), case_id, checked, _actor())
    flash(gettext("已收下补交的材料，正在送往大厅。"))
    return _to_case(case_id)


@bp.get("/<case_id>/correct")
@requires(*WINDOW)
def correct(case_id: str) -> str:
    """Correct what was written down wrongly."""
    return _correct_page(case_id, FieldErrors(), {})


@bp.post("/<case_id>/correct")
@requires(*WINDOW)
def send_correct(case_id: str) -> AnyResponse | tuple[str, int]:
    """Keep a correction as a new event; the old value stays readable."""
    errors, view = FieldErrors(), view_of(case_row(case_id).case_id)
    values = {field: request.form.get(field, "")[:1000].strip() for field, _, _ in _correctable(view)}
    _check_correction(values, view, errors)
    reason = read_text(request.form, "reason", gettext("更正原因"), errors, length_max=300)
    if errors:
        return _correct_page(case_id, errors, values), 422
    try:
        counter.correct(_place(), case_id, values, reason, _actor())
    except ActRefused as error:
        errors.add("reason", web.spoken(error))
        return _correct_page(case_id, errors, values), 422
    flash(gettext("已更正，原内容仍可查；正在告知大厅。"))
    return _to_case(case_id)


def _routed(cases: list[Case]) -> list[str]:
    """What is said of cases that go to another hall than that of the implementing agency."""
    place = _place()
    items = (place.item_as_of(case.item_code, case.catalog) for case in cases)
    notes = [routing_note(find_peer(place.hall_id), item) for item in items if item is not None]
    return [note for note in notes if note]


def _case_page(case_id: str, errors: FieldErrors) -> str:
    case, place = case_row(case_id), _place()
    view, today = view_of(case.case_id), local_day(web.now())
    return render_template(
        "cases/case.html",
        case=case,
        view=view,
        errors=errors,
        standing=standing_of(case, web.now()),
        timeline=telling.timeline(view, place.node_id),
        custody=telling.custody(case.case_id, web.now()),
        people=people_of(view),
        papers=prints.prints_of(case.intake),
        siblings=[other for other in cases_of(case.intake) if other.case_id != case.case_id],
        notice_clock=notice_clock_of(view, place.calendar, today),
        limits=limits_of(view, place.calendar, today),
        lacking=[] if view.stage in CLOSED else list(counter.lacking_lines(view).values()),
        is_closed=view.stage in CLOSED,
        is_result_here=view.stage in (Stage.DECIDED, Stage.HANDED_OUT),
        is_acknowledged=mail_state(case.case_id, web.now()).value == "acknowledged",
        local_text=local_text,
    )


def people_of(view: CaseView) -> dict[str, str]:
    """Applicant and agent as pages show them: masked."""
    party, agent = view.applicant, view.agent
    return {
        "applicant": masked_party(party.kind, party.name) if party else "",
        "id_label": party.id_kind.label if party else "",
        "id_number": mask("id", party.id_number) if party else "",
        "phone": mask("phone", party.phone) if party else "",
        "agent": mask("name", agent.name) if agent else "",
        "authority": agent.authority.label if agent else "",
    }


def _supplement_page(case_id: str, errors: FieldErrors) -> str:
    case = case_row(case_id)
    view = view_of(case.case_id)
    reasons = {line.id: line for w in view.open_notices for line in w.body.lines}
    return render_template(
        "cases/supplement.html",
        case=case,
        lacking=counter.lacking_lines(view).values(),
        reasons=reasons,
        errors=errors,
        taken=request.form.getlist("in"),
    )


def _supplemented(view: CaseView, errors: FieldErrors) -> dict[str, Checked]:
    checked = {}
    for key, line in counter.lacking_lines(view).items():
        files = [sent for sent in request.files.getlist(f"file-{key}") if sent.filename]
        if key not in request.form.getlist("in"):
            if files:
                errors.add(f"in-{key}", gettext("%(name)s：传了扫描件，请勾选“已收”", name=line.name))
            continue
        uploads: list[Upload] = []
        for sent in files:
            try:
                uploads.append(read_upload(sent.stream.read(UPLOAD_BYTES_MAX + 1), sent.filename or ""))
            except FileRefused as error:
                errors.add(f"file-{key}", f"{line.name}：{''.join(error.told(gettext)[1:])}")
        checked[key] = Checked(Held.IN, files=tuple(uploads))
    return checked


def _correct_page(case_id: str, errors: FieldErrors, values: dict[str, str]) -> str:
    case = case_row(case_id)
    fields = _correctable(view_of(case.case_id))
    return render_template("cases/correct.html", case=case, fields=fields, values=values, errors=errors)


def _correctable(view: CaseView) -> list[tuple[str, str, str]]:
    """(field, label, present value) of what may be corrected."""
    if view.received is None or view.applicant is None:
        return []
    names = [
        name
        for name in CORRECTABLE
        if name != "id_number" and (name != "legal_person" or view.applicant.legal_person)
    ]
    people = [
        (f"applicant.{name}", counter.LABELS[name], str(getattr(view.applicant, name))) for name in names
    ]
    form = [
        (f"form.{pair.id}", pair.label or pair.id, view.form.get(pair.id, ""))
        for pair in view.received.body.form
    ]
    return people + form


def _check_correction(values: dict[str, str], view: CaseView, errors: FieldErrors) -> None:
    readers: dict[str, Any] = {"applicant.phone": read_phone}
    if view.applicant is not None:
        kind = view.applicant.kind
        readers["applicant.name"] = lambda text: read_name(text, kind)
    for field, read in readers.items():
        if field in values:
            try:
                values[field] = read(values[field])
            except OddIdentity as error:
                errors.add(field, "".join(error.told(gettext)[:2]))
    for field, value in values.items():
        if len(value) > 200 or any(not letter.isprintable() for letter in value):
            errors.add(field, gettext("最多 200 个字，不能有看不见的控制字符"))


def _page_of_cases(chosen: str) -> Page:
    place, today = _place(), local_day(web.now())
    if chosen in ("unheard", "pledge"):
        rows = unheard(place, today) if chosen == "unheard" else pledges_due(place, today)
        return Page(rows, 1, max(len(rows), 1), len(rows))
    query = Case.select().where(Case.origin == place.node_id).order_by(Case.received_at.desc(), Case.position)
    return page_of(query.where(Case.stage == chosen) if chosen else query)


def _address_of(found: list[Case]) -> str:
    if len(found) == 1:
        return url_for("cases.show", case_id=found[0].case_id)
    return url_for("cases.intake_done", intake_id=found[0].intake.intake_id)


def _to_case(case_id: str) -> AnyResponse:
    return redirect(url_for("cases.show", case_id=case_id))


def _place() -> Place:
    return place_of(web.node())


def _actor() -> Actor:
    person = web.account()
    return Actor(name=person.display_name, account=person.name)
