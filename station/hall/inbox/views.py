"""The inbox, the desk of one case, its scans, and one page for each act."""

from urllib.parse import quote

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from catalog_cache.model import Item
from station import web
from station.accounts.roles import Role
from station.cases import telling
from station.cases.counter_events import Noticed
from station.cases.errors import ActRefused
from station.cases.fold import CaseView
from station.cases.hall_events import Decided
from station.cases.ledger import view_of
from station.cases.models import Case
from station.cases.numbers import grouped, short
from station.cases.place import place_of
from station.cases.terms import Action, End, Path, StepKind, Way
from station.errors import PageMissing
from station.hall.inbox import forms, listing, papers, story
from station.hall.inbox.listing import Wanted
from station.hall.inbox.rules import Act, is_dispatched, open_acts, why_not
from station.hall.inbox.service import ACCEPTED_BY_SILENCE, REMEDY, Desk, since_when
from station.intake import residence
from station.web import FieldErrors, NavLink, requires

bp = Blueprint("inbox", __name__, template_folder="templates", url_prefix="/inbox")
NAV = (NavLink(10, lazy_gettext("收件箱"), "inbox.list_cases", (Role.REVIEWER,)),)
FILE_POLICY = "default-src 'none'; sandbox"
PICTURES = ("image/jpeg", "image/png")
GROUPS = {
    "waiting": lazy_gettext("待审核"),
    "new": lazy_gettext("待受理"),
    "supplement": lazy_gettext("待补正"),
    "review": lazy_gettext("审批中"),
    "decided": lazy_gettext("已办结"),
    "closed": lazy_gettext("已了结"),
    "all": lazy_gettext("全部"),
}
PATHS = {path.value: lazy_gettext(path.label) for path in Path}
DONE = {
    Act.PRECHECK: lazy_gettext("预审结果已记录，正在发往站点。"),
    Act.ACCEPT: lazy_gettext("已受理，受理结果正在发往站点。"),
    Act.NOTICE: lazy_gettext("补正告知已发出，由站点打印交给办事人。"),
    Act.REFUSE: lazy_gettext("不予受理的决定正在发往站点。"),
    Act.STEP: lazy_gettext("审批环节已记录。"),
    Act.DECIDE: lazy_gettext("已办结。结果正在发往站点，请接着登记送出方式。"),
    Act.DISPATCH: lazy_gettext("已登记送出，站点会看到。"),
}


@bp.get("/")
@requires(Role.REVIEWER)
def list_cases() -> str:
    """The cases of the reviewer's department, those longest at the station first."""
    own, desk = web.account().department, desk_here()
    wanted = Wanted(
        group=_known(request.args.get("group", ""), GROUPS, "waiting"),
        words=" ".join(request.args.get("q", "")[: listing.WORDS_LENGTH_MAX].split()),
        department="" if own else request.args.get("department", "")[:100],
    )
    page = web.page_of(listing.query_for(desk.place.node_id, own, wanted))
    return render_template(
        "inbox/list.html",
        page=page,
        lines=listing.describe(page.rows, desk.place.calendar, desk.today),
        wanted=wanted,
        groups=GROUPS,
        counts=listing.counts(desk.place.node_id, own),
        departments=[] if own else [(name, name) for name in listing.departments_of(desk.place.node_id)],
        open_stages=[stage.value for stage in listing.GROUPS["waiting"]],
        paths=PATHS,
        short=short,
    )


@bp.get("/<case_id>")
@requires(Role.REVIEWER)
def show_case(case_id: str) -> str:
    """One case with its papers, its story, and what can be done now."""
    desk = desk_here()
    case, view = _open(desk, case_id)
    item = desk.item_of(case)
    acts = open_acts(view)
    return render_template(
        "inbox/desk.html",
        **_about(desk, case, view),
        papers=papers.papers_of(view, item),
        results=_results(view),
        moments=telling.timeline(view, desk.place.node_id),
        proofs=story.proofs_of(case.case_id, desk.place.node_id, web.now()),
        item=item,
        acts=acts,
        nothing_open="" if acts else _nothing_open(view),
        labels=_labels(view),
    )


@bp.get("/<case_id>/files/<sha256>")
@requires(Role.REVIEWER)
def show_file(case_id: str, sha256: str) -> Response:
    """One scan: pictures can stand in the page, everything else is a download; nothing in it can run."""
    _, view = _open(desk_here(), case_id)
    data, media_type, name = papers.open_scan(view, sha256)
    answer = Response(data, mimetype=media_type)
    way = "inline" if media_type in PICTURES else "attachment"
    answer.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(name)}"
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


@bp.get("/<case_id>/<act_name>")
@requires(Role.REVIEWER)
def ask_act(case_id: str, act_name: str) -> str:
    """The form of one act."""
    return _act_page(case_id, _act(act_name), FieldErrors())


@bp.post("/<case_id>/<act_name>")
@requires(Role.REVIEWER)
def do_act(case_id: str, act_name: str) -> AnyResponse | tuple[str, int]:
    """Do one act and return to the case."""
    act, desk, errors = _act(act_name), desk_here(), FieldErrors()
    case, view = _open(desk, case_id)
    ready = forms.READERS[act](forms.Sent(request.form, request.files, view, desk.item_of(case), errors))
    if errors:
        return _act_page(case_id, act, errors), 422
    ready(desk, case_id)
    flash(str(DONE[act]))
    return redirect(url_for("inbox.show_case", case_id=case_id))


def desk_here() -> Desk:
    """The desk of the person at this browser."""
    return Desk(place_of(web.node()), web.account())


def _open(desk: Desk, case_id: str) -> tuple[Case, CaseView]:
    return desk.open_case(case_id), view_of(case_id)


def _act_page(case_id: str, act: Act, errors: FieldErrors) -> str:
    desk = desk_here()
    case, view = _open(desk, case_id)
    if act not in open_acts(view):
        raise ActRefused(act.label, why_not(view))
    item = desk.item_of(case)
    return render_template(
        f"inbox/{act.value}.html",
        **_about(desk, case, view),
        act=act,
        errors=errors,
        form=request.form,
        item=item,
        papers=papers.papers_of(view, item),
        **_suggested(view, item),
        since=_since_words(desk, view),
        steps=_options(StepKind),
        actions=_options(Action),
        ends=_options(End),
        ways=_options(Way),
        outcomes=_options(forms.PRECHECK_OUTCOMES),
        faults=_options(forms.FAULTS),
        deadline_max=forms.DEADLINE_WORKDAYS_MAX,
    )


def _about(desk: Desk, case: Case, view: CaseView) -> dict[str, object]:
    """What the head of every page about a case needs."""
    path = listing.path_of(case.case_id)
    return {
        "case": case,
        "view": view,
        "line": listing.line_of(case, view, path, desk.place.calendar, desk.today),
        "clocks": listing.clocks_of(view, desk.place.calendar, desk.today),
        "number": grouped(case.receipt_number),
        "paths": PATHS,
        "lives_in": residence.words_of(view.applicant.residence) if view.applicant else "",
    }


def _labels(view: CaseView) -> dict[str, str]:
    """The names of the form's fields as they stood on the form."""
    received = view.received
    return {pair.id: pair.label or pair.id for pair in received.body.form} if received else {}


def _results(view: CaseView) -> list[papers.Scan]:
    decided = view.last(Decided)
    return papers.scans_of(view, decided.body.files) if decided else []


def _suggested(view: CaseView, item: Item | None) -> dict[str, object]:
    """What the forms begin with, from the catalog where it knows better than an empty field."""
    basis = item.basis[0] if item and item.basis else None
    result = item.results[0] if item and item.results else None
    return {
        "remedy": REMEDY,
        "basis": f"《{basis.law}》{basis.article}" if basis else "",
        "contact": item.phone if item else "",
        "result": result.name if result else "",
        "validity": result.validity if result else "",
        "already_told": len(view.all(Noticed)),
    }


def _since_words(desk: Desk, view: CaseView) -> str:
    """Said before accepting when the law has accepted already."""
    is_late = view.received is not None and since_when(desk, view) == view.received.event.at
    return gettext(ACCEPTED_BY_SILENCE) if is_late else ""


def _nothing_open(view: CaseView) -> str:
    if view.handed_out or is_dispatched(view):
        return gettext("结果已经送出，这里没有要办的了。")
    return gettext(why_not(view))


def _act(name: str) -> Act:
    try:
        return Act(name)
    except ValueError:
        raise PageMissing from None


def _options(members: object) -> list[tuple[str, str]]:
    return [(member.value, gettext(member.label)) for member in members]  # type: ignore[attr-defined]


def _known(given: str, known: object, otherwise: str) -> str:
    return given if given in known else otherwise  # type: ignore[operator]
