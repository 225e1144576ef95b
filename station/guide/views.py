"""The first page of the counter, the lists of items, and the guide to one of them."""

from typing import Any

from flask import Blueprint, Response, url_for
from flask_babel import lazy_gettext

from catalog_cache.model import Attachment
from station import web
from station.accounts.roles import WINDOW
from station.cases.clocks import local_day, local_text
from station.cases.place import Place, place_of
from station.cases.serving import file_response
from station.cases.standing import duties
from station.documents.paper import Image
from station.errors import PageMissing
from station.guide import pages
from station.guide.pages import Showcase
from station.guide.pictures import picture_for_paper
from station.guide.sheet import form_sheet_of, form_title, sheet_of
from station.guide.use import recent_use
from station.intake.drafts import recent
from station.web import NavLink, requires

bp = Blueprint("guide", __name__, template_folder="templates", static_folder="static", url_prefix="/guide")
COUNTERS = ("village", "township")
ALSO = ("intake", "corrections")
NAV = (NavLink(10, lazy_gettext("窗口"), "guide.home", WINDOW, levels=COUNTERS, also=ALSO),)


@bp.get("/")
@requires(*WINDOW)
def home() -> str:
    """Search, themes, packages; what to do today; drafts."""
    place = _place()
    return pages.home_page(
        _show(place),
        recent_use(place.node_id),
        duties=duties(place, local_day(web.now())),
        drafts=recent(web.account().name),
        local_text=local_text,
    )


@bp.get("/items")
@requires(*WINDOW)
def items() -> str:
    """All entries, or those of one theme or life event."""
    return pages.items_page(_show(_place()))


@bp.get("/items/<code>")
@requires(*WINDOW)
def item(code: str) -> str:
    """The guide to one item, narrowed by the answers in the address."""
    return pages.item_page(_show(_place()), code)


@bp.get("/items/<code>/sheet.pdf")
@requires(*WINDOW)
def sheet(code: str) -> Response:
    """The guide on paper, in large type, for these answers."""
    place = _place()
    found = place.catalog.item(code)
    made = sheet_of(place, found, pages.answers(found), web.account().display_name, _look)
    return file_response(made.pdf, "application/pdf", f"{found.name}.pdf")


@bp.get("/items/<code>/form")
@requires(*WINDOW)
def form(code: str) -> str:
    """The blank form beside the filled sample, and the files that the catalog has for the materials."""
    return pages.form_page(_show(_place()), code)


@bp.get("/items/<code>/form.pdf")
@requires(*WINDOW)
def form_sheet(code: str) -> Response:
    """Blank and sample side by side on paper, in large type."""
    place = _place()
    found = place.catalog.item(code)
    if not found.form:
        raise PageMissing
    made = form_sheet_of(place, found, web.account().display_name)
    return file_response(made.pdf, "application/pdf", f"{form_title(found)}.pdf")


@bp.get("/items/<code>/print")
@requires(*WINDOW)
def print_samples(code: str) -> str:
    """The pictures among the samples and blank forms, large, each on a page of its own."""
    return pages.print_page(_show(_place()), code)


@bp.get("/items/<code>/files/<digest>")
@requires(*WINDOW)
def sample_file(code: str, digest: str) -> Response:
    """A blank form or sample that the item names, as the catalog signed it."""
    return pages.file_page(_show(_place()), code, digest)


@bp.get("/packages/<code>")
@requires(*WINDOW)
def package(code: str) -> str:
    """One matter that several departments take part in; what is not needed is unticked."""
    return pages.package_page(_show(_place()), code)


def _look(file: Attachment) -> Image | None:
    """A sample for paper: a picture, or the first page of a PDF, once it is here."""
    picture = pages.picture_here(file)
    path = web.node().samples.store.path(picture.sha256) if picture else None
    return picture_for_paper(path) if path is not None else None


def _show(place: Place) -> Showcase:
    """The catalog in use, with the counter's own addresses."""
    return Showcase(place.catalog, place.is_catalog_expired, _address)


def _address(page: str, **values: Any) -> str:
    return url_for(f"guide.{page}", **values)


def _place() -> Place:
    return place_of(web.node())
