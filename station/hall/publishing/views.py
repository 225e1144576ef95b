"""The publishing desk's pages from the draft to a version: diff, review, signing."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.errors import KeyRefused, PublishRefused
from station import web
from station.accounts.roles import Role
from station.hall.holidays import city as city_holidays
from station.hall.holidays import service as holidays
from station.hall.publishing import base, draft, editing, pages, release, review
from station.hall.publishing.errors import NotPublished
from station.hall.publishing.findings import Findings
from station.hall.publishing.models import DraftEntry
from station.hall.publishing.pages import DESK, NAV, TODAY, bp
from station.hall.versions import withdrawn
from station.hall.versions.contents import DRAFT
from station.web import FieldErrors, read_text, requires

__all__ = ["NAV", "bp", "editing"]  # the pages of `editing` stand on the same blueprint
CHANGES = 50
Answer = str | Response | tuple[str, int]


@bp.get("/diff")
@requires(*DESK)
def show_diff() -> str:
    """The draft against the version in force."""
    page = web.page_of(draft.changed(), size=CHANGES)
    changes = draft.changes(page.rows)
    return render_template(
        "publishing/diff.html",
        page=page,
        changes=changes,
        years=holidays.changes(),
        city_years=city_holidays.with_next_version(release.Desk.of(web.node())),
        **pages.standing(),
    )


@bp.post("/submit")
@requires(*DESK)
def submit() -> Response:
    """Send the draft to a second person."""
    note = request.form.get("note", "").strip()[: review.NOTE_LENGTH_MAX]
    sent = review.submit(pages.division(), note, by=web.account().name, now=web.now())
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
    """Sign and publish. The passphrases are used once and forgotten; a city's two keepers each type one."""
    errors, is_city = FieldErrors(), web.node().facts.level == "city"
    for name in ("passphrase", "second") if is_city else ("passphrase",):
        if not request.form.get(name):
            errors.add(name, gettext("请输入签名密钥的口令"))
    if errors:
        return _sign_page(errors), 422
    if _is_base_moved():
        return _sign_page(errors), 409
    try:
        version = release.publish(
            web.node(),
            request.form["passphrase"],
            by=web.account().name,
            now=web.now(),
            is_clock_checked=request.form.get("clock") == "1",
            second=request.form.get("second", ""),
        )
    except (KeyRefused, PublishRefused) as refusal:
        errors.add("passphrase", f"{refusal.why}{refusal.next_step}")
        return _sign_page(errors), 422
    if is_city:
        flash(gettext("第 %(number)d 版已签发，各县下次联系时取走，或用 U 盘带去。", number=version.number))
        return redirect(url_for("counties.show_counties"))
    flash(gettext("第 %(number)d 版已签发，站点下次联系时取走。", number=version.number))
    own = web.installation().current_catalog()
    if own is None or own.version != version.number:
        flash(gettext("本大厅自己还没有用上新版本，请运行 yimen doctor 查看原因。"), "warning")
    return redirect(url_for("versions.show_history"))


def _review_page(number: int, errors: FieldErrors) -> str:
    sent = review.review_of(number)
    is_present = sent.draft == draft.fingerprint()
    page = web.page_of(draft.changed(), size=CHANGES) if is_present else None
    changes = draft.changes(page.rows) if page else []
    changed = {change.code for change in changes}
    return render_template(
        "publishing/review.html",
        sent=sent,
        withdrawal=withdrawn.of_draft(sent.draft),
        refusal=review.why_not(sent, web.account().name),
        page=page,
        changes=changes,
        whole={row.code: _as_a_station(row) for row in page.rows if not row.is_removed} if page else {},
        years=holidays.changes() if is_present else [],
        findings=Findings(pages.division()).of(changed),
        city_years=city_holidays.with_next_version(release.Desk.of(web.node())) if is_present else [],
        is_leaving_base=is_present and base.is_leaving(),
        errors=errors,
        form=request.form,
        is_publisher=Role.PUBLISHER in web.account().roles,
        when=pages.when,
        who=pages.who(),
    )


def _as_a_station(row: DraftEntry) -> str:
    """Where an entry of the draft can be read whole, as a station will show it."""
    division = pages.division()
    return url_for(f"preview.{row.kind}", which=DRAFT, division=division, day=TODAY, code=row.code)


def _sign_page(errors: FieldErrors) -> str:
    approved = review.current()
    if approved is None or approved.state != "approved":
        raise NotPublished("草稿还没有经第二人审核通过，或通过后又改过。", "请先送审，由另一位同事审核。")
    return render_template(
        "publishing/sign.html", errors=errors, is_base_moved=_is_base_moved(), **pages.standing()
    )


def _is_base_moved() -> bool:
    desk = release.Desk.of(web.node())
    return not desk.is_city and not desk.missing() and release.is_base_moved(desk)
