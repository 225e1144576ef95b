"""出件: the tray of results, telling, and handing over."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from station import status, web
from station.accounts.roles import WINDOW
from station.cases import ledger
from station.cases.counter import file_of
from station.cases.counter_events import HandedOut, Told
from station.cases.errors import OddIdentity, OddNumber, UnknownCase, UnknownFile
from station.cases.fold import Stage
from station.cases.identity import mask, masked_party
from station.cases.numbers import grouped
from station.cases.parts import Actor
from station.cases.place import place_of
from station.cases.serving import file_response
from station.cases.terms import IdKind, Signature, Way
from station.errors import PageMissing, StationError
from station.handout import service
from station.handout.errors import ReceiverRefused
from station.web import FieldErrors, NavLink, read_text, requires

bp = Blueprint("handout", __name__, template_folder="templates", url_prefix="/handout")
NAV = (NavLink(30, lazy_gettext("出件"), "handout.tray", WINDOW),)
LISTS = {
    "waiting": lazy_gettext("待领取"),
    "unclaimed": lazy_gettext("30 天无人领取"),
    "done": lazy_gettext("已领取"),
}
WAYS_TO_TELL = {
    "电话": lazy_gettext("电话"),
    "短信": lazy_gettext("短信"),
    "当面": lazy_gettext("当面"),
    "上门": lazy_gettext("上门"),
    "托人转告": lazy_gettext("托人转告"),
}
RELATIONS = {
    service.OWN: lazy_gettext("本人"),
    service.AGENT: lazy_gettext("代办人"),
    service.OTHER: lazy_gettext("受托人"),
}
ID_KINDS = (IdKind.IDCARD, IdKind.PASSPORT, IdKind.OTHER)


@bp.get("/")
@requires(*WINDOW)
def tray() -> str | AnyResponse:
    """Results by list, or the case of a number."""
    number = request.args.get("number", "").strip()[:80]
    errors = FieldErrors()
    if number:
        found = _found(number, errors)
        if found:
            return redirect(url_for("handout.show", case_id=found))
    which = request.args.get("show", "waiting")
    if which not in LISTS:
        raise PageMissing
    node_id = web.node().facts.node_id
    page = web.page_of(service.tray(node_id, which, web.now()))
    rows = [(case, ledger.view_of(case.case_id)) for case in page.rows]
    return render_template(
        "handout/tray.html",
        errors=errors,
        number=number,
        lists=LISTS,
        which=which,
        counts=service.counts(node_id, web.now()),
        rows=[(case, view, view.last(Told), service.is_complete(view)) for case, view in rows],
        page=page,
        grouped=grouped,
        spoken=status.spoken_at,
    )


@bp.get("/<case_id>")
@requires(*WINDOW)
def show(case_id: str) -> str:
    """One result: what it is, who was told, and the form to hand it over."""
    return _case_page(case_id, FieldErrors())


@bp.post("/<case_id>/tell")
@requires(*WINDOW)
def tell(case_id: str) -> AnyResponse | tuple[str, int]:
    """Note that the applicant was told."""
    errors = FieldErrors()
    way = request.form.get("way", "")
    if way not in WAYS_TO_TELL:
        errors.add("way", gettext("请选择通知方式"))
    person = read_text(request.form, "person", gettext("通知了谁"), errors, length_max=60)
    if not errors:
        try:
            service.tell(place_of(web.node()), case_id, way, person, _actor())
        except OddIdentity as error:
            errors.add("person", _told(error))
    if errors:
        return _case_page(case_id, errors), 422
    flash(gettext("已记下通知，大厅也会看到。"))
    return redirect(url_for("handout.show", case_id=case_id))


@bp.post("/<case_id>/hand-out")
@requires(*WINDOW)
def hand_out(case_id: str) -> AnyResponse | tuple[str, int]:
    """Hand the result over and make its record."""
    errors = FieldErrors()
    given = _given(errors)
    if given is not None:
        try:
            made = service.hand_out(place_of(web.node()), case_id, given, _actor())
        except ReceiverRefused as error:
            errors.add(error.field, _told(error))
        except OddIdentity as error:
            errors.add("receiver" if "姓名" in error.what else "id_number", _told(error))
    if errors:
        return _case_page(case_id, errors), 422
    flash(gettext("已登记领取。请打印送达回证，双方签名。"))
    if made.warning:
        flash(made.warning, "warning")
    return redirect(url_for("handout.show", case_id=case_id))


@bp.post("/<case_id>/reprint")
@requires(*WINDOW)
def reprint(case_id: str) -> AnyResponse | tuple[str, int]:
    """Print the record once more, with a reason."""
    errors = FieldErrors()
    reason = read_text(request.form, "reason", gettext("补打原因"), errors, length_max=100)
    if errors:
        return _case_page(case_id, errors), 422
    service.reprint(place_of(web.node()), case_id, reason, _actor())
    flash(gettext("已补打，纸上注明第几次和原因。"))
    return redirect(url_for("handout.show", case_id=case_id))


@bp.get("/<case_id>/record.pdf")
@requires(*WINDOW)
def record(case_id: str) -> Response:
    """The latest print of the record, byte for byte. Raises UnknownFile."""
    found = service.record_of(_own(case_id).case_id)
    if found is None:
        raise UnknownFile
    return file_response(bytes(found.pdf), "application/pdf", f"{found.number}.pdf")


@bp.get("/<case_id>/result/<sha256>")
@requires(*WINDOW)
def result(case_id: str, sha256: str) -> Response:
    """One file of the result. Raises UnknownFile while it is not whole here."""
    view = ledger.view_of(_own(case_id).case_id)
    if view.decided is None or sha256 not in view.decided.body.files:
        raise UnknownFile
    ref, data = file_of(view, sha256)
    return file_response(data, ref.media_type, ref.name)


def _own(case_id: str) -> ledger.Case:
    """A case that was taken in here. Raises UnknownCase."""
    case = ledger.case_row(case_id[:32])
    if case.origin != web.node().facts.node_id:
        raise UnknownCase(case_id)
    return case


def _found(number: str, errors: FieldErrors) -> str:
    try:
        cases = ledger.find_cases(number)
    except (OddNumber, UnknownCase) as error:
        errors.add("number", _told(error))
        return ""
    ready = [case for case in cases if case.stage in (Stage.DECIDED.value, Stage.HANDED_OUT.value)]
    if not ready:
        stage = Stage(cases[0].stage).label
        errors.add("number", gettext("这个编号的办件还没有结果，现在是“%(stage)s”", stage=stage))
        return ""
    return str(ready[0].case_id)


def _given(errors: FieldErrors) -> HandedOut | None:
    """What the form says of the receiver; None with `errors` filled when it cannot be read."""
    form = request.form
    receiver = read_text(form, "receiver", gettext("领取人姓名"), errors, length_max=60)
    number = read_text(form, "id_number", gettext("证件号码"), errors, length_max=40)
    witness = read_text(form, "witness", gettext("见证人"), errors, length_max=60, is_required=False)
    note = read_text(form, "note", gettext("说明"), errors, length_max=300, is_required=False)
    chosen: dict[str, str] = {}
    for name, label, allowed in (
        ("relation", gettext("谁来领"), RELATIONS),
        ("id_kind", gettext("证件类型"), [kind.value for kind in ID_KINDS]),
        ("signature", gettext("签收方式"), [one.value for one in Signature]),
    ):
        chosen[name] = form.get(name, "")
        if chosen[name] not in allowed:
            errors.add(name, gettext("请选择%(label)s", label=label))
    if errors:
        return None
    return HandedOut(
        receiver=receiver,
        id_kind=IdKind(chosen["id_kind"]),
        id_number=number,
        relation=chosen["relation"],
        way=Way.WINDOW,
        signature=Signature(chosen["signature"]),
        witness=witness,
        note=note,
    )


def _case_page(case_id: str, errors: FieldErrors) -> str:
    case = _own(case_id)
    view = ledger.view_of(case.case_id)
    if view.decided is None:
        raise PageMissing
    applicant = view.applicant
    return render_template(
        "handout/case.html",
        errors=errors,
        case=case,
        view=view,
        form=request.form,
        result=view.decided.body,
        decided_at=view.decided.event.at,
        files=[view.files[sha] for sha in view.decided.body.files if sha in view.files],
        is_complete=service.is_complete(view),
        told=view.all(Told),
        handed=view.handed_out,
        record=service.record_of(case.case_id),
        applicant_id=mask("id", applicant.id_number) if applicant else "",
        applicant_shown=masked_party(applicant.kind, applicant.name) if applicant else "",
        agent=view.agent,
        agent_id=mask("id", view.agent.id_number) if view.agent else "",
        relations=list(RELATIONS.items()),
        id_kinds=[(kind.value, kind.label) for kind in ID_KINDS],
        signatures=[(one.value, one.label) for one in Signature],
        ways=list(WAYS_TO_TELL.items()),
        grouped=grouped,
        mask=mask,
        spoken=status.spoken_at,
    )


def _actor() -> Actor:
    return Actor(name=web.account().display_name, account=web.account().name)


def _told(error: StationError) -> str:
    what, why, next_step = error.told(gettext)
    return f"{why}{next_step}"
