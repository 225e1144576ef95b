"""收发 › U 盘收发 › 目录: the whole catalog from a stick, or onto one."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from station import web
from station.catalog_stick import places, taking, writing
from station.catalog_stick.errors import NotAtThisMachine
from station.catalog_stick.meter import Meter
from station.database import free_bytes
from station.errors import PageMissing, StationError
from station.jobs import Job
from station.mailroom.errors import StickBusy
from station.mailroom.views import DESK
from station.web import FieldErrors, requires
from sync.bundle_file import Step, Watch

bp = Blueprint("catalog_stick", __name__, template_folder="templates", url_prefix="/mailroom/stick/catalog")
TAKE, WRITE = "take", "write"
STEPS: dict[Step, LazyString] = {
    Step.CHECK: lazy_gettext("正在核对签名、换上新目录"),
    Step.COPY: lazy_gettext("正在写出目录"),
    Step.FILES: lazy_gettext("样表和空表"),
}
Answer = str | AnyResponse | tuple[str, int]


@bp.get("")
@requires(*DESK)
def show() -> str:
    """What is on the sticks, and what could be written to one."""
    return _page(FieldErrors())


@bp.post("/take")
@requires(*DESK)
def take() -> Answer:
    """Take the catalog from one of the sticks listed. Raises PageMissing at a hall, which has its own."""
    node, by, meter = web.node(), web.account().name, Meter()
    if node.facts.is_hall:
        raise PageMissing
    try:
        _require_here()
        folder = places.listed(request.form.get("source", ""), places.catalogs_on_sticks())
        return _begin(TAKE, meter, lambda: taking.bring(node, folder, meter, by))
    except StationError as error:
        return _refused("source", error)


@bp.post("/write")
@requires(*DESK)
def write() -> Answer:
    """Write the catalog to one of the sticks listed. Raises PageMissing where none is published."""
    node, by, meter = web.node(), web.account().name, Meter()
    if not writing.is_writer(node):
        raise PageMissing
    has_files = request.form.get("files") == "1"
    try:
        _require_here()
        folder = places.listed(request.form.get("to", ""), places.sticks())
        work = lambda: writing.write_for(node, folder, meter, by, has_files=has_files)  # noqa: E731
        return _begin(WRITE, meter, work)
    except StationError as error:
        return _refused("to", error)


@bp.get("/progress")
@requires(*DESK)
def work() -> Answer:
    """How far it is; when it is over, what came of it."""
    job = web.node().catalog_sticks.current
    if job is None:
        return redirect(url_for("catalog_stick.show"))
    is_over = job.is_over  # first: what came of it is asked only of a job that is over
    refusal = job.refusal if is_over else None
    told = web.told(refusal) if refusal is not None else ()
    page = render_template(
        "catalog_stick/work.html",
        job=job,
        is_over=is_over,
        told=_so_far(job),
        refusal=told,
        is_taking=job.kind == TAKE,
        said=gettext,  # the templates' own would read a "%" in a name on the stick as a place to fill
    )
    return page if refusal is None else (page, refusal.status)


@bp.get("/progress.json")
@requires(*DESK)
def work_figures() -> Response:
    """The same for the script that draws it."""
    job = web.node().catalog_sticks.current
    if job is None or job.is_over:
        return jsonify({"is_over": True, "percent": 100, "told": ""})
    return jsonify({"is_over": False, "percent": job.percent, "told": _so_far(job)})


@bp.post("/progress/stop")
@requires(*DESK)
def stop() -> AnyResponse:
    """End it at its next file; what was done by then stays done."""
    jobs = web.node().catalog_sticks
    if jobs.current is not None:
        jobs.current.stop()
        jobs.current.wait(jobs.wait_seconds)
    return redirect(url_for("catalog_stick.work"))


def _begin(kind: str, meter: Meter, work: Callable[[], Any]) -> AnyResponse:
    """Begin, wait a moment, and lead to the page that tells. Raises StickBusy."""

    def watched(watch: Watch) -> Any:
        meter.watched_by(watch)
        return work()

    node = web.node()
    jobs = node.catalog_sticks
    job = jobs.start(node, kind, watched, ExitStack(), meter)
    if job is None:
        raise StickBusy
    job.wait(jobs.wait_seconds)
    return redirect(url_for("catalog_stick.work"))


def _so_far(job: Job) -> str:
    """The step in words; of samples how many of how many, and megabytes."""
    step = gettext("正在准备") if job.step is None else str(STEPS[job.step])
    progress = job.about.progress if isinstance(job.about, Meter) else None
    if progress is None:
        return step
    return gettext(
        "%(step)s：%(files)d/%(all)d 个，%(size)s/%(size_all)s MB",
        step=step,
        files=progress.files,
        all=progress.files_all,
        size=f"{progress.bytes / 1e6:.1f}",
        size_all=f"{progress.bytes_all / 1e6:.1f}",
    )


def _require_here() -> None:
    if not web.is_at_this_machine():
        raise NotAtThisMachine


def _refused(field: str, error: StationError) -> tuple[str, int]:
    errors = FieldErrors()
    errors.add(field, web.spoken(error))
    return _page(errors), error.status


def _page(errors: FieldErrors) -> str:
    node, is_here = web.node(), web.is_at_this_machine()
    may_write = is_here and writing.is_writer(node)
    return render_template(
        "catalog_stick/show.html",
        errors=errors,
        form=request.form,
        is_here=is_here,
        is_station=not node.facts.is_hall,
        is_city=node.facts.level == "city",
        may_write=may_write,
        catalog=node.catalog.current(),
        job=node.catalog_sticks.current,
        sources=[(str(path), str(path)) for path in places.catalogs_on_sticks()] if is_here else [],
        sticks=[(str(path), _with_room(path)) for path in places.sticks()] if may_write else [],
        load=writing.load(node) if may_write else None,
    )


def _with_room(stick: Path) -> str:
    try:
        return gettext(
            "%(stick)s（还剩 %(free)s GB）", stick=str(stick), free=f"{free_bytes(stick) / 1e9:.1f}"
        )
    except OSError:
        return str(stick)
