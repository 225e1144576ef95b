"""收发: the queue, the stick, what waits for a person."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from station import audit, status, web
from station.accounts.roles import WINDOW, Role
from station.errors import PageMissing, StationError
from station.jobs import Job
from station.mailroom import carry, letters
from station.mailroom.decisions.views import aside_page
from station.mailroom.errors import NoBundleGiven, StickBusy
from station.mailroom.letters import LetterProof
from station.mailroom.words import CAUSES, HALL_STATES, STATES, STEPS, contact_told
from station.web import FieldErrors, NavLink, requires
from sync import budget, inbox, incidents, outbox
from sync.bundle import Imported
from sync.bundle_file import Watch
from sync.errors import SyncError
from sync.outbox import LetterState
from sync.rows import write

bp = Blueprint(
    "mailroom",
    __name__,
    template_folder="templates",
    url_prefix="/mailroom",
)
DESK = (*WINDOW, Role.REVIEWER, Role.ADMIN)
NAV = (NavLink(40, lazy_gettext("收发"), "mailroom.queue", DESK, also=("catalog_stick",)),)
EXPORT, DOWNLOAD, IMPORT = "export", "download", "import"
BUNDLE_TYPE = "application/vnd.yimen.bundle"


@bp.get("/")
@requires(*DESK)
def queue() -> str:
    """How many letters stand where, and each of them."""
    shows_all = request.args.get("show") == "all"
    page = web.page_of(outbox.letters(is_open_only=not shows_all))
    return render_template(
        "mailroom/queue.html",
        desk=letters.desk(web.now()),
        lines=letters.lines_of(page.rows, web.now()),
        page=page,
        shows_all=shows_all,
        states=_states(),
        link=web.node().link,
        has_parent=bool(web.node().facts.parent_url),
        exchange_seconds=web.node().settings.exchange_seconds,
        daily_mib=web.node().settings.daily_mib,
        spent_mib=budget.spent(web.now()) / 2**20,
        spoken=status.spoken_at,
    )


@bp.post("/contact")
@requires(*DESK)
def contact() -> AnyResponse:
    """One exchange with the hall, now."""
    told, tone = contact_told(web.node().exchange_now())
    flash(told, tone)
    return redirect(url_for("mailroom.queue"))


@bp.get("/letters/<name>")
@requires(*DESK)
def show_letter(name: str) -> str:
    """One letter with its proof of custody. Raises NoSuchLetter."""
    proof = letters.proof_of(name, web.now())
    return render_template(
        "mailroom/letter.html",
        proof=proof,
        line=proof.line,
        header=json.loads(proof.header),
        ack=json.loads(proof.ack.body_bytes) if proof.ack else None,
        custody=_custody(proof),
        states=_states(),
        spoken=status.spoken_at,
    )


@bp.get("/letters/<name>/proof.json")
@requires(*DESK)
def download_proof(name: str) -> Response:
    """The signed statements about one letter, for whoever wants to check them without this program."""
    proof = letters.proof_of(name, web.now())
    document = {
        "header": proof.header,
        "header_signature": proof.signature.hex(),
        "acknowledgement": proof.ack.to_dict() if proof.ack else None,
        "custody": proof.custody.to_dict() if proof.custody else None,
        "file_receipts": [file.receipt.to_dict() for file in proof.files if file.receipt],
    }
    answer = Response(json.dumps(document, ensure_ascii=False, indent=1), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="proof-{proof.line.name[:16]}.json"'
    return answer


@bp.get("/stick")
@requires(*DESK)
def stick() -> str:
    """Mail by U 盘, both ways."""
    return _stick_page(FieldErrors())


@bp.post("/stick/export")
@requires(*DESK)
def export() -> AnyResponse | tuple[str, int]:
    """A bundle into the browser's downloads or into a folder of this machine."""
    try:
        to = carry.recipient_of(web.node().facts.node_id, request.form.get("to", ""))
        given = request.form.get("folder", "").strip() if web.is_at_this_machine() else ""
        return _begin_export(to, given)
    except (StationError, SyncError) as error:
        return _refused("folder", error)


@bp.post("/stick/import")
@requires(*DESK)
def take() -> AnyResponse | str | tuple[str, int]:
    """Take in a bundle that was uploaded or lies on a stick of this machine."""
    with ExitStack() as stack:
        try:
            path, errand = _bundle_given(stack), _errand()
            return _begin(IMPORT, lambda watch: carry.take(errand.watched_by(watch), path), stack.pop_all())
        except (StationError, SyncError) as error:
            return _refused("bundle", error)


@bp.get("/stick/progress")
@requires(*DESK)
def work() -> AnyResponse | str | tuple[str, int]:
    """How far an export or import is; when it is over, what came of it."""
    job = web.node().jobs.current
    if job is None:
        return redirect(url_for("mailroom.stick"))
    if job.is_over:
        return _over(job)
    return _work_page(job, is_over=False)


@bp.get("/stick/progress.json")
@requires(*DESK)
def work_figures() -> Response:
    """The same for the script that draws it."""
    job = web.node().jobs.current
    is_over = job is None or job.is_over
    step = "" if job is None or job.step is None else gettext(STEPS[job.step])
    percent = 0 if job is None else job.percent
    return jsonify({"is_over": is_over, "percent": percent, "told": f"{step} {percent}%"})


@bp.post("/stick/progress/stop")
@requires(*DESK)
def stop_work() -> AnyResponse:
    """End it at its next piece; what was done by then stays done."""
    jobs = web.node().jobs
    if jobs.current is not None:
        jobs.current.stop()
        jobs.current.wait(jobs.wait_seconds)
    return redirect(url_for("mailroom.work"))


@bp.get("/stick/progress/file")
@requires(*DESK)
def download_work() -> AnyResponse:
    """A bundle that was made for the browser."""
    job = web.node().jobs.current
    if job is None or not job.is_over or job.kind != DOWNLOAD or job.result is None:
        return redirect(url_for("mailroom.stick"))
    return _sent(job)


@bp.get("/aside")
@requires(*DESK)
def aside() -> str:
    """Letters set down with a reason, and what the mail noticed."""
    return aside_page(FieldErrors())


@bp.post("/aside/<name>/retry")
@requires(*DESK)
def retry(name: str) -> AnyResponse:
    """Hand a letter on again, now that its reason may be gone. Raises NoSuchLetter."""
    letters.require_held(name)
    reason = inbox.retry(web.node().mailbox, name)
    with write():
        audit.record(web.account().name, "mail.retried", name, now=web.now(), reason=reason[:200])
    if reason:
        flash(gettext("仍然不能处理：%(reason)s", reason=reason), "warning")
    else:
        flash(gettext("已重新处理，这封信不再等候。"))
    return redirect(url_for("mailroom.aside"))


@bp.post("/incidents/<int:number>/resolve")
@requires(Role.LEAD, Role.ADMIN)
def resolve(number: int) -> AnyResponse:
    """A person has looked at what the mail noticed."""
    if number not in {incident.id for incident in letters.open_incidents()}:
        raise PageMissing
    with write():
        incidents.resolve(number, web.now())
        audit.record(web.account().name, "mail.incident_resolved", str(number), now=web.now())
    flash(gettext("已记下：有人核对过这件事。"))
    return redirect(url_for("mailroom.aside"))


def _begin_export(to: str, given: str) -> AnyResponse | tuple[str, int]:
    node, errand = web.node(), _errand()
    if given:
        folder = carry.usable_folder(given, node.settings.data_folder)
        return _begin(EXPORT, lambda watch: carry.export(errand.watched_by(watch), to, folder), ExitStack())
    with ExitStack() as stack:
        folder = stack.enter_context(carry.waiting_folder(node.settings.data_folder))
        job = lambda watch: carry.export(errand.watched_by(watch), to, folder)  # noqa: E731
        return _begin(DOWNLOAD, job, stack.pop_all())


def _bundle_given(stack: ExitStack) -> Path:
    """The bundle that was uploaded, kept as long as `stack`, or one on a stick of this machine."""
    upload = request.files.get("bundle")
    if upload is not None and upload.filename:
        folder = stack.enter_context(carry.waiting_folder(web.node().settings.data_folder))
        return carry.keep_upload(upload.stream, folder)
    given = request.form.get("path", "").strip()
    if not given or not web.is_at_this_machine():
        raise NoBundleGiven
    return carry.usable_bundle(given)


def _begin(kind: str, work: Callable[[Watch], Any], stack: ExitStack) -> Any:
    """Begin, wait a moment, and answer with what came of it or with how far it is. Raises StickBusy."""
    jobs = web.node().jobs
    job = jobs.start(web.node(), kind, work, stack)
    if job is None:
        stack.close()
        raise StickBusy
    return _over(job) if job.wait(jobs.wait_seconds) else redirect(url_for("mailroom.work"))


def _over(job: Job) -> Any:
    """What came of it; a file to fetch is kept until it is fetched."""
    if job.kind == DOWNLOAD and job.refusal is None:
        return _sent(job) if request.method == "POST" else _work_page(job, is_over=True)
    web.node().jobs.forget()
    if job.refusal is not None:
        return _refused("bundle" if job.kind == IMPORT else "folder", job.refusal)
    if job.kind == IMPORT:
        web.node().wake()
        return _imported_page(*job.result)
    done = job.result
    flash(_export_told(done.path, done.letters, done.files, is_more=done.more))
    return redirect(url_for("mailroom.stick"))


def _work_page(job: Job, *, is_over: bool) -> str:
    """is_over: as it was when the page was chosen; the job may end while the page is made."""
    return render_template("mailroom/work.html", job=job, is_over=is_over, steps=STEPS)


def _sent(job: Job) -> AnyResponse:
    """The finished bundle; afterwards nothing of it is left here."""
    with ExitStack() as stack:
        file = stack.enter_context(job.result.path.open("rb"))
        stack.callback(web.node().jobs.forget)
        answer = send_file(file, BUNDLE_TYPE, as_attachment=True, download_name=job.result.path.name)
        answer.direct_passthrough = False  # else a server may close the file alone, and tell nobody
        answer.call_on_close(stack.pop_all().close)
        return answer


def _refused(field: str, error: StationError | SyncError) -> tuple[str, int]:
    errors = FieldErrors()
    errors.add(field, web.spoken(error))
    return _stick_page(errors), error.status


def _errand() -> carry.Errand:
    node = web.node()
    return carry.Errand(node.mailbox, node.settings.data_folder, web.account().name, web.now())


def _stick_page(errors: FieldErrors) -> str:
    node, is_here = web.node(), web.is_at_this_machine()
    found = carry.sticks() if is_here else []
    bundles = [path for folder in found for path in carry.bundles_on(folder)]
    peers = carry.correspondents(node.facts.node_id)
    return render_template(
        "mailroom/stick.html",
        errors=errors,
        peers=peers,
        peer_options=[(one.node_id, one.name) for one in peers],
        is_here=is_here,
        sticks=found,
        stick_options=[*((str(one), str(one)) for one in found), ("", gettext("浏览器下载"))],
        bundles=bundles,
        bundle_options=[(str(one), one.name) for one in bundles],
        form=request.form,
        upload_mib_max=node.settings.request_mib_max,
        desk=letters.desk(web.now()),
    )


def _imported_page(done: Imported, sender: str) -> str:
    return render_template(
        "mailroom/imported.html", done=done, sender=sender, causes=CAUSES, spoken=status.spoken_at
    )


def _export_told(path: Path, count: int, files: int, *, is_more: bool) -> str:
    told = gettext(
        "已写好 %(name)s：%(count)d 封信、%(files)d 个附件，写完后已核对，可以拔盘。",
        name=path.name,
        count=count,
        files=files,
    )
    return told + (gettext("还有装不下的，请换一个 U 盘再导出一次。") if is_more else "")


def _custody(proof: LetterProof) -> dict[str, Any] | None:
    """What the relay signed about the letter's stream: by, at, upto, head."""
    if proof.custody is None:
        return None
    told = json.loads(proof.custody.body_bytes)
    [entry] = [one for one in told["carried"] if one["instance"] == proof.instance]
    return {"by": told["from"], "at": told["at"]} | entry


def _states() -> dict[LetterState, tuple[LazyString, str, LazyString]]:
    return HALL_STATES if web.node().facts.is_hall else STATES
