"""Signing in and out, changing shifts, one's own password, and the people of this node."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from station import web
from station.accounts import service
from station.accounts.roles import LABELS, Role
from station.accounts.service import NewAccount
from station.errors import StationError, WeakPassword, WrongPassword
from station.vault import PASSWORD_LENGTH_MAX
from station.web import FieldErrors, NavLink, public, read_text, requires

bp = Blueprint("accounts", __name__, template_folder="templates", url_prefix="/accounts")
NAV = (NavLink(90, lazy_gettext("人员"), "accounts.list_people", (Role.ADMIN,)),)


@bp.get("/sign-in")
@public
def sign_in() -> str:
    """The first page of a locked or idle station."""
    idle = web.installation().sessions.find(session.get("token"))
    return _sign_in_page(FieldErrors(), name=idle.name if idle else "")


@bp.post("/sign-in")
@public
def sign_in_now() -> Response | tuple[str, int]:
    """Open the person's slot; a form that waited for this person is offered again."""
    errors = FieldErrors()
    name = read_text(request.form, "name", gettext("账号"), errors, length_max=64)
    password = request.form.get("password", "")[: PASSWORD_LENGTH_MAX + 1]
    if not password:
        errors.add("password", gettext("请填写密码"))
    if errors:
        return _sign_in_page(errors, name=name), 422
    try:
        opened = service.sign_in(web.installation(), name, password, now=web.now())
    except WrongPassword as error:
        errors.add("name", gettext(error.templates[0]) + gettext(error.templates[2]))
        return _sign_in_page(errors, name=name), error.status
    before = web.installation().sessions.find(session.get("token"))
    if before is not None and before.name == opened.name:
        opened.pending = before.pending
    web.installation().sessions.close(session.get("token"))
    session.clear()
    session["token"] = opened.token
    return redirect(url_for("accounts.resume") if opened.pending else _next_page())


@bp.get("/recover")
@public
def recover() -> str:
    """Ask for the printed recovery code, where every password is forgotten."""
    return render_template("accounts/recover.html", errors=FieldErrors(), form=request.form)


@bp.post("/recover")
@public
def recover_now() -> Response | tuple[str, int]:
    """A new password for one person, on the word of the recovery code."""
    errors = FieldErrors()
    name = read_text(request.form, "name", gettext("账号"), errors, length_max=64)
    code = read_text(request.form, "code", gettext("恢复码"), errors, length_max=64)
    password, _ = _passwords("password", "password", errors)
    if not errors:
        try:
            service.recover(web.installation(), code, name, password, now=web.now())
        except WrongPassword:
            errors.add("code", gettext("恢复码不对，请对照打印件逐字核对"))
        except StationError as error:
            errors.add("password" if isinstance(error, WeakPassword) else "name", web.spoken(error))
    if errors:
        return render_template("accounts/recover.html", errors=errors, form=request.form), 422
    flash(gettext("密码已重设，请用新密码登录。请管理员随后更换恢复码。"))
    return redirect(url_for("accounts.sign_in"))


@bp.get("/resume")
def resume() -> str | Response:
    """What was sent while the station was locked, ready to be sent again with one press."""
    opened = web.installation().sessions.find(session.get("token"))
    if opened is None or opened.pending is None:
        return redirect(url_for("home"))
    pending, opened.pending = opened.pending, None
    return render_template("accounts/resume.html", pending=pending)


@bp.post("/sign-out")
def sign_out() -> Response:
    """End this session."""
    return _leave("account.signed_out", gettext("已退出。本站仍在后台收发。"))


@bp.post("/change-shift")
def change_shift() -> Response:
    """Hand the counter to a colleague."""
    return _leave("account.shift_changed", gettext("已换班，请接班人员登录。"))


@bp.get("/me")
def me() -> str:
    """One's own account."""
    return render_template("accounts/me.html", labels=LABELS)


@bp.get("/password")
def change_password() -> str:
    """Ask for the old and the new password."""
    return render_template("accounts/password.html", errors=FieldErrors())


@bp.post("/password")
def change_password_now() -> Response | tuple[str, int]:
    """Exchange one's own password."""
    errors = FieldErrors()
    old, new = _passwords("old", "new", errors)
    if not errors:
        try:
            service.change_password(web.node(), web.account(), old, new, now=web.now())
        except WrongPassword:
            errors.add("old", gettext("原密码不对"))
        except StationError as error:
            errors.add("new", web.spoken(error))
    if errors:
        return render_template("accounts/password.html", errors=errors), 422
    flash(gettext("密码已更改。"))
    return redirect(url_for("home"))


@bp.get("/")
@requires(Role.ADMIN)
def list_people() -> str:
    """Everybody of this node, and the form for a new person."""
    return _people_page(FieldErrors())


@bp.post("/")
@requires(Role.ADMIN)
def add_person() -> Response | tuple[str, int]:
    """A new person with a first password."""
    errors = FieldErrors()
    form = request.form
    name = read_text(form, "name", gettext("账号名"), errors, length_max=32)
    display_name = read_text(form, "display_name", gettext("姓名"), errors, length_max=32)
    department = read_text(form, "department", gettext("部门"), errors, length_max=60, is_required=False)
    password, _ = _passwords("password", "password", errors)
    roles = form.getlist("roles")[: len(Role)]
    if not roles:
        errors.add("roles", gettext("请至少选一个岗位"))
    if not errors:
        try:
            new = NewAccount(name, display_name, roles, password, department)
            service.add_account(web.node(), new, by=web.account().name, now=web.now())
        except StationError as error:
            errors.add("name", web.spoken(error))
    if errors:
        return _people_page(errors), 422
    flash(gettext("已添加 %(name)s。第一次登录时须改密码。", name=display_name))
    return redirect(url_for("accounts.list_people"))


@bp.post("/<name>/reset")
@requires(Role.ADMIN)
def reset_person(name: str) -> Response | tuple[str, int]:
    """A first password again for a person who forgot theirs."""
    errors = FieldErrors()
    password, _ = _passwords("password", "password", errors)
    if not errors:
        try:
            service.reset_password(web.node(), name, password, by=web.account().name, now=web.now())
        except StationError as error:
            errors.add("password", web.spoken(error))
    if errors:
        return _person_page(name, errors), 422
    flash(gettext("已重设 %(name)s 的密码。", name=name))
    return redirect(url_for("accounts.list_people"))


@bp.get("/<name>")
@requires(Role.ADMIN)
def show_person(name: str) -> str:
    """One person, with what an administrator may do."""
    return _person_page(name, FieldErrors())


@bp.post("/<name>/disable")
@requires(Role.ADMIN)
def disable_person(name: str) -> Response:
    """Take away a person's way in."""
    service.disable_account(web.node(), name, by=web.account().name, now=web.now())
    flash(gettext("已停用 %(name)s。", name=name))
    return redirect(url_for("accounts.list_people"))


@bp.post("/recovery-code")
@requires(Role.ADMIN)
def renew_recovery() -> str:
    """A new recovery code, shown this once; the one before stops working."""
    code = service.renew_recovery(web.node(), by=web.account().name, now=web.now())
    return render_template("accounts/recovery_code.html", code=code)


def _sign_in_page(errors: FieldErrors, *, name: str) -> str:
    return render_template(
        "accounts/sign_in.html",
        errors=errors,
        name=name,
        next=_asked_page(),
        is_locked=web.installation().node is None,
    )


def _people_page(errors: FieldErrors) -> str:
    return render_template(
        "accounts/people.html",
        people=service.list_accounts(),
        errors=errors,
        labels=LABELS,
        form=request.form,
    )


def _person_page(name: str, errors: FieldErrors) -> str:
    person = service.existing(name)
    return render_template("accounts/person.html", person=person, errors=errors, labels=LABELS)


def _leave(act: str, message: str) -> Response:
    service.sign_out(web.installation(), session.get("token"), now=web.now(), act=act)
    session.clear()
    flash(message)
    return redirect(url_for("accounts.sign_in"))


def _passwords(old: str, new: str, errors: FieldErrors) -> tuple[str, str]:
    """Two password fields, bounded; empty ones are errors."""
    values = [request.form.get(name, "")[: PASSWORD_LENGTH_MAX + 1] for name in (old, new)]
    for name, value in zip((old, new), values, strict=True):
        if not value:
            errors.add(name, gettext("请填写密码"))
    return values[0], values[1]


def _asked_page() -> str:
    """Where to go after signing in: a path of ours, never another site."""
    asked = request.values.get("next", "")
    is_ours = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if is_ours and len(asked) <= 500 and "\\" not in asked else ""


def _next_page() -> str:
    return _asked_page() or url_for("home")
