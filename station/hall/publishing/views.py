"""The publishing desk's pages: draft, one entry, lint, diff, review, signing, history."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from catalog_cache.difference import difference
from catalog_cache.errors import KeyRefused, PublishRefused
from catalog_cache.lint import completeness, has_errors
from catalog_cache.model import Item
from station import web
from station.accounts.models import Account
from station.accounts.roles import Role
from station.hall.holidays import service as holidays
from station.hall.publishing import draft, forms, release, review
from station.hall.publishing.errors import NotPublished
from station.status import spoken_time
from station.web import FieldErrors, NavLink, read_text, requires

bp = Blueprint("publishing", __name__, template_folder="templates", url_prefix="/publishing")
DESK = (Role.EDITOR, Role.PUBLISHER)
NAV = (
    NavLink(20, lazy_gettext("目录"), "publishing.show_draft", DESK, levels=("county",), also=("holidays",)),
)
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
    found = draft.findings(_division())
    return render_template(
        "publishing/draft.html",
        page=page,
        words=words,
        show=show if show in SHOWN else "",
        shown=SHOWN.items(),
        notes=_notes_by_code(found),
        **_standing(),
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
    found = draft.findings(_division())
    names = {row.code: row.name for row in draft.listing()}
    return render_template("publishing/lint.html", findings=found, names=names, **_standing())


@bp.get("/diff")
@requires(*DESK)
def show_diff() -> str:
    """The draft against the version in force."""
    return render_template(
        "publishing/diff.html", changes=draft.changes(), years=holidays.changes(), **_standing()
    )


@bp.post("/submit")
@requires(*DESK)
def submit() -> Response:
    """Send the draft to a second person."""
    note = request.form.get("note", "").strip()[: review.NOTE_LENGTH_MAX]
    sent = review.submit(_division(), note, by=web.account().name, now=web.now())
    flash(gettext("已送审，等另一位同事审核。"))
    return redirect(url_for("publishing.show_review", number=sent.number))


@bp.get("/reviews/<int:number>")
@requires(*DESK)
def show_review(number: int) -> str:
    """What was sent, and the decision or the form for it."""
    return _review_page(number, FieldErrors())


@bp.post("/reviews/<int:number>")
@requires(*DESK)
def decide(number: int) -> Answer:
    """Approve, or send back with the reason."""
    errors = FieldErrors()
    is_approved = request.form.get("decision") == "approve"
    words = read_text(
        request.form,
        "words",
        gettext("意见"),
        errors,
        length_max=review.NOTE_LENGTH_MAX,
        is_required=not is_approved,
    )
    if errors:
        return _review_page(number, errors), 422
    decided = review.decide(
        number, is_approved=is_approved, words=words, by=web.account().name, now=web.now()
    )
    flash(gettext("已审核通过，可以签发。") if is_approved else gettext("已退回。"))
    return redirect(url_for("publishing.show_review", number=decided.number))


@bp.get("/sign")
@requires(Role.PUBLISHER)
def show_sign() -> str:
    """The last look before signing."""
    return _sign_page(FieldErrors())


@bp.post("/sign")
@requires(Role.PUBLISHER)
def sign() -> Answer:
    """Sign and publish. The passphrase is used once and forgotten."""
    errors, passphrase = FieldErrors(), request.form.get("passphrase", "")
    if not passphrase:
        errors.add("passphrase", gettext("请输入签名密钥的口令"))
        return _sign_page(errors), 422
    try:
        version = release.publish(
            web.node(),
            passphrase,
            by=web.account().name,
            now=web.now(),
            is_clock_checked=request.form.get("clock") == "1",
        )
    except (KeyRefused, PublishRefused) as refusal:
        errors.add("passphrase", f"{refusal.why}{refusal.next_step}")
        return _sign_page(errors), 422
    flash(gettext("第 %(number)d 版已签发，站点下次联系时取走。", number=version.number))
    own = web.installation().current_catalog()
    if own is None or own.version != version.number:
        flash(gettext("本大厅自己还没有用上新版本，请运行 yimen doctor 查看原因。"), "warning")
    return redirect(url_for("publishing.show_history"))


@bp.get("/history")
@requires(*DESK)
def show_history() -> str:
    """Every published version, who sent, approved and signed it."""
    return render_template("publishing/history.html", versions=release.history(), when=_when, who=_who())


@bp.get("/history/<int:number>")
@requires(*DESK)
def show_version(number: int) -> str:
    """What one version changed against the one before it."""
    desk = release.Desk.of(web.node())
    numbers = [version.number for version in release.history()]
    before = max((one for one in numbers if one < number), default=None)
    pack, old = release.pack_of(desk, number), release.pack_of(desk, before) if before else None
    changes = difference(release.entries_of(old), release.entries_of(pack))
    return render_template(
        "publishing/version.html", meta=pack.meta, before=before, changes=changes[: draft.CHANGES_SHOWN]
    )


def _division() -> str:
    return web.node().facts.division


def _when(at: Any) -> str:
    return spoken_time(at, web.now()) if at else ""


def _who() -> Callable[[str], str]:
    """Account names as the people are called."""
    names = {account.name: account.display_name for account in Account.select()}
    return lambda name: names.get(name, name)


def _standing() -> dict[str, Any]:
    """Where the draft stands: figures, findings, review, and what keeps it from being published."""
    found = draft.findings(_division())
    return {
        "counts": draft.counts(),
        "error_count": sum(1 for finding in found if finding.severity == "error"),
        "warning_count": sum(1 for finding in found if finding.severity == "warning"),
        "has_errors": has_errors(found),
        "review": review.current(),
        "latest": next(iter(release.history()), None),
        "missing": release.Desk.of(web.node()).missing(),
        "is_publisher": Role.PUBLISHER in web.account().roles,
        "when": _when,
        "who": _who(),
    }


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
    found = [finding for finding in draft.findings(_division()) if finding.code == code]
    return render_template(
        "publishing/entry.html",
        row=row,
        groups=groups,
        values=values,
        errors=errors,
        findings=[(finding, forms.nearest_id(finding.field, ids)) for finding in found],
        change=draft.change(code),
        percent=completeness(entry) if isinstance(entry, Item) else None,
        when=_when,
        who=_who(),
    )


def _review_page(number: int, errors: FieldErrors) -> str:
    sent = review.review_of(number)
    is_present = sent.draft == draft.fingerprint()
    changes = draft.changes() if is_present else []
    changed = {change.code for change in changes}
    return render_template(
        "publishing/review.html",
        sent=sent,
        refusal=review.why_not(sent, web.account().name),
        changes=changes,
        years=holidays.changes() if is_present else [],
        findings=[finding for finding in draft.findings(_division()) if finding.code in changed],
        errors=errors,
        form=request.form,
        is_publisher=Role.PUBLISHER in web.account().roles,
        when=_when,
        who=_who(),
    )


def _sign_page(errors: FieldErrors) -> str:
    approved = review.current()
    if approved is None or approved.state != "approved":
        raise NotPublished("草稿还没有经第二人审核通过，或通过后又改过。", "请先送审，由另一位同事审核。")
    return render_template("publishing/sign.html", errors=errors, **_standing())
