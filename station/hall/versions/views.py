"""The history of the catalog, two versions side by side, taking one back, and what each day brings."""

import re
from datetime import date
from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from station import web
from station.cases.clocks import local_day, local_text
from station.cases.models import Case
from station.errors import PageMissing
from station.hall.publishing import draft, release
from station.hall.publishing.desk import Desk
from station.hall.publishing.pages import DESK, when, who
from station.hall.versions import agenda, beside, compare, duties, service, withdrawn
from station.hall.versions.compare import Narrowed
from station.hall.versions.contents import (
    DRAFT,
    NOTHING,
    Contents,
    Entries,
    contents_of,
    drafted_with,
    in_force_with,
    is_item_drafted,
    pack_of,
)
from station.hall.versions.errors import DutyGone
from station.web import FieldErrors, Page, page_number, read_text, requires

bp = Blueprint("versions", __name__, template_folder="templates", url_prefix="/publishing")
KIND_WORDS = {
    "added": lazy_gettext("新增"),
    "removed": lazy_gettext("移出"),
    "changed": lazy_gettext("改动"),
    "materials": lazy_gettext("材料和情形有变"),
    "limits": lazy_gettext("时限有变"),
    "fees": lazy_gettext("收费有变"),
    "state": lazy_gettext("状态、权限或日期有变"),
    "place": lazy_gettext("地点、时间或电话有变"),
}
GROUP_WORDS = {
    "department": lazy_gettext("按部门"),
    "theme": lazy_gettext("按主题"),
    "kind": lazy_gettext("按改动种类"),
}
EVENT_WORDS = {
    agenda.BEGINS: lazy_gettext("开始办理"),
    agenda.ENDS: lazy_gettext("停止办理"),
    agenda.HANDED_BACK: lazy_gettext("下放到期，站点只能咨询"),
}
TASKS_SHOWN = 50
OPEN, DONE, ALL = "open", "done", "all"
SHOWN_WORDS = {
    OPEN: lazy_gettext("未完成"),
    DONE: lazy_gettext("已完成"),
    ALL: lazy_gettext("全部"),
}
Answer = str | AnyResponse | tuple[str, int]


@bp.get("/history")
@requires(*DESK)
def show_history() -> str:
    """Every published version, who sent, approved and signed it, and which were taken back."""
    versions = release.history()
    taken_back = withdrawn.by_version(versions)
    return render_template(
        "versions/history.html",
        versions=versions,
        taken_back=taken_back,
        gone={row.withdraws for row in taken_back.values()},
        when=when,
        who=who(),
    )


@bp.get("/compare")
@requires(*DESK)
def show_comparison() -> str:
    """Two versions, or the draft against any, narrowed and in groups; printed as it stands."""
    return _comparison_page(*_sides())


@bp.get("/history/<int:number>")
@requires(*DESK)
def show_version(number: int) -> str:
    """What one version changed against the one before it."""
    if number == 0:
        raise PageMissing  # "nothing" is a side to compare with, and no version
    before = dict(pairwise([*(one.number for one in release.history()), 0])).get(number, 0)
    return _comparison_page(contents_of(_desk(), str(before)), contents_of(_desk(), str(number)))


def _comparison_page(before: Contents, after: Contents) -> str:
    lines = compare.compare(before, after)
    wanted = _wanted()
    groups = compare.grouped(lines, wanted)
    return render_template(
        "versions/compare.html",
        before=before,
        after=after,
        labels=_labels(),
        counts=compare.counts(lines),
        total=len(lines),
        kept=sum(wanted.keeps(line) for line in lines),
        shown=sum(len(group) for _, group in groups),
        groups=groups,
        wanted=wanted,
        offices=[(name, name) for name in compare.offices(lines)],
        themes=[(name, name) for name in compare.themes(lines)],
        kinds=KIND_WORDS,
        group_words=GROUP_WORDS,
        printed_at=local_text(web.now()),
    )


@bp.get("/compare.json")
@requires(*DESK)
def export_comparison() -> Response:
    """The same for machines."""
    before, after = _sides()
    wanted = _wanted()
    lines = [line.to_dict() for line in compare.compare(before, after) if wanted.keeps(line)]
    answer = jsonify({"before": before.which, "after": after.which, "changes": lines})
    answer.headers["Content-Disposition"] = f"attachment; filename=diff-{before.which}-{after.which}.json"
    return answer


@bp.get("/history/<int:number>/restore")
@requires(*DESK)
def ask_restore(number: int) -> str:
    """Say what bringing an earlier version again means before it is done."""
    return _restore_page(number, FieldErrors())


@bp.post("/history/<int:number>/restore")
@requires(*DESK)
def restore(number: int) -> Answer:
    """Fill the draft with an earlier version; it goes to review and signature like any other."""
    errors = FieldErrors()
    reason = read_text(
        request.form, "reason", gettext("撤回原因"), errors, length_max=service.REASON_LENGTH_MAX
    )
    if errors:
        return _restore_page(number, errors), 422
    ticked = {name for name in ("give_up", "lines", "years") if request.form.get(name) == "1"}
    service.restore(
        _desk(),
        number,
        reason,
        service.Also("lines" in ticked, "years" in ticked),
        is_draft_given_up="give_up" in ticked,
        by=web.account().name,
        now=web.now(),
    )
    flash(gettext("草稿已换成第 %(number)d 版的内容，请送审、签发。", number=number))
    return redirect(url_for("publishing.show_draft"))


@bp.get("/entries/<code>/close")
@requires(*DESK)
def ask_close(code: str) -> str:
    """The form with which an item goes out of use."""
    return _close_page(code, FieldErrors())


@bp.post("/entries/<code>/close")
@requires(*DESK)
def close(code: str) -> Answer:
    """Take an item out of use in the draft, with the reason and where to go instead."""
    errors = FieldErrors()
    service.item_of(code)
    closing = _closing(code, errors)
    if errors:
        return _close_page(code, errors), 422
    closed = service.close_item(
        code, request.form.get("seen", ""), closing, by=web.account().name, now=web.now()
    )
    flash(gettext("“%(name)s”已在草稿里停用，签发后站点照此显示。", name=closed.name))
    return redirect(url_for("publishing.show_entry", code=code))


@bp.get("/agenda")
@requires(*DESK)
def show_agenda() -> str:
    """What changes on which day, and the checklist of who has to do what."""
    today = local_day(web.now())
    latest = next(iter(release.history()), None)
    drafted = drafted_with(*agenda.FIELDS)
    published: Entries = in_force_with(_desk(), latest.number, *agenda.FIELDS) if latest else {}
    tasks = agenda.tasks(drafted, today, duties.marks())
    return render_template(
        "versions/agenda.html",
        days=agenda.agenda(published, drafted, today),
        words=EVENT_WORDS,
        latest=latest,
        today=today,
        **_checklist(tasks),
    )


@bp.post("/agenda/tasks/<key>/done")
@requires(*DESK)
def call_done(key: str) -> AnyResponse:
    """Mark one line of who does what as done."""
    task = _task(key)
    if duties.call_done(task, by=web.account().name, now=web.now()):
        flash(gettext("“%(task)s”已标为完成。标错了可在“已完成”里撤销。", task=task.duty.task[:40]))
    else:
        flash(gettext("“%(task)s”别人已经标过。", task=task.duty.task[:40]))
    return _to_checklist()


@bp.post("/agenda/tasks/<key>/undo")
@requires(*DESK)
def take_off(key: str) -> AnyResponse:
    """The mark was a mistake."""
    task = _task(key)
    if duties.take_off(task, by=web.account().name, now=web.now()):
        flash(gettext("“%(task)s”改回未完成。", task=task.duty.task[:40]))
    return _to_checklist()


def _checklist(tasks: list[agenda.Task]) -> dict[str, Any]:
    """What the page shows of who does what: of one office or all, open, done or both."""
    office, show = request.args.get("office", "")[:100], request.args.get("show", OPEN)
    of_office = [task for task in tasks if office in ("", task.duty.office)]
    groups = {
        OPEN: [task for task in of_office if task.mark is None],
        DONE: [task for task in of_office if task.mark is not None],
        ALL: of_office,
    }
    show = show if show in groups else OPEN
    kept, number = groups[show], page_number()
    number = min(number, max(1, -(-len(kept) // TASKS_SHOWN)))
    rows = kept[(number - 1) * TASKS_SHOWN : number * TASKS_SHOWN]
    return {
        "page": Page(rows, number, TASKS_SHOWN, len(kept)),
        "offices": sorted({task.duty.office for task in tasks}),
        "office": office,
        "show": show,
        "shown": [(key, label, len(groups[key])) for key, label in SHOWN_WORDS.items()],
        "late": sum(task.is_late for task in of_office),
        "who": who(),
        "when": when,
    }


def _task(key: str) -> agenda.Task:
    """A line as the draft has it now. Raises DutyGone."""
    drafted = drafted_with(agenda.DUTIES)
    tasks = agenda.tasks(drafted, local_day(web.now()), duties.marks())
    found = next((task for task in tasks if task.key == key), None)
    if found is None:
        raise DutyGone
    return found


def _to_checklist() -> AnyResponse:
    """Back to the list as it was narrowed."""
    form = request.form
    office, show = form.get("office", "")[:100] or None, form.get("show", "")
    show = show if show in SHOWN_WORDS else OPEN
    return redirect(url_for("versions.show_agenda", office=office, show=show, _anchor="tasks"))


@bp.app_template_global()
def town_lines_to_sign() -> tuple[beside.LineMove, ...]:
    """For the review: what the draft's townships say otherwise than in force."""
    return beside.not_in_force(_desk())


def _sides() -> tuple[Contents, Contents]:
    """What the address asks to compare: by default the version in force and the draft."""
    known = [version.number for version in release.history()]
    newest = str(known[0]) if known else NOTHING
    asked = request.args.get("before", newest)[:10], request.args.get("after", DRAFT)[:10]
    before, after = (contents_of(_desk(), which) for which in asked)
    return before, after


def _wanted() -> Narrowed:
    given = request.args
    kind, by = given.get("kind", ""), given.get("by", "")
    return Narrowed(
        theme=given.get("theme", "")[:40],
        department=given.get("department", "")[:100],
        kind=kind if kind in KIND_WORDS else "",
        by=by if by in compare.GROUPS else compare.GROUPS[0],
    )


def _labels() -> dict[str, str]:
    """Every side that can be chosen, newest first."""
    found = {DRAFT: gettext("草稿")}
    for index, version in enumerate(release.history()):
        number = gettext("第 %(number)d 版", number=version.number)
        found[str(version.number)] = f"{number}{gettext('（现行）') if index == 0 else ''}"
    return found | {NOTHING: gettext("（无）")}


def _restore_page(number: int, errors: FieldErrors) -> str:
    versions = release.history()
    version = next((one for one in versions[1:] if one.number == number), None)
    if version is None:
        raise PageMissing
    latest = versions[0]
    desk, counts = _desk(), draft.counts()
    return render_template(
        "versions/restore.html",
        restored=version,
        latest=latest,
        has_changes=any((counts.added, counts.changed, counts.removed, counts.years, counts.has_new_towns)),
        is_county=not desk.is_city,
        is_over_another_base=service.is_over_another_base(pack_of(desk, number)),
        move=None if desk.is_city else service.what_comes_beside(desk, number),
        case_count=Case.select().where(Case.catalog == latest.number).count(),
        errors=errors,
        form=request.form,
        when=when,
    )


def _closing(code: str, errors: FieldErrors) -> service.Closing:
    form, most = request.form, service.REASON_LENGTH_MAX
    why = read_text(form, "why", gettext("停用原因"), errors, length_max=most)
    instead = read_text(form, "instead", gettext("改到哪里办"), errors, length_max=most, is_required=False)
    replaced_by = form.get("replaced_by", "").strip()[:50]
    if not instead and not replaced_by:
        errors.add("instead", gettext("请写明群众改到哪里办，或填替代事项的编码"))
    if replaced_by and (replaced_by == code or not is_item_drafted(replaced_by)):
        errors.add("replaced_by", gettext("草稿里没有这个事项，或就是它自己"))
    return service.Closing(why, instead, replaced_by, _day(form.get("on", "").strip(), errors))


def _day(text: str, errors: FieldErrors) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        day = None
    if day is None or day <= local_day(web.now()):
        errors.add("on", gettext("应是今天以后的日期，写成 2026-12-31 的样子；立即停用请留空"))
    return day


def _close_page(code: str, errors: FieldErrors) -> str:
    item = service.item_of(code)
    is_sent = request.method == "POST"
    values = request.form if is_sent else _values_of(item)
    seen = request.form.get("seen", "") if is_sent else draft.entry_row(code).sha256
    return render_template("versions/close.html", item=item, errors=errors, values=values, seen=seen)


def _values_of(item: Any) -> dict[str, str]:
    on = item.ends_on.isoformat() if item.ends_on else ""
    return {"why": item.closed_why, "instead": item.instead, "replaced_by": item.replaced_by, "on": on}


def _desk() -> Desk:
    return Desk.of(web.node())
