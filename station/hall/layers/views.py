"""The county's catalog over the city's: what can be taken up, and where the two do not fit."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.divisions import Division, load_divisions
from catalog_cache.errors import CatalogError
from station import web
from station.accounts.roles import Role
from station.errors import PageMissing
from station.hall.layers import service
from station.hall.publishing import arrivals, base, forms, towns
from station.hall.publishing.desk import Desk
from station.hall.publishing.errors import EntryMissing
from station.web import FieldErrors, read_text, requires

bp = Blueprint("layers", __name__, template_folder="templates", url_prefix="/publishing/layers")
DESK = (Role.EDITOR, Role.PUBLISHER)
CONFLICTS_SHOWN = 500
HANDOVER_BYTES_MAX = 64 * 1024 * 1024
Answer = str | Response | tuple[str, int]


@bp.get("/")
@requires(*DESK)
def show_base() -> Answer:
    """The city's catalog, what is new of it, and those of its items that the county has not taken up."""
    if _desk().is_city:
        return redirect(url_for("counties.show_counties"))
    return _base_page(FieldErrors())


@bp.get("/news")
@requires(*DESK)
def show_news() -> str:
    """What the city's newer catalog changes, what the county says about it first."""
    return render_template("layers/news.html", move=service.move(_desk(), load_divisions()))


@bp.post("/look")
@requires(*DESK)
def look() -> Response:
    """Ask the city now whether it signed something newer."""
    try:
        is_newer = arrivals.look_at_city(web.node())
    except CatalogError as refusal:
        flash(gettext(refusal.what) + gettext(refusal.why), "warning")
    else:
        flash(gettext("已取到市级签发的新文件。") if is_newer else gettext("市级没有比本县更新的文件。"))
    return redirect(url_for("layers.show_base"))


@bp.post("/receive")
@requires(*DESK)
def receive() -> Answer:
    """Take the one file that the city wrote for a stick."""
    upload, errors = request.files.get("handover"), FieldErrors()
    data = upload.stream.read(HANDOVER_BYTES_MAX + 1) if upload else b""
    if not data or len(data) > HANDOVER_BYTES_MAX:
        errors.add("handover", gettext("请选择市级交接包（ZIP 文件）"))
        return _base_page(errors), 422
    try:
        is_newer = arrivals.receive(_desk().repository, data)
    except CatalogError as refusal:
        errors.add("handover", gettext(refusal.what) + gettext(refusal.why))
        return _base_page(errors), 422
    flash(gettext("已取到市级签发的新文件。") if is_newer else gettext("这份交接包不比本县现有的新。"))
    return redirect(url_for("layers.show_base"))


@bp.post("/take-over")
@requires(*DESK)
def take_over() -> Response:
    """Lay the draft over the city's newer catalog; stations go on with what they have."""
    arrivals.take_over(_desk().repository, by=web.account().name, now=web.now())
    flash(gettext("草稿已换到市级新目录上，审核签发后各站点才会用上。"))
    return redirect(url_for("layers.show_news"))


@bp.post("/<code>/take-up")
@requires(*DESK)
def take_up(code: str) -> Response:
    """Put one of the city's items into the draft."""
    row = base.take_up(code, by=web.account().name, now=web.now())
    flash(gettext("已认领“%(name)s”，可以修改本县允许改的内容。", name=row.name))
    return redirect(url_for("publishing.show_entry", code=code))


@bp.get("/conflicts")
@requires(*DESK)
def show_conflicts() -> str:
    """Each place where the draft says what the city does not allow, with both sources."""
    found = _conflicts()
    ids = [field.id for group in forms.ITEM_GROUPS for field in group.fields]
    lines = [(one, forms.nearest_id(one.field, ids)) for one in found[:CONFLICTS_SHOWN]]
    return render_template("layers/conflicts.html", lines=lines, count=len(found), base=base.held())


@bp.get("/townships")
@requires(*DESK)
def show_townships() -> str:
    """The townships of this county, and how much each says."""
    return render_template(
        "layers/townships.html", townships=towns.townships(_division()), counts=towns.counts()
    )


@bp.get("/townships/<township>")
@requires(*DESK)
def show_township(township: str) -> str:
    """What one township says, and a form for one more line."""
    return _township_page(township, FieldErrors())


@bp.post("/townships/<township>")
@requires(*DESK)
def say(township: str) -> Answer:
    """Keep one line of a township, or take it away."""
    _township(township)
    errors, code = FieldErrors(), request.form.get("code", "").strip()[:50]
    says = towns.Says(
        read_text(request.form, "place", gettext("办理地点"), errors, is_required=False),
        read_text(request.form, "hours", gettext("办理时间"), errors, is_required=False),
        request.form.get("is_on") == "1",
    )
    if not errors:
        try:
            towns.say(township, code, says, by=web.account().name, now=web.now())
        except EntryMissing:
            errors.add("code", gettext("目录里没有这个编码的事项"))
    if errors:
        return _township_page(township, errors), 422
    flash(gettext("已保存，随下一版目录签发。"))
    return redirect(url_for("layers.show_township", township=township))


def _base_page(errors: FieldErrors) -> str:
    words = request.args.get("q", "").strip()[:60]
    return render_template(
        "layers/base.html",
        base=base.held(),
        is_new=base.is_new(),
        news=arrivals.waiting(_desk().repository),
        has_parent=bool(web.node().facts.parent_url),
        page=web.page_of(base.not_taken_up(words), size=40),
        words=words,
        count=len(_conflicts()),
        errors=errors,
    )


def _desk() -> Desk:
    return Desk.of(web.node())


def _township_page(township: str, errors: FieldErrors) -> str:
    return render_template(
        "layers/township.html",
        township=_township(township),
        page=web.page_of(towns.lines(township), size=100),
        errors=errors,
        form=request.form,
    )


def _township(code: str) -> Division:
    """A township of this county. Raises PageMissing."""
    found = next((one for one in towns.townships(_division()) if one.code == code), None)
    if found is None:
        raise PageMissing
    return found


def _division() -> str:
    return web.node().facts.division


def _conflicts() -> list[base.Conflict]:
    return base.conflicts(_division(), load_divisions())
