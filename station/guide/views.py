"""The first page of the counter, the lists of items, and the guide to one of them."""

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext, lazy_gettext

from catalog_cache.distribution.sample_files import files_of
from catalog_cache.errors import BadAnswer
from catalog_cache.model import Item
from catalog_cache.situations import material_list, next_question, path_of, situation_label
from station import web
from station.accounts.roles import WINDOW
from station.cases.clocks import local_day, local_text
from station.cases.place import Place, place_of
from station.cases.serving import file_response
from station.cases.standing import duties
from station.errors import PageMissing
from station.guide import sources, words
from station.guide.errors import SampleNotHere
from station.guide.filled import filled_form
from station.guide.sheet import form_sheet_of, form_title, sheet_of
from station.guide.use import recent_use
from station.intake.drafts import recent
from station.intake.showing import copies_text, limit_text
from station.web import NavLink, Page, page_number, requires

bp = Blueprint("guide", __name__, template_folder="templates", url_prefix="/guide")
COUNTERS = ("village", "township")
NAV = (NavLink(10, lazy_gettext("窗口"), "guide.home", WINDOW, levels=COUNTERS, also=("intake",)),)
TILES_MAX = 6
PAGE_SIZE = 40
QUERY_LENGTH_MAX = 64
PICTURES = (".png", ".jpg", ".jpeg")
MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg"}
OTHER_MEDIA = "application/octet-stream"


@bp.get("/")
@requires(*WINDOW)
def home() -> str:
    """Search, themes, packages; what to do today; drafts."""
    place = _place()
    wanted = request.args.get("q", "").strip()[:QUERY_LENGTH_MAX]
    catalog = place.catalog
    hits = catalog.search(wanted, limit=20, used=recent_use(place.node_id)) if wanted else []
    return render_template(
        "guide/home.html",
        wanted=wanted,
        found=[words.found_by(catalog, hit) for hit in hits],
        themes=catalog.themes()[:TILES_MAX],
        packages=catalog.packages(),
        count=catalog.count,
        draft=_draft(),
        duties=duties(place, local_day(web.now())),
        drafts=recent(web.account().name),
        local_text=local_text,
    )


@bp.get("/items")
@requires(*WINDOW)
def items() -> str:
    """All entries, or those of one theme or life event."""
    catalog, topic = _place().catalog, request.args.get("topic", "")[:40]
    known = dict(catalog.themes()) | dict(catalog.life_events())
    total = known.get(topic, 0) if topic else catalog.count
    number = min(page_number(), max(1, -(-total // PAGE_SIZE)))
    rows = catalog.summaries(topic, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return render_template(
        "guide/items.html",
        topic=topic,
        found=[words.found(catalog, row.code, row.name, row.kind) for row in rows],
        page=Page(rows, number, PAGE_SIZE, total),
        themes=catalog.themes(),
        life_events=catalog.life_events(),
        draft=_draft(),
    )


@bp.get("/items/<code>")
@requires(*WINDOW)
def item(code: str) -> str:
    """The guide to one item, narrowed by the answers in the address."""
    place = _place()
    catalog, spoken = place.catalog, place.catalog.spoken(code)
    found = spoken.item
    answers = _answers(found)
    question = next_question(found, answers)
    related = [catalog.item(one) for one in found.related if catalog.has(one)]
    return render_template(
        "guide/item.html",
        item=found,
        able=words.able(found),
        about=words.facts(found),
        path=path_of(found, answers),
        question=question,
        situation=situation_label(found, answers) if question is None else "",
        materials=[(one, copies_text(one)) for one in material_list(found, answers)]
        if question is None
        else None,
        limits=_limits(found),
        is_expired=place.is_catalog_expired,
        answers=answers,
        packages=catalog.packages_of(code),
        related=related,
        has_files=bool(files_of(found)),
        draft=_draft(),
        catalog_version=catalog.version,
        origin=spoken.origin,
        said_by=sources.said_by(spoken),
        others=sources.lines(spoken),
    )


@bp.get("/items/<code>/sheet.pdf")
@requires(*WINDOW)
def sheet(code: str) -> Response:
    """The guide on paper, in large type, for these answers."""
    place = _place()
    found = place.catalog.item(code)
    made = sheet_of(place, found, _answers(found), web.account().display_name)
    return file_response(made.pdf, "application/pdf", f"{found.name}.pdf")


@bp.get("/items/<code>/form")
@requires(*WINDOW)
def form(code: str) -> str:
    """The blank form beside the filled sample, and the files that the catalog has for the materials."""
    found = _place().catalog.item(code)
    return render_template(
        "guide/form.html",
        item=found,
        title=form_title(found),
        fields=filled_form(found),
        materials=[one for one in found.materials if one.blank_form or one.sample],
        is_here=lambda file: web.node().samples.store.path(file.sha256) is not None,
        pictures=PICTURES,
    )


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


@bp.get("/items/<code>/files/<digest>")
@requires(*WINDOW)
def sample_file(code: str, digest: str) -> Response:
    """A blank form or sample of one of the item's materials, as the catalog signed it."""
    listed = {file.sha256: file for file in files_of(_place().catalog.item(code))}
    if digest not in listed:
        raise PageMissing
    path = web.node().samples.store.path(digest)
    if path is None:
        raise SampleNotHere(listed[digest].name)
    kind = listed[digest].name.rpartition(".")[2].lower()
    return file_response(path.read_bytes(), MEDIA_TYPES.get(kind, OTHER_MEDIA), listed[digest].name)


@bp.get("/packages/<code>")
@requires(*WINDOW)
def package(code: str) -> str:
    """One matter that several departments take part in; what is not needed is unticked."""
    catalog = _place().catalog
    found = catalog.package(code)
    members = [catalog.item(one) for one in found.members if catalog.has(one)]
    return render_template(
        "guide/package.html",
        package=found,
        members=[(one, words.able(one), words.facts(one)) for one in members],
        limit=limit_text(found.limit) if found.limit else "",
    )


def _answers(found: Item) -> dict[str, str]:
    """The answers in the address that lead somewhere; others are left out."""
    known = {question.id for question in found.questions}
    prefix = f"q-{found.code}-"
    given = {
        name.removeprefix(prefix): value[:40]
        for name, value in request.args.items()
        if name.startswith(prefix)
    }
    try:
        path = path_of(found, {key: value for key, value in given.items() if key in known})
    except BadAnswer:
        return {}
    return {question.id: option.value for question, option in path}


def _limits(found: Item) -> list[tuple[str, str, str]]:
    """(label, words, field) of each limit."""
    named = [
        (gettext("承诺办结"), found.promised, "promised"),
        (gettext("法定办结"), found.statutory, "statutory"),
    ]
    return [
        (label, limit_text(limit) + (f"（{limit.note}）" if limit.note else ""), name)
        for label, limit, name in named
        if limit
    ]


def _draft() -> str:
    """The draft to which something is being added, "" for none."""
    token = request.args.get("draft", "")
    return token if len(token) == 32 and token.isalnum() else ""


def _place() -> Place:
    return place_of(web.node())
