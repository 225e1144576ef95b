"""The pages of a station's guide, shown at the desk from a draft or a version; nothing can be begun there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from catalog_cache.divisions import load_divisions
from catalog_cache.model import Level
from station import web
from station.cases.clocks import local_day
from station.errors import PageMissing
from station.guide import pages
from station.guide.pages import Preview, Showcase
from station.hall.leftovers import PREVIEWS
from station.hall.preview import service
from station.hall.preview.service import Wanted
from station.hall.publishing import release, towns
from station.hall.publishing.desk import Desk
from station.hall.publishing.pages import DESK, TODAY
from station.hall.versions.contents import DRAFT
from station.web import FieldErrors, requires
from sync.register import Peer, PeerState, nodes_below

bp = Blueprint("preview", __name__, template_folder="templates", url_prefix="/publishing/preview")
STATIONS_SHOWN = 300
Choices = list[tuple[str, str]]
SHOWN = "/<which>/<division>/<day>"


@bp.get("/")
@requires(*DESK)
def choose() -> str | AnyResponse | tuple[str, int]:
    """Which version, at which station or township, on which day."""
    given, errors = request.args, FieldErrors()
    which, division, day = (given.get(name, "").strip() for name in ("which", "division", "day"))
    versions, places = _versions(), _places()
    if "which" not in given:
        return _choose_page(versions, places, errors)
    if which not in dict(versions) or division not in dict(places):
        raise PageMissing
    if day and not is_day(day):
        errors.add("day", gettext("应写成 2026-12-31 的样子，并且是存在的日期"))
        return _choose_page(versions, places, errors), 422
    return redirect(url_for("preview.home", which=which, division=division, day=day or TODAY))


def _choose_page(versions: Choices, places: Choices, errors: FieldErrors) -> str:
    given = {"which": DRAFT, "division": places[0][0], "day": ""} | dict(request.args)
    return render_template(
        "preview/choose.html", versions=versions, places=places, given=given, errors=errors
    )


@bp.get(SHOWN + "/")
@requires(*DESK)
def home(which: str, division: str, day: str) -> str:
    """The first page of the counter: search, themes, joint matters."""
    with _shown(which, division, day) as show:
        return pages.home_page(show, {})


@bp.get(SHOWN + "/items")
@requires(*DESK)
def items(which: str, division: str, day: str) -> str:
    """All entries, or those of one theme or life event."""
    with _shown(which, division, day) as show:
        return pages.items_page(show)


@bp.get(SHOWN + "/items/<code>")
@requires(*DESK)
def item(which: str, division: str, day: str, code: str) -> str:
    """The guide to one item."""
    with _shown(which, division, day) as show:
        return pages.item_page(show, code)


@bp.get(SHOWN + "/items/<code>/form")
@requires(*DESK)
def form(which: str, division: str, day: str, code: str) -> str:
    """The blank form beside the filled sample."""
    with _shown(which, division, day) as show:
        return pages.form_page(show, code)


@bp.get(SHOWN + "/items/<code>/files/<digest>")
@requires(*DESK)
def sample_file(which: str, division: str, day: str, code: str, digest: str) -> Response:
    """A blank form or sample of one of the item's materials."""
    with _shown(which, division, day) as show:
        return pages.file_page(show, code, digest)


@bp.get(SHOWN + "/packages/<code>")
@requires(*DESK)
def package(which: str, division: str, day: str, code: str) -> str:
    """One joint matter."""
    with _shown(which, division, day) as show:
        return pages.package_page(show, code)


@contextmanager
def _shown(which: str, division: str, day: str) -> Iterator[Showcase]:
    names = dict(_places())
    if division not in names:
        raise PageMissing
    wanted = Wanted(which, division, _day(day))
    node, today = web.node(), local_day(web.now())
    folder = node.settings.data_folder / PREVIEWS
    with service.previewed(Desk.of(node), wanted, folder, today, web.now()) as catalog:
        on = wanted.day or today
        lines = (
            dict(_versions()).get(which, which),
            names[division],
            gettext("%(day)s 这一天的样子", day=on.isoformat()),
        )

        def address(page: str, **values: Any) -> str:
            values.pop("draft", None)
            return url_for(f"preview.{page}", which=which, division=division, day=day, **values)

        is_expired = catalog.is_expired(datetime.combine(on, time(4), UTC))
        yield Showcase(catalog, is_expired, address, Preview(lines, url_for("preview.choose")))


def is_day(text: str) -> bool:
    """Whether a text is a day as the address of a preview has it."""
    try:
        return len(text) == len("2026-12-31") and 2000 <= date.fromisoformat(text).year <= 2099
    except ValueError:
        return False


def _day(text: str) -> date | None:
    """Raises PageMissing for what is neither a day nor today."""
    if text != TODAY and not is_day(text):
        raise PageMissing
    return None if text == TODAY else date.fromisoformat(text)


def _versions() -> Choices:
    found = [(str(one.number), gettext("第 %(number)d 版", number=one.number)) for one in release.history()]
    return [(DRAFT, gettext("草稿")), *found]


def _places() -> Choices:
    """The townships of the county, then its stations, each by its division; the county itself first."""
    own, divisions = web.node().facts.division, load_divisions()
    county = divisions.get(own).name if own in divisions else own
    found = {own: gettext("%(name)s（没有镇街自己的内容）", name=county)}
    if web.node().facts.level == Level.COUNTY:
        found |= {town.code: town.name for town in towns.townships(own)}
    stations = nodes_below(web.node().facts.node_id).where(Peer.state == PeerState.ACTIVE)
    for peer in stations.order_by(Peer.division).limit(STATIONS_SHOWN):
        found.setdefault(peer.division, peer.name)
    return list(found.items())
