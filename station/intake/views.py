"""The pages of the six steps. Each keeps what was typed before it says what is wrong."""

import secrets
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from catalog_cache.installed.catalog import Catalog
from station import web
from station.accounts.roles import WINDOW
from station.cases.basket import line_key, merged_list
from station.cases.clocks import local_day
from station.cases.errors import FileRefused
from station.cases.intake import taken_in
from station.cases.parts import Actor
from station.cases.place import Place, place_of
from station.cases.serving import file_response
from station.cases.uploads import UPLOAD_BYTES_MAX, read_upload
from station.errors import DiskFull, PageMissing
from station.intake import drafts, showing
from station.intake.checks import STEPS, first_open_step, problems
from station.intake.drafts import Work
from station.intake.errors import BasketRefused
from station.intake.reading import prefill, read_step
from station.intake.submission import submit
from station.reserve import Room
from station.web import FieldErrors, requires
from sync.errors import NoRoom

KEEP = "keep"
"""What the autosave script sends as the button: keep what was typed, say nothing."""

bp = Blueprint(
    "intake",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/files",
    url_prefix="/intake",
)


@bp.post("/start")
@requires(*WINDOW)
def start() -> AnyResponse:
    """A new draft with the chosen items, or with the members of a package that were ticked."""
    web.installation().reserve.require_room()
    codes = request.form.getlist("item")[:50]
    package = request.form.get("package", "")[:50]
    work = drafts.start(
        _catalog(), codes, package, web.account().name, token=secrets.token_hex(16), now=web.now()
    )
    read_step(work, "situations", request.form)
    drafts.save(work, step=2, now=web.now())
    return _to_step(work, first_open_step(work, _today()))


@bp.get("/<token>/<step>")
@requires(*WINDOW)
def show(token: str, step: str) -> AnyResponse | str:
    """One step as it stands. A draft that was submitted leads to its papers."""
    done = taken_in(token)
    if done is not None:
        return redirect(url_for("cases.intake_done", intake_id=done.intake.intake_id))
    return _page(drafts.open_draft(_catalog(), token), _known(step))


@bp.post("/<token>/items")
@requires(*WINDOW)
def send_items(token: str) -> AnyResponse | tuple[str, int]:
    """Add or remove items, or go on."""
    work = drafts.open_draft(_catalog(), token)
    act, _, code = request.form.get("go", "next").partition(":")
    if act == "add":
        drafts.add_item(work, _catalog(), request.form.get("code", code)[:50], now=web.now())
        return _to_step(work, "items")
    if act == "remove":
        drafts.remove_item(work, code[:50], now=web.now())
        return _to_step(work, "items")
    return _go_on(work, "items")


@bp.post("/<token>/materials")
@requires(*WINDOW)
def send_materials(token: str) -> AnyResponse | tuple[str, int]:
    """Keep the states and reasons, take scans in or away, and go on."""
    work = drafts.open_draft(_catalog(), token)
    read_step(work, "materials", request.form)
    drafts.save(work, step=5, now=web.now())
    if request.form.get("go") == KEEP:
        return Response(status=204)
    refused = _take_scans(work)
    act, _, file_id = request.form.get("go", "next").partition(":")
    if act == "remove":
        drafts.detach(work, file_id[:32])
    if refused:
        return _page(work, "materials", refused), 422
    if act != "next":
        flash(gettext("草稿已保存。"))
        return _to_step(work, "materials")
    return _go_on(work, "materials")


@bp.post("/<token>/confirm")
@requires(*WINDOW)
def send_confirm(token: str) -> AnyResponse:
    """Take the draft in; the second press of the same button leads to the same papers."""
    done = taken_in(token)
    if done is None:
        work = drafts.open_draft(_catalog(), token)
        step = first_open_step(work, _today())
        if step != STEPS[-1]:
            flash(gettext("这一步还有没填完的，补好后再提交。"), "warning")
            return _to_step(work, step)
        if web.installation().reserve.room() is Room.FULL:
            raise DiskFull
        person = web.account()
        done = submit(_place(), work, Actor(name=person.display_name, account=person.name), _today())
        web.node().wake()  # the background looks at the queue again now, if there is a link
    return redirect(url_for("cases.intake_done", intake_id=done.intake.intake_id))


@bp.post("/<token>/discard")
@requires(*WINDOW)
def discard(token: str) -> AnyResponse:
    """Throw a draft away."""
    drafts.discard(drafts.open_draft(_catalog(), token))
    flash(gettext("草稿已放弃，其中的扫描件也已删除。"))
    return redirect(url_for("home"))


@bp.post("/<token>/<step>")
@requires(*WINDOW)
def send(token: str, step: str) -> AnyResponse | tuple[str, int]:
    """Keep what a step says, then go on or say what is wrong."""
    work = drafts.open_draft(_catalog(), token)
    read_step(work, _known(step), request.form)
    if step == "who":
        prefill(work)
    drafts.save(work, step=STEPS.index(step) + 1, now=web.now())
    if request.form.get("go") == KEEP:
        return Response(status=204)
    if request.form.get("go") == "save":
        flash(gettext("草稿已保存。"))
        return _to_step(work, step)
    return _go_on(work, step)


@bp.get("/<token>/scans/<file_id>")
@requires(*WINDOW)
def scan(token: str, file_id: str) -> Response:
    """One scan of a draft, to look at."""
    found = drafts.file_of(drafts.open_draft(_catalog(), token), file_id[:32])
    return file_response(bytes(found.data), found.media_type, found.name)


def _go_on(work: Work, step: str) -> AnyResponse | tuple[str, int]:
    """To the next step, or back to this one with everything that is wrong with it."""
    errors = problems(work, step, _today())
    if errors:
        asks_on = step == "situations" and _has_new_question(errors)
        return _page(work, step, None if asks_on else errors), (200 if asks_on else 422)
    following = STEPS[STEPS.index(step) + 1]
    drafts.save(work, step=STEPS.index(following) + 1, now=web.now())
    return _to_step(work, following)


def _has_new_question(errors: FieldErrors) -> bool:
    """Whether the open questions were not on the page yet: then they are shown, not complained about."""
    return all(field_id not in request.form.getlist("asked") for field_id, _ in errors.items())


def _take_scans(work: Work) -> FieldErrors:
    """Keep every sound upload; what is wrong with the others goes to its line."""
    errors = FieldErrors()
    for line in merged_list(work.chosen):
        key = line_key(line)
        for sent in request.files.getlist(f"file-{key}"):
            if sent.filename:
                _take_scan(work, key, line.material.name, sent, errors)
    return errors


def _take_scan(work: Work, key: str, name: str, sent: FileStorage, errors: FieldErrors) -> None:
    try:
        web.installation().reserve.require_room()
        upload = read_upload(sent.stream.read(UPLOAD_BYTES_MAX + 1), sent.filename or "")
        drafts.attach(work, key, upload, file_id=secrets.token_hex(16), now=web.now())
    except (FileRefused, BasketRefused) as error:
        what, why, next_step = error.told(gettext)
        errors.add(key, f"{name}：{why}{next_step}")
    except NoRoom as error:
        errors.add(key, f"{name}：{gettext(error.why)}{gettext(error.next_step)}")


def _page(work: Work, step: str, errors: FieldErrors | None = None) -> str:
    if step == "form":
        prefill(work)
    return render_template(
        f"intake/{step}.html",
        work=work,
        step=step,
        errors=errors or FieldErrors(),
        steps=showing.step_lines(work, step, _today()),
        **showing.facts_for(step, work, _place()),
    )


def _to_step(work: Work, step: str) -> AnyResponse:
    return redirect(url_for("intake.show", token=work.token, step=step))


def _known(step: str) -> str:
    if step not in STEPS:
        raise PageMissing
    return step


def _place() -> Place:
    return place_of(web.node())


def _catalog() -> Catalog:
    return _place().catalog


def _today() -> date:
    return local_day(web.now())
