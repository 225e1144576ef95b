"""The pages on which the draft is edited: its list, one entry as a form, and what lint says of it."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from catalog_cache.errors import BadRecord
from catalog_cache.lint import Severity
from catalog_cache.lint import completeness as percent_of
from catalog_cache.model import Item
from catalog_cache.records import label_of
from catalog_cache.trees import situation_count
from station import web
from station.hall.publishing import completeness, draft, forms, jumps, pages, recoding
from station.hall.publishing.findings import Findings
from station.hall.publishing.pages import DESK, bp
from station.web import FieldErrors, requires

SHOWN = {
    "": lazy_gettext("全部"),
    "changed": lazy_gettext("有改动"),
    "removed": lazy_gettext("将移出"),
    "open": lazy_gettext("开放办理"),
    "closed": lazy_gettext("未开放"),
}
SEVERITIES = {"": lazy_gettext("全部"), "error": lazy_gettext("必改"), "warning": lazy_gettext("提醒")}
SORTS = {
    "low": lazy_gettext("缺得多的在前"),
    "high": lazy_gettext("缺得少的在前"),
    "name": lazy_gettext("按名称"),
}
LINES = 100
NEW_CODE = "new-code"
Answer = str | Response | tuple[str, int]


@bp.get("/")
@requires(*DESK)
def show_draft() -> str:
    """The draft: where it stands, and its entries."""
    words, show = request.args.get("q", "").strip()[:60], request.args.get("show", "")
    page = web.page_of(draft.listing(words, show), size=40)
    found = Findings(pages.division())
    return render_template(
        "publishing/draft.html",
        page=page,
        words=words,
        show=show if show in SHOWN else "",
        shown=SHOWN.items(),
        notes={row.code: found.counted(row.code) for row in page.rows},
        whole=completeness.total(completeness.shares()),
        **pages.standing(found),
    )


@bp.get("/entries/<code>")
@requires(*DESK)
def show_entry(code: str) -> str:
    """One entry as a form."""
    entry = draft.read(draft.entry_row(code).record)
    return _entry_page(code, forms.values_of(entry), FieldErrors())


@bp.post("/entries/<code>")
@requires(*DESK)
def save_entry(code: str) -> Answer:
    """Keep what was typed, or show at each field what does not fit."""
    seen, errors = request.form.get("seen", ""), FieldErrors()
    row = draft.row_as_seen(code, seen)  # first, lest faults be told at the fields of another's words
    entry = forms.read_form(draft.read(row.record), request.form, errors)
    if entry is None:
        return _entry_page(code, {**request.form}, errors), 422
    draft.save_entry(entry, seen, by=web.account().name, now=web.now())
    flash(gettext("已保存“%(name)s”。", name=entry.name))
    return redirect(url_for("publishing.show_entry", code=code))


@bp.post("/entries/<code>/code")
@requires(*DESK)
def change_code(code: str) -> Answer:
    """Put a wrong code right, as long as nobody outside was told it."""
    row, errors = draft.entry_row(code), FieldErrors()
    typed = request.form.get(NEW_CODE, "").strip().upper()[:60]
    seen = request.form.get("seen", "")
    try:
        moved = recoding.change_code(code, typed, seen, by=web.account().name, now=web.now())
    except BadRecord:
        errors.add(NEW_CODE, gettext("编码是 3 到 50 位的数字、大写字母或短横线"))
        return _entry_page(code, forms.values_of(draft.read(row.record)), errors), 422
    flash(gettext("编码已改为 %(code)s，提到它的地方一起改了。", code=moved.code))
    return redirect(url_for("publishing.show_entry", code=moved.code))


@bp.post("/entries/<code>/remove")
@requires(*DESK)
def remove_entry(code: str) -> Response:
    """Take an entry out of the draft, or put it back."""
    if request.form.get("back"):
        draft.put_back(code, by=web.account().name, now=web.now())
        flash(gettext("已放回草稿。"))
    else:
        draft.remove_entry(code, by=web.account().name, now=web.now())
        flash(gettext("已移出草稿；签发之前站点不受影响。"))
    return redirect(url_for("publishing.show_draft"))


@bp.get("/lint")
@requires(*DESK)
def show_lint() -> str:
    """What has to be put right, and what somebody should look at, each with the way to its field."""
    show, found = request.args.get("show", ""), Findings(pages.division())
    severities = [one for one in Severity if show in ("", one.value)]
    page = _part_of(found, severities)
    entries = _entries_by_code({one.code for one in page.rows})
    lines = [(one, entries.get(one.code)) for one in page.rows]
    return render_template(
        "publishing/lint.html",
        page=page,
        lines=lines,
        address=jumps.address,
        show=show,
        shown=SEVERITIES.items(),
        **pages.standing(found),
    )


@bp.get("/completeness")
@requires(*DESK)
def show_completeness() -> str:
    """How complete each item is, what it lacks, and the way to each missing field."""
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("department", "theme", "sort")}
    standing, shares = pages.standing(), completeness.shares()
    page = web.page_of(completeness.chosen(**asked), size=40)
    scored = [completeness.Scored.of(row) for row in page.rows]
    entries = _entries_by_code({one.code for one in scored})
    return render_template(
        "publishing/completeness.html",
        page=page,
        lines=[(one, entries[one.code]) for one in scored],
        address=jumps.address,
        label_of=lambda name: label_of(Item, name),
        asked=asked,
        sorts=SORTS.items(),
        departments=sorted({one.department for one in shares} - {""}),
        themes=sorted({one.theme for one in shares} - {""}),
        total=completeness.total(shares, asked["department"], asked["theme"]),
        whole=completeness.total(shares),
        **standing,
    )


def _part_of(found: Findings, severities: Sequence[Severity]) -> web.Page:
    """The page of what lint says that the address asks for."""
    count = sum({Severity.ERROR: found.errors, Severity.WARNING: found.warnings}[one] for one in severities)
    number = min(web.page_number(), max(1, -(-count // LINES)))
    return web.Page(found.part(LINES * (number - 1), LINES * number, severities), number, LINES, count)


def _entries_by_code(codes: set[str]) -> dict[str, draft.Entry]:
    rows = draft.listing().where(draft.DraftEntry.code.in_(list(codes)))
    return {row.code: draft.read(row.record) for row in rows}


def _entry_page(code: str, values: dict[str, str], errors: FieldErrors) -> str:
    row = draft.entry_row(code)
    entry = draft.read(row.record)
    found = Findings(pages.division()).of([code])
    here = url_for("publishing.show_entry", code=code)
    return render_template(
        "publishing/entry.html",
        row=row,
        groups=forms.groups_for(entry),
        landing=forms.landing,
        whole=forms.WHOLE,
        values=values,
        errors=errors,
        notes=jumps.notes_at(entry, found),
        findings=[(finding, jumps.address(entry, finding.field).removeprefix(here)) for finding in found],
        change=draft.change(code),
        code_locked=recoding.why_locked(row),
        new_code=request.form.get(NEW_CODE, row.code),
        percent=percent_of(entry) if isinstance(entry, Item) else None,
        situations=situation_count(entry) if isinstance(entry, Item) else None,
        when=pages.when,
        who=pages.who(),
    )
