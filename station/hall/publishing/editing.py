"""The pages on which the draft is edited: its list, one entry as a form, and what lint says of it."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from catalog_cache.lint import completeness
from catalog_cache.model import Item
from station import web
from station.hall.publishing import draft, forms, pages
from station.hall.publishing.pages import DESK, bp
from station.web import FieldErrors, requires

SHOWN = {
    "": lazy_gettext("全部"),
    "changed": lazy_gettext("有改动"),
    "removed": lazy_gettext("将移出"),
    "open": lazy_gettext("开放办理"),
    "closed": lazy_gettext("未开放"),
}
Answer = str | Response | tuple[str, int]


@bp.get("/")
@requires(*DESK)
def show_draft() -> str:
    """The draft: where it stands, and its entries."""
    words, show = request.args.get("q", "").strip()[:60], request.args.get("show", "")
    page = web.page_of(draft.listing(words, show), size=40)
    found = draft.findings(pages.division())
    return render_template(
        "publishing/draft.html",
        page=page,
        words=words,
        show=show if show in SHOWN else "",
        shown=SHOWN.items(),
        notes=_notes_by_code(found),
        **pages.standing(),
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
    row, errors = draft.entry_row(code), FieldErrors()
    entry = forms.read_form(draft.read(row.record), request.form, errors)
    if entry is None:
        return _entry_page(code, {**request.form}, errors), 422
    draft.save_entry(entry, request.form.get("seen", ""), by=web.account().name, now=web.now())
    flash(gettext("已保存“%(name)s”。", name=entry.name))
    return redirect(url_for("publishing.show_entry", code=code))


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
    """What has to be put right, and what somebody should look at."""
    found = draft.findings(pages.division())
    names = {row.code: row.name for row in draft.listing()}
    return render_template("publishing/lint.html", findings=found, names=names, **pages.standing())


def _notes_by_code(found: tuple[Any, ...]) -> dict[str, tuple[int, int]]:
    """Errors and warnings of each entry."""
    notes: dict[str, tuple[int, int]] = {}
    for finding in found:
        errors, warnings = notes.get(finding.code, (0, 0))
        is_error = finding.severity == "error"
        notes[finding.code] = (errors + is_error, warnings + (not is_error))
    return notes


def _entry_page(code: str, values: dict[str, str], errors: FieldErrors) -> str:
    row = draft.entry_row(code)
    entry = draft.read(row.record)
    groups = forms.groups_for(entry)
    ids = [field.id for group in groups for field in group.fields]
    found = [finding for finding in draft.findings(pages.division()) if finding.code == code]
    return render_template(
        "publishing/entry.html",
        row=row,
        groups=groups,
        values=values,
        errors=errors,
        findings=[(finding, forms.nearest_id(finding.field, ids)) for finding in found],
        change=draft.change(code),
        percent=completeness(entry) if isinstance(entry, Item) else None,
        when=pages.when,
        who=pages.who(),
    )
