"""The import page: a file is read in the background, its faults or changes are shown, then it is taken."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.errors import BadTable
from catalog_cache.exchange.export import export_csv, export_workbook
from catalog_cache.exchange.importers import Progress
from catalog_cache.exchange.table_text import FILE_BYTES_MAX
from station import web
from station.accounts.roles import Role
from station.hall.importing.errors import ImportBusy
from station.hall.importing.service import TableImport
from station.hall.leftovers import TABLE
from station.hall.publishing import draft
from station.jobs import Job
from station.web import FieldErrors, requires
from sync.bundle_file import Step, Watch

bp = Blueprint(
    "importing",
    __name__,
    template_folder="templates",
    url_prefix="/publishing/import",
)
DESK = (Role.EDITOR, Role.PUBLISHER)
WAIT_SECONDS = 2.0
SMALL_BYTES = 1024 * 1024
SMALL_WAIT_SECONDS = 20.0
"""A small file is answered at once also on a busy PC; only a large one gets a page of progress."""
_WRITERS = {"xlsx": export_workbook, "csv": export_csv}
_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
Answer = str | Response | tuple[str, int]


@bp.get("")
@requires(*DESK)
def show_form() -> str:
    """The form for a file; one that is being read is linked."""
    return _form(FieldErrors())


@bp.post("")
@requires(*DESK)
def begin() -> Answer:
    """Read a file. A short one is taken or refused at once, unless its changes are wanted first."""
    upload, errors = request.files.get("table"), FieldErrors()
    data = upload.stream.read(FILE_BYTES_MAX + 1) if upload else b""
    if not data:
        errors.add("table", gettext("请选择一个 xlsx、CSV 或 JSON 文件"))
        return _form(errors), 422
    one = TableImport.begin(_folder(), data, is_whole=request.form.get("whole") == "1")
    job = _read(one)
    if not job.wait(SMALL_WAIT_SECONDS if len(data) <= SMALL_BYTES else WAIT_SECONDS):
        return redirect(url_for("importing.show", name=one.name))
    return _settled(one, job, wants_preview=request.form.get("preview") == "1")


@bp.get("/<name>")
@requires(*DESK)
def show(name: str) -> Answer:
    """How far the reading is; when it is over, the faults, or what the file would change."""
    one, job = TableImport(_folder(), name), web.node().imports.current
    if job is not None and job.kind == name:
        return _settled(one, job, wants_preview=True) if job.is_over else _progress(one, job)
    return _settled(one, None, wants_preview=True) if one.is_read else _progress(one, None)


@bp.get("/<name>/figures")
@requires(*DESK)
def figures(name: str) -> Response:
    """The same for the script that draws it."""
    job = web.node().imports.current
    if job is None or job.kind != name:
        return jsonify({"is_over": True})
    return jsonify({"is_over": job.is_over, "percent": _percent(job), "told": _told(job)})


@bp.post("/<name>/go")
@requires(*DESK)
def go_on(name: str) -> Response:
    """Take the reading up again where it was interrupted."""
    _read(TableImport(_folder(), name))
    return redirect(url_for("importing.show", name=name))


@bp.post("/<name>/take")
@requires(*DESK)
def take(name: str) -> Response:
    """The file into the draft."""
    return _taken(TableImport(_folder(), name))


@bp.post("/<name>/drop")
@requires(*DESK)
def drop(name: str) -> Response:
    """Stop reading, and forget the file."""
    job = web.node().imports.current
    if job is not None and job.kind == name:
        web.node().imports.stop()
    TableImport(_folder(), name).drop()
    flash(gettext("已放弃这次导入，草稿没有改动。"))
    return redirect(url_for("importing.show_form"))


@bp.get("/table.<ending>")
@requires(*DESK)
def download(ending: str) -> Answer:
    """The draft as a file that can be imported again."""
    write = _WRITERS.get(ending)
    if write is None:
        return redirect(url_for("importing.show_form"))
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix=TABLE, dir=_folder()))
        path = Path(folder) / f"catalog.{ending}"
        write(path, draft.entries())
        file = stack.enter_context(path.open("rb"))
        answer = send_file(file, _TYPES[ending], as_attachment=True, download_name=path.name)
        answer.direct_passthrough = False  # else a server may close the file alone, and tell nobody
        answer.call_on_close(stack.pop_all().close)
        return answer


def _folder() -> Path:
    return web.node().settings.data_folder


def _read(one: TableImport) -> Job:
    """Begin reading in the background. Raises ImportBusy."""

    def work(watch: Watch) -> BadTable | None:
        def tell(progress: Progress) -> None:
            step = Step.COPY if progress.stage == "reading" else Step.CHECK
            watch(step, progress.done, progress.total)

        try:
            one.read(tell)
        except BadTable as refusal:
            return refusal
        return None

    job = web.node().imports.start(web.node(), one.name, work, ExitStack())
    if job is None:
        raise ImportBusy
    return job


def _settled(one: TableImport, job: Job | None, *, wants_preview: bool) -> Answer:
    """What came of the reading."""
    errors = FieldErrors()
    if job is not None:
        web.node().imports.forget()
        if job.refusal is not None:
            raise job.refusal
        if isinstance(job.result, BadTable):
            one.drop()
            errors.add("table", f"{job.result.why}{job.result.next_step}")
            return _form(errors), 422
    faults, more = one.faults()
    if faults:
        one.drop()
        page = render_template("importing/form.html", errors=errors, faults=faults, more=more, running=None)
        return page, 422
    if not wants_preview:
        return _taken(one)
    return render_template("importing/preview.html", one=one, found=one.preview())


def _taken(one: TableImport) -> Response:
    done = one.take(by=web.account().name, now=web.now())
    flash(
        gettext(
            "已导入：新增 %(added)d 项，改动 %(changed)d 项，移出 %(removed)d 项，相同 %(same)d 项。",
            added=done.added,
            changed=done.changed,
            removed=done.removed,
            same=done.same,
        )
    )
    return redirect(url_for("publishing.show_draft"))


def _form(errors: FieldErrors) -> str:
    job = web.node().imports.current
    running = job.kind if job is not None and not job.is_over else None
    return render_template("importing/form.html", errors=errors, faults=(), more=0, running=running)


def _progress(one: TableImport, job: Job | None) -> str:
    told = _told(job) if job else gettext("读取中断了，可以接着读")
    percent = _percent(job) if job else 0
    return render_template("importing/progress.html", one=one, job=job, told=told, percent=percent)


def _percent(job: Job) -> int:
    return job.percent if job.step is Step.CHECK else 0


def _told(job: Job) -> str:
    if job.step is Step.CHECK:
        return gettext("正在检查：%(done)d / %(total)d 条", done=job.done, total=job.total)
    return gettext("正在读取：已读 %(done)d 行", done=job.done)
