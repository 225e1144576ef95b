"""What the mail noticed, and the acts by which a person decides."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from station import web
from station.accounts.roles import Role
from station.cases.copies import is_copy
from station.mailroom import letters, trouble
from station.status import spoken_at
from station.web import FieldErrors, read_text, requires

bp = Blueprint("decisions", __name__, url_prefix="/mailroom")
DECIDES = (Role.LEAD, Role.ADMIN)


def aside_page(errors: FieldErrors) -> str:
    """Letters set down with a reason, and what the mail noticed."""
    return render_template(
        "mailroom/aside.html",
        held=letters.quarantine(),
        troubles=trouble.troubles(web.node().mailbox),
        may_decide=bool(set(DECIDES) & set(web.account().roles)),
        is_copy=is_copy(),
        errors=errors,
        spoken=spoken_at,
    )


@bp.get("/incidents/<int:number>/copy")
@requires(*DECIDES)
def ask_copy(number: int) -> str:
    """Say what it means before this PC is declared a copy. Raises NoSuchIncident."""
    trouble.require(number)
    return render_template("mailroom/copy.html", trouble_id=number, errors=FieldErrors())


@bp.post("/incidents/<int:number>/copy")
@requires(*DECIDES)
def declare_copy(number: int) -> AnyResponse | tuple[str, int]:
    """This PC is the copy and stops."""
    if request.form.get("sure") != "1":
        errors = FieldErrors()
        errors.add("sure", gettext("请勾选确认"))
        return render_template("mailroom/copy.html", trouble_id=number, errors=errors), 422
    trouble.declare_copy(number, by=web.account().name, now=web.now())
    flash(gettext("本机已停止办件。"), "warning")
    return redirect(url_for("mailroom.aside"))


@bp.post("/copy/undo")
@requires(*DECIDES)
def undo_copy() -> AnyResponse:
    """It was the first PC after all."""
    trouble.declare_original(by=web.account().name, now=web.now())
    flash(gettext("本机恢复办件。"))
    return redirect(url_for("mailroom.aside"))


@bp.post("/second/<name>/accept")
@requires(*DECIDES)
def accept_second(name: str) -> AnyResponse:
    """The second letter under a number takes effect as well, once. Raises NoSuchLetter."""
    reason = trouble.accept_second(web.node().mailbox, name, by=web.account().name, now=web.now())
    if reason:
        flash(gettext("没有采用：%(reason)s", reason=reason), "warning")
    else:
        flash(gettext("已处理：第二份的内容已经生效，只算一次。"))
    return redirect(url_for("mailroom.aside"))


@bp.post("/second/<name>/refuse")
@requires(*DECIDES)
def refuse_second(name: str) -> AnyResponse | tuple[str, int]:
    """The second letter under a number is set aside for good. Raises NoSuchLetter."""
    errors = FieldErrors()
    reason = read_text(request.form, f"reason-{name[:8]}", gettext("不采用的原因"), errors)
    if errors:
        return aside_page(errors), 422
    box, by = web.node().mailbox, web.account().name
    trouble.refuse_second(box, name, reason, by=by, now=web.now())
    flash(gettext("已存档：第二份不采用，原件仍然留着。"))
    return redirect(url_for("mailroom.aside"))
