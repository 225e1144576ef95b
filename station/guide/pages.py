"""The pages of the guide, made from any catalog: the one in use at the counter, or a preview at the desk."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, render_template, request
from flask_babel import gettext

from catalog_cache.distribution.sample_files import files_of
from catalog_cache.errors import BadAnswer
from catalog_cache.installed.catalog import Catalog
from catalog_cache.model import Attachment, Item, Material, Result
from catalog_cache.opening import opening_of
from catalog_cache.situations import material_list, next_question, path_of, situation_label
from station import web
from station.cases.openings import go_instead, why_shut
from station.cases.serving import sample_response
from station.errors import PageMissing
from station.guide import sources, words
from station.guide.errors import SampleNotHere
from station.guide.filled import filled_form
from station.guide.sheet import form_title, result_note
from station.intake.showing import copies_text, limit_text
from station.web import Page, page_number

TILES_MAX = 6
PAGE_SIZE = 40
QUERY_LENGTH_MAX = 64
PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Paper:
    """A file of an item as it is printed. part: m- and a material's id, or r- and the place of a result."""

    part: str
    label: str
    what: str
    file: Attachment


@dataclass(frozen=True)
class Preview:
    """What stands above a page that no counter shows yet. lines: what is shown, for whom, on which day."""

    lines: tuple[str, ...]
    leave: str


@dataclass(frozen=True)
class Showcase:
    """A catalog as its pages are shown. to: the address of a page by its name and values.

    preview: None at a counter; otherwise nothing can be begun from the pages.
    """

    catalog: Catalog
    is_expired: bool
    to: Callable[..., str]
    preview: Preview | None = None

    def render(self, template: str, **values: Any) -> str:
        """A page of this showcase."""
        shared = {"to": self.to, "preview": self.preview, "draft": _draft(self.preview is not None)}
        return render_template(f"guide/{template}.html", **shared, **values)


def home_page(show: Showcase, used: Mapping[str, int], **values: Any) -> str:
    """Search, themes, packages. used: how often items were taken in here, by code."""
    wanted = request.args.get("q", "").strip()[:QUERY_LENGTH_MAX]
    catalog = show.catalog
    hits = catalog.search(wanted, limit=20, used=used) if wanted else []
    return show.render(
        "home",
        wanted=wanted,
        found=[words.found_by(catalog, hit) for hit in hits],
        themes=catalog.themes()[:TILES_MAX],
        packages=catalog.packages(),
        count=catalog.count,
        catalog_version=catalog.version,
        withdrawal=catalog.withdrawal,
        **values,
    )


def items_page(show: Showcase) -> str:
    """All entries, or those of one theme or life event."""
    catalog, topic = show.catalog, request.args.get("topic", "")[:40]
    known = dict(catalog.themes()) | dict(catalog.life_events())
    total = known.get(topic, 0) if topic else catalog.count
    number = min(page_number(), max(1, -(-total // PAGE_SIZE)))
    rows = catalog.summaries(topic, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return show.render(
        "items",
        topic=topic,
        found=[words.found(catalog, row.code, row.name, row.kind) for row in rows],
        page=Page(rows, number, PAGE_SIZE, total),
        themes=catalog.themes(),
        life_events=catalog.life_events(),
    )


def item_page(show: Showcase, code: str) -> str:
    """The guide to one item, narrowed by the answers in the address. Raises UnknownItem."""
    catalog, spoken = show.catalog, show.catalog.spoken(code)
    item, days = spoken.item, words.today_in(catalog)
    given = answers(item)
    question, opening = next_question(item, given), opening_of(item, days)
    held = None if question else [(one, copies_text(one)) for one in material_list(item, given)]
    shut = why_shut(item, opening)
    return show.render(
        "item",
        item=item,
        able=words.able(item, days),
        about=words.facts(item, days),
        shut=shut,
        instead=go_instead(item, opening.shut) if shut else "",
        replaced_by=catalog.item(item.replaced_by) if _has_item(catalog, item.replaced_by) else None,
        path=path_of(item, given),
        question=question,
        situation=situation_label(item, given) if question is None else "",
        materials=held,
        limits=_limits(item),
        is_expired=show.is_expired,
        answers=given,
        packages=catalog.packages_of(code),
        related=[catalog.item(one) for one in item.related if catalog.has(one)],
        has_files=bool(_with_files(item)),
        note=_note,
        look=picture_here,
        catalog_version=catalog.version,
        withdrawal=catalog.withdrawal,
        origin=spoken.origin,
        said_by=sources.said_by(spoken),
        others=sources.lines(spoken),
    )


def form_page(show: Showcase, code: str) -> str:
    """The blank form beside the filled sample, the files of the materials, and what the result looks like."""
    item = show.catalog.item(code)
    return show.render(
        "form",
        item=item,
        title=form_title(item),
        fields=filled_form(item),
        materials=_with_files(item),
        results=_with_samples(item),
        note=_note,
        is_here=_is_here,
        look=picture_here,
    )


def print_page(show: Showcase, code: str) -> str:
    """The pictures of all parts, or of the one that the address names. Raises PageMissing for none."""
    item, wanted = show.catalog.item(code), request.args.get("part", "")
    papers = [one for one in _papers(item) if wanted in ("", one.part)]
    if not papers:
        raise PageMissing
    shown = [one for one in papers if picture_here(one.file) == one.file]
    others = [one for one in papers if one not in shown]
    return show.render("print", item=item, papers=shown, others=others, is_here=_is_here)


def file_page(show: Showcase, code: str, digest: str) -> Response:
    """A blank form or sample that the item names. Raises PageMissing, SampleNotHere."""
    listed = {file.sha256: file for file in files_of(show.catalog.item(code))}
    if digest not in listed:
        raise PageMissing
    path = web.node().samples.store.path(digest)
    if path is None:
        raise SampleNotHere(listed[digest].name)
    is_download = request.args.get("save") == "1"
    return sample_response(path.read_bytes(), listed[digest].name, is_download=is_download)


def package_page(show: Showcase, code: str) -> str:
    """One matter that several departments take part in; what is not needed is unticked."""
    catalog = show.catalog
    package, days = catalog.package(code), words.today_in(catalog)
    members = [catalog.item(one) for one in package.members if catalog.has(one)]
    return show.render(
        "package",
        package=package,
        members=[(one, words.able(one, days), words.facts(one, days)) for one in members],
        limit=limit_text(package.limit) if package.limit else "",
    )


def answers(item: Item) -> dict[str, str]:
    """The answers in the address that lead somewhere; others are left out."""
    known = {question.id for question in item.questions}
    prefix = f"q-{item.code}-"
    given = {
        name.removeprefix(prefix): value[:40]
        for name, value in request.args.items()
        if name.startswith(prefix)
    }
    try:
        path = path_of(item, {key: value for key, value in given.items() if key in known})
    except BadAnswer:
        return {}
    return {question.id: option.value for question, option in path}


def _with_files(item: Item) -> list[Material]:
    """The materials that have a sample or a blank form."""
    return [one for one in item.materials if one.blank_form or one.sample]


def _note(result: Result) -> str:
    return result_note(result, gettext("有效期："))


def picture_here(file: Attachment) -> Attachment | None:
    """What of a file can be shown as a picture now: itself, or the first page of a PDF."""
    found = file if file.name.lower().endswith(PICTURES) else file.page_picture
    return found if found and _is_here(found) else None


def _with_samples(item: Item) -> list[tuple[int, Result]]:
    """(place from 1, result) of each result that has a sample."""
    return [(place, one) for place, one in enumerate(item.results, start=1) if one.sample]


def _papers(item: Item) -> Iterator[Paper]:
    for one in item.materials:
        for file, label in ((one.blank_form, gettext("空白表")), (one.sample, gettext("样表"))):
            if file:
                yield Paper(f"m-{one.id}", label, one.name, file)
    for place, result in _with_samples(item):
        if result.sample:
            yield Paper(f"r-{place}", gettext("结果样本"), result.name, result.sample)


def _is_here(file: Attachment) -> bool:
    """Whether a file is on this machine, whole."""
    return web.node().samples.store.path(file.sha256) is not None


def _limits(item: Item) -> list[tuple[str, str, str]]:
    """(label, words, field) of each limit."""
    named = [
        (gettext("承诺办结"), item.promised, "promised"),
        (gettext("法定办结"), item.statutory, "statutory"),
    ]
    return [
        (label, limit_text(limit) + (f"（{limit.note}）" if limit.note else ""), name)
        for label, limit, name in named
        if limit
    ]


def _has_item(catalog: Catalog, code: str) -> bool:
    return bool(code) and catalog.has(code)


def _draft(is_preview: bool) -> str:
    """The draft to which something is being added, "" for none."""
    token = "" if is_preview else request.args.get("draft", "")
    return token if len(token) == 32 and token.isalnum() else ""
