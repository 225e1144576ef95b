"""收发: the queue, the stick, what waits for a person."""

import ipaddress
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from station import audit, status, web
from station.accounts.roles import WINDOW, Role
from station.errors import PageMissing, StationError
from station.mailroom import carry, letters
from station.mailroom.errors import NoBundleGiven
from station.mailroom.letters import LetterProof
from station.mailroom.words import CAUSES, HALL_STATES, STATES, contact_told
from station.web import FieldErrors, NavLink, requires
from sync import budget, inbox, incidents, outbox
from sync.bundle import Imported
from sync.errors import SyncError
from sync.outbox import LetterState
from sync.rows import write

bp = Blueprint("mailroom", __name__, template_folder="templates", url_prefix="/mailroom")
DESK = (*WINDOW, Role.REVIEWER, Role.ADMIN)
NAV = (NavLink(40, lazy_gettext("收发"), "mailroom.queue", DESK),)
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
        spoken=_spoken,
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
        spoken=_spoken,
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
    errors = FieldErrors()
    try:
        to = carry.recipient_of(web.node().facts.node_id, request.form.get("to", ""))
        if request.form.get("folder", "").strip() and _is_at_this_machine():
            return _export_to_folder(to, request.form["folder"])
        return _export_to_browser(to)
    except (StationError, SyncError) as error:
        errors.add("folder", _told(error))
        return _stick_page(errors), error.status


@bp.post("/stick/import")
@requires(*DESK)
def take() -> str | tuple[str, int]:
    """Take in a bundle that was uploaded or lies on a stick of this machine."""
    errors = FieldErrors()
    try:
        done, sender = _taken()
    except (StationError, SyncError) as error:
        errors.add("bundle", _told(error))
        return _stick_page(errors), error.status
    return _imported_page(done, sender)


@bp.get("/aside")
@requires(*DESK)
def aside() -> str:
    """Letters set down with a reason, and what the mail noticed."""
    return render_template(
        "mailroom/aside.html",
        held=letters.quarantine(),
        noticed=letters.open_incidents(),
        causes=CAUSES,
        spoken=_spoken,
    )


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


def _export_to_folder(to: str, given: str) -> AnyResponse:
    node = web.node()
    folder = carry.usable_folder(given, node.settings.data_folder)
    done = carry.export(_errand(), to, folder)
    flash(_export_told(done.path, done.letters, done.files, is_more=done.more))
    return redirect(url_for("mailroom.stick"))


def _export_to_browser(to: str) -> AnyResponse:
    node = web.node()
    with ExitStack() as stack:
        folder = stack.enter_context(carry.waiting_folder(node.settings.data_folder))
        done = carry.export(_errand(), to, folder)
        file = stack.enter_context(done.path.open("rb"))
        answer = send_file(file, BUNDLE_TYPE, as_attachment=True, download_name=done.path.name)
        answer.call_on_close(stack.pop_all().close)
        return answer


def _taken() -> tuple[Imported, str]:
    node = web.node()
    upload = request.files.get("bundle")
    if upload is not None and upload.filename:
        with carry.waiting_folder(node.settings.data_folder) as folder:
            path = carry.keep_upload(upload.stream, folder)
            return carry.take(_errand(), path)
    given = request.form.get("path", "").strip()
    if not given or not _is_at_this_machine():
        raise NoBundleGiven
    path = carry.usable_bundle(given)
    return carry.take(_errand(), path)


def _errand() -> carry.Errand:
    node = web.node()
    return carry.Errand(node.mailbox, node.settings.data_folder, web.account().name, web.now())


def _stick_page(errors: FieldErrors) -> str:
    node, is_here = web.node(), _is_at_this_machine()
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
    return render_template("mailroom/imported.html", done=done, sender=sender, causes=CAUSES, spoken=_spoken)


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


def _is_at_this_machine() -> bool:
    """Folders of this machine are for people who sit at it."""
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _told(error: StationError | SyncError) -> str:
    if isinstance(error, StationError):
        return "".join(error.told(gettext))
    return f"{error.what}{error.why}{error.next_step}"


def _spoken(at: object) -> str:
    return status.spoken_time(at, web.now()) if at is not None else ""  # type: ignore[arg-type]
