"""The stations below this hall, a code for a new one, and the end of one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from catalog_cache.model import Level
from station import web
from station.accounts.roles import Role
from station.cases.terms import Path
from station.errors import PageMissing
from station.hall.fleet import catalogs, service
from station.hall.publishing.release import history
from station.status import spoken_at
from station.web import FieldErrors, NavLink, Page, page_number, read_text, requires
from sync import epochs
from sync.enrolment import NewCode
from sync.errors import BadForm

bp = Blueprint("fleet", __name__, template_folder="templates", url_prefix="/fleet")
SEES = (Role.ADMIN, Role.REVIEWER, Role.PUBLISHER)
NAV = (NavLink(30, lazy_gettext("站点"), "fleet.list_stations", SEES, levels=("county", "city")),)
PATHS = {path.value: lazy_gettext(path.label) for path in Path}
SEES_CATALOGS = (*SEES, Role.EDITOR)
PAGE_SIZE = 50
SHOWN = {
    "": lazy_gettext("全部"),
    catalogs.BEHIND: lazy_gettext("落后"),
    catalogs.NEWEST: lazy_gettext("最新"),
    catalogs.UNKNOWN: lazy_gettext("未上报或不明"),
    catalogs.OFFLINE: lazy_gettext("久未联系"),
}
LEVELS = {
    "county": lazy_gettext("县（区）大厅"),
    "township": lazy_gettext("镇便民中心"),
    "village": lazy_gettext("村（社区）站"),
}


@bp.get("/")
@requires(*SEES)
def list_stations() -> str:
    """Every station of this hall: last contact, what waits, catalog, state."""
    return _list_page(FieldErrors())


@bp.get("/catalogs")
@requires(*SEES_CATALOGS)
def list_catalogs() -> str:
    """Which station uses which version, since when, how far behind; how many have the newest."""
    if web.node().facts.level != Level.COUNTY:
        raise PageMissing  # below a city every county counts its own versions
    lines = catalogs.holdings(web.node().facts.node_id, web.now())
    asked = request.args.get("show", "")
    show = asked if asked in SHOWN else ""
    kept = catalogs.narrowed(lines, show)
    number = min(page_number(), max(1, -(-len(kept) // PAGE_SIZE)))
    rows = kept[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return render_template(
        "fleet/catalogs.html",
        page=Page(rows, number, PAGE_SIZE, len(kept)),
        share=catalogs.share(lines),
        shown=[(key, label, len(catalogs.narrowed(lines, key))) for key, label in SHOWN.items()],
        show=show,
        latest=next(iter(history()), None),
        sees_history=bool({Role.EDITOR, Role.PUBLISHER} & set(web.account().roles)),
        sees_stations=bool(set(SEES) & set(web.account().roles)),
        levels=LEVELS,
        paths=PATHS,
        when=spoken_at,
    )


@bp.post("/code")
@requires(Role.ADMIN)
def make_code() -> str | tuple[str, int]:
    """A one-time code for a new station; it is shown on this answer only."""
    errors = FieldErrors()
    division = read_text(request.form, "division", gettext("区划代码"), errors, length_max=12)
    if not errors:
        try:
            code = service.admit(division, by=web.account().name, now=web.now())
        except BadForm:
            errors.add("division", gettext("区划代码应是 12 位数字，例如 440205103201"))
    if errors:
        return _list_page(errors), 422
    return _list_page(errors, code)


@bp.get("/<node_id>/revoke")
@requires(Role.ADMIN)
def ask_revoke(node_id: str) -> str:
    """Say what revoking means before it is done."""
    return _revoke_page(node_id, FieldErrors())


@bp.post("/<node_id>/revoke")
@requires(Role.ADMIN)
def revoke(node_id: str) -> Response | tuple[str, int]:
    """Take away a station's keys."""
    errors = FieldErrors()
    reason = read_text(request.form, "reason", gettext("停用原因"), errors)
    if request.form.get("sure") != "1":
        errors.add("sure", gettext("请勾选确认"))
    if errors:
        return _revoke_page(node_id, errors), 422
    own = web.node().facts.node_id
    station = service.revoke(own, node_id, reason, by=web.account().name, now=web.now())
    flash(gettext("已停用 %(name)s 的密钥。", name=station.name))
    return redirect(url_for("fleet.list_stations"))


@bp.get("/<node_id>/replace")
@requires(Role.ADMIN)
def ask_replace(node_id: str) -> str:
    """Say what a new PC in place of a dead one means before a code for it is made."""
    return _replace_page(node_id, FieldErrors())


@bp.post("/<node_id>/replace")
@requires(Role.ADMIN)
def replace(node_id: str) -> str | tuple[str, int]:
    """A one-time code with which a new PC takes the place of this one; shown on this answer only."""
    errors = FieldErrors()
    if request.form.get("sure") != "1":
        errors.add("sure", gettext("请勾选确认"))
        return _replace_page(node_id, errors), 422
    station = service.station_of(web.node().facts.node_id, node_id, web.now())
    by, now = web.account().name, web.now()
    code = service.admit(station.division, by=by, now=now, replaces=station.node_id)
    return _replace_page(node_id, errors, code)


def _replace_page(node_id: str, errors: FieldErrors, code: NewCode | None = None) -> str:
    station = service.station_of(web.node().facts.node_id, node_id, web.now())
    return render_template(
        "fleet/replace.html",
        station=station,
        level=LEVELS.get(station.level, station.level),
        errors=errors,
        code=code,
        when=spoken_at,
    )


def _list_page(errors: FieldErrors, code: NewCode | None = None) -> str:
    page = web.page_of(service.below(web.node().facts.node_id), size=30)
    return render_template(
        "fleet/list.html",
        page=page,
        stations=service.describe(page.rows, web.now()),
        errors=errors,
        code=code,
        form=request.form,
        is_admin=Role.ADMIN in web.account().roles,
        catalog=web.installation().current_catalog(),
        restored_at=epochs.began_at(),
        levels=LEVELS,
        paths=PATHS,
        when=spoken_at,
    )


def _revoke_page(node_id: str, errors: FieldErrors) -> str:
    station = service.station_of(web.node().facts.node_id, node_id, web.now())
    return render_template("fleet/revoke.html", station=station, errors=errors, form=request.form)
