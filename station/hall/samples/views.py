"""The desk's pages for samples and blank forms: all of them, those of one item, and what a draft changes."""

from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.distribution.sample_files import files_of
from station import web
from station.accounts.roles import Role
from station.cases.serving import sample_response
from station.errors import PageMissing
from station.hall.publishing.desk import Desk
from station.hall.samples import service, shelf
from station.hall.samples.content import FILE_BYTES_MAX
from station.hall.samples.errors import PartMissing, SampleRefused
from station.hall.samples.first_page import can_draw
from station.hall.samples.overview import ITEM_BYTES_SOFT, overview, seconds_on_a_thin_link
from station.hall.samples.places import KINDS, Part, Slot, part_at, parts_of, placed
from station.web import FieldErrors, Page, page_number, requires

bp = Blueprint(
    "samples", __name__, template_folder="templates", static_folder="static", url_prefix="/publishing/samples"
)
DESK = (Role.EDITOR, Role.PUBLISHER)
PAGE_SIZE = 40
PICTURES = (".png", ".jpg", ".jpeg")
Answer = str | Response | tuple[str, int]


@bp.get("/")
@requires(*DESK)
def show_all() -> str:
    """What all files together weigh, what lacks a sample, and which files nobody names."""
    found, held = overview(), shelf.sizes(_folder())
    lists = {
        "lacking": found.lacking(),
        "results": found.lacking_results(),
        "holding": found.holding(),
        "absent": found.absent(held),
    }
    show = request.args.get("show", "")
    show = show if show in lists else "lacking"
    total = len(lists[show])
    number = min(page_number(), max(1, -(-total // PAGE_SIZE)))
    rows = lists[show][(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return render_template(
        "samples/all.html",
        found=found,
        held=held,
        show=show,
        counts={name: len(lines) for name, lines in lists.items()},
        page=Page(rows, number, PAGE_SIZE, total),
        orphans=shelf.orphans(_folder(), web.now()),
        soft=ITEM_BYTES_SOFT,
        size=size_text,
        duration=duration_text,
    )


@bp.post("/orphans")
@requires(*DESK)
def drop_orphans() -> Response:
    """Clear away the files that nobody names."""
    flash(gettext("已清理 %(count)d 份没有用到的文件。", count=shelf.drop_orphans(_folder(), web.now())))
    return redirect(url_for("samples.show_all"))


@bp.get("/changes")
@requires(*DESK)
def show_changes() -> str:
    """Every file that differs from the version in force, old and new side by side."""
    return render_template(
        "samples/changes.html",
        changes=service.changed_slots(),
        labels=KINDS,
        pictures=PICTURES,
        held=_held(),
        size=size_text,
    )


@bp.get("/items/<code>")
@requires(*DESK)
def show_item(code: str) -> str:
    """The files of one item, material by material, then those of its results."""
    return _item_page(code, FieldErrors())


@bp.post("/items/<code>")
@requires(*DESK)
def put(code: str) -> Answer:
    """Put a file into one place, or take it away."""
    slot = Slot(code, request.form.get("part", "")[:100], request.form.get("kind", "")[:20])
    seen, by, now = request.form.get("seen", "")[:64], web.account().name, web.now()
    if request.form.get("act") == "remove":
        service.detach(slot, seen=seen, by=by, now=now)
        flash(gettext("已从草稿中去掉；签发之前站点不受影响。"))
    else:
        upload, errors = request.files.get("file"), FieldErrors()
        data = upload.stream.read(FILE_BYTES_MAX + 1) if upload else b""
        try:
            file = service.attach(_folder(), slot, data, seen=seen, by=by, now=now)
        except SampleRefused as refusal:
            errors.add(_part(slot).field(slot.kind), _told(refusal) if data else _ask_for_file())
            return _item_page(code, errors), 422
        flash(gettext("已放入草稿：%(name)s（%(size)s）。", name=file.name, size=size_text(file.size)))
        if can_draw() and not file.first_page and file.name.endswith(".pdf"):
            flash(gettext("这份 PDF 的首页没有画成图，站点上要点开才看得到。"), "warning")
    return redirect(url_for("samples.show_item", code=code, _anchor=_part(slot).anchor))


@bp.get("/items/<code>/files/<digest>")
@requires(*DESK)
def show_file(code: str, digest: str) -> Response:
    """One file that this item names, in the draft or in force."""
    row, _ = service.item_of(code)
    file = service.files_named(row).get(digest)
    if file is None:
        raise PageMissing
    path = web.node().samples.store.path(digest)
    if path is None:
        raise PartMissing
    return sample_response(path.read_bytes(), file.name, is_download=request.args.get("save") == "1")


def size_text(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} KB"


def duration_text(size: int) -> str:
    """How long so many bytes take on a thin link, in words."""
    seconds = seconds_on_a_thin_link(size)
    if seconds < 60:
        return gettext("约 %(count)d 秒", count=seconds)
    if seconds < 2 * 60 * 60:
        return gettext("约 %(count)d 分钟", count=-(-seconds // 60))
    return gettext("约 %(count)s 小时", count=f"{seconds / 3600:.1f}")


def _item_page(code: str, errors: FieldErrors) -> str:
    row, item = service.item_of(code)
    files = {file.sha256: file.size for file in files_of(item)}
    return render_template(
        "samples/item.html",
        row=row,
        parts=parts_of(item),
        locked=service.why_locked(row),
        labels=KINDS,
        count=len({file.sha256 for _, _, file in placed(item)}),
        weight=sum(files.values()),
        soft=ITEM_BYTES_SOFT,
        most=FILE_BYTES_MAX // 2**20,
        held=_held(),
        pictures=PICTURES,
        can_draw=can_draw(),
        errors=errors,
        size=size_text,
        duration=duration_text,
    )


def _part(slot: Slot) -> Part:
    part = part_at(service.item_of(slot.code)[1], slot)
    if part is None:
        raise PartMissing
    return part


def _told(refusal: SampleRefused) -> str:
    return f"{gettext(refusal.why)}{gettext(refusal.next_step)}"


def _ask_for_file() -> str:
    return gettext("请选择一个 PDF、PNG 或 JPEG 文件")


def _held() -> dict[str, int]:
    """What can be shown here: the files of the own shelf, and those that came from the city."""
    return {**shelf.sizes_in(web.node().samples.store.folder), **shelf.sizes(_folder())}


def _folder() -> Path:
    return Desk.of(web.node()).repository.folder
