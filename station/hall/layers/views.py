"""The county's catalog over the city's: what can be taken up, and where the two do not fit."""

from typing import IO

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.distribution.handed_zip import HandoverZip
from catalog_cache.divisions import Division, load_divisions
from catalog_cache.errors import CatalogError
from station import web
from station.accounts.roles import Role
from station.errors import PageMissing
from station.hall.layers import handovers, service
from station.hall.publishing import arrivals, base, city_samples, forms, leaving, towns
from station.hall.publishing.desk import Desk
from station.hall.publishing.errors import EntryMissing
from station.web import FieldErrors, read_text, requires

bp = Blueprint("layers", __name__, template_folder="templates", url_prefix="/publishing/layers")
DESK = (Role.EDITOR, Role.PUBLISHER)
CONFLICTS_SHOWN = 500
NAMES_SHOWN = 5
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
    """Take the one file that the city wrote for a stick: uploaded, or from a stick in this PC."""
    upload, place, errors = request.files.get("handover"), request.form.get("place", ""), FieldErrors()
    try:
        if place and web.is_at_this_machine():
            with handovers.opened(place, _division()) as file:
                _receive(file)
        elif upload:
            _receive(upload.stream)
        else:
            errors.add("handover", gettext("请选择市级交接包（ZIP 文件）"))
    except CatalogError as refusal:
        errors.add("place" if place else "handover", gettext(refusal.what) + gettext(refusal.why))
    return (_base_page(errors), 422) if errors else redirect(url_for("layers.show_base"))


@bp.post("/take-over")
@requires(*DESK)
def take_over() -> Response:
    """Lay the draft over the city's newer catalog; stations go on with what they have."""
    seen = request.form.get("seen", "")
    arrivals.take_over(_desk().repository, seen=seen, by=web.account().name, now=web.now())
    flash(gettext("草稿已换到市级新目录上，审核签发后各站点才会用上。"))
    return redirect(url_for("layers.show_news"))


@bp.post("/leave")
@requires(*DESK)
def leave() -> Answer:
    """Lie over the city's catalog no more, from this county's next version on."""
    errors, keeps = FieldErrors(), request.form.get("keeps", "")
    if keeps not in ("all", "own"):
        errors.add("keeps-all", gettext("请选择市级事项怎么办"))
        return _base_page(errors), 422
    left = leaving.leave(_desk().repository, keeps_all=keeps == "all", by=web.account().name, now=web.now())
    told = gettext(
        "草稿已不依市级目录：%(kept)d 项转为本县自己的，%(removed)d 项将移出。审核签发后各站点才会用上。",
        kept=left.kept,
        removed=left.removed,
    )
    flash(told)
    return redirect(url_for("publishing.show_draft"))


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
        offered=arrivals.offered(_desk().repository),
        has_left=base.has_left(),
        handovers=[str(path) for path in handovers.on_sticks(_division())]
        if web.is_at_this_machine()
        else [],
        upload_mib_max=web.node().settings.request_mib_max,
        has_parent=bool(web.node().facts.parent_url),
        page=web.page_of(base.not_taken_up(words), size=40),
        words=words,
        count=len(_conflicts()),
        errors=errors,
    )


def _receive(file: IO[bytes]) -> None:
    """The signed files, then the samples; what came is told on the next page. Raises CatalogError."""
    brought = HandoverZip(file)
    try:
        is_newer = arrivals.receive(_desk().repository, brought)
        taken = city_samples.take(web.node(), brought, web.now())
    finally:
        brought.close()
    flash(gettext("已取到市级签发的新文件。") if is_newer else gettext("这份交接包不比本县现有的新。"))
    if taken.files:
        flash(gettext("随包取到市级事项的样表和空表 %(count)d 份。", count=taken.files))
    if taken.missing:
        flash(_missing(taken), "warning")


def _missing(taken: city_samples.Taken) -> str:
    shown = "、".join(taken.missing[:NAMES_SHOWN])
    told = gettext(
        "市级事项还缺 %(count)d 份样表或空表：%(names)s。签发后联网时自动补取，或请市级再给一份交接包。",
        count=len(taken.missing),
        names=shown,
    )
    return gettext("磁盘空间不多了，样表和空表没有取。") + told if taken.is_disk_low else told


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
