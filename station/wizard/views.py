"""The pages of the first start, and joining a hall afterwards.

Only a browser on this machine that knows the one-time code from the start window may set a station up.
"""

import hmac

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from catalog_cache.divisions import Division
from station import joining, web
from station.accounts import service as accounts
from station.accounts.roles import Role
from station.errors import AlreadySetUp, SetupRefused, StationError
from station.link import transport_to
from station.vault import PASSWORD_LENGTH_MAX
from station.web import FieldErrors, public, read_text, requires
from station.wizard import service
from station.wizard.service import Plan
from sync.errors import SyncError

bp = Blueprint("wizard", __name__, template_folder="templates", url_prefix="/setup")


@bp.get("/")
@public
def start() -> str | Response:
    """The first question: at which level this node works. The code in the address opens the wizard."""
    if request.args.get("code"):
        _check_code(request.args["code"])
        session["setup_code"] = request.args["code"]
        return redirect(url_for("wizard.start"))
    _check_allowed()
    return render_template("wizard/level.html", plan=_plan(), errors=FieldErrors(), steps=_steps(1))


@bp.post("/level")
@public
def choose_level() -> Response | tuple[str, int]:
    """Keep the level."""
    _check_allowed()
    errors = FieldErrors()
    if not request.form.get("level"):
        errors.add("level", gettext("请选择级别"))
        return render_template("wizard/level.html", plan=_plan(), errors=errors, steps=_steps(1)), 422
    _keep(service.choose_level(_plan(), request.form["level"]))
    return redirect(url_for("wizard.place"))


@bp.get("/place")
@public
def place() -> str:
    """Where the node stands: from the top of the table down, or by a search."""
    _check_allowed()
    words = request.args.get("words", "")[:40]
    within = request.args.get("within", "")[:12]
    return render_template(
        "wizard/place.html",
        plan=_plan(),
        steps=_steps(2),
        path=service.path_to(within),
        places=service.places_below(within),
        found=service.search_places(words, _plan().level),
        full_name=_full_name,
        words=words,
    )


@bp.post("/place")
@public
def choose_place() -> Response:
    """Keep the place."""
    _check_allowed()
    _keep(service.choose_place(_plan(), request.form.get("division", "")))
    return redirect(url_for("wizard.name"))


@bp.get("/name")
@public
def name() -> str:
    """What the node is called, and where its hall is."""
    _check_allowed()
    return render_template("wizard/name.html", plan=_plan(), errors=FieldErrors(), steps=_steps(3))


@bp.post("/name")
@public
def choose_name() -> Response | tuple[str, int]:
    """Keep name and hall address."""
    _check_allowed()
    errors = FieldErrors()
    chosen = read_text(request.form, "name", gettext("站点名称"), errors, length_max=60)
    label = gettext("上级大厅地址")
    url = read_text(request.form, "parent_url", label, errors, length_max=200, is_required=False)
    plan = Plan(_plan().level, _plan().division, chosen, url)
    if not errors:
        try:
            service.check(plan)
        except StationError as error:
            errors.add("parent_url", error.told(gettext)[2])
    if errors:
        return render_template("wizard/name.html", plan=plan, errors=errors, steps=_steps(3)), 422
    _keep(plan)
    return redirect(url_for("wizard.person"))


@bp.get("/person")
@public
def person() -> str:
    """Who administers the node."""
    _check_allowed()
    return _person_page(FieldErrors())


@bp.post("/person")
@public
def make() -> str | tuple[str, int]:
    """Found the node, sign the administrator in, and show the recovery code this once."""
    _check_allowed()
    errors = FieldErrors()
    name = read_text(request.form, "name", gettext("账号名"), errors, length_max=32)
    display_name = read_text(request.form, "display_name", gettext("姓名"), errors, length_max=32)
    password = request.form.get("password", "")[: PASSWORD_LENGTH_MAX + 1]
    if not password or password != request.form.get("again", ""):
        errors.add("password", gettext("请填写密码，两次要相同"))
    if not errors:
        try:
            founded = service.make(web.installation(), _plan(), name, display_name, password)
        except StationError as error:
            errors.add("password", " ".join(error.told(gettext)))
    if errors:
        return _person_page(errors), 422
    opened = accounts.start_session(founded.node, name, now=web.now())
    session.clear()
    session["token"] = opened.token
    return render_template(
        "wizard/recovery.html", code=founded.recovery_code, steps=_steps(5), facts=founded.node.facts
    )


@bp.get("/join")
@requires(Role.ADMIN)
def join() -> str:
    """Ask for the hall's one-time code."""
    return _join_page(FieldErrors())


@bp.post("/join")
@requires(Role.ADMIN)
def join_now() -> Response | tuple[str, int]:
    """Join the hall over the link."""
    errors = FieldErrors()
    code = read_text(request.form, "join_code", gettext("加入码"), errors, length_max=20)
    url = read_text(request.form, "parent_url", gettext("上级大厅地址"), errors, length_max=200)
    if not errors:
        try:
            joined = joining.join(web.node(), code, url, transport_to(web.node(), url))
        except (StationError, SyncError) as error:
            errors.add("join_code", web.spoken(error))
    if errors:
        return _join_page(errors), 422
    flash(gettext("已加入“%(hall)s”。", hall=joined.hall.name))
    return redirect(url_for("home"))


def _check_allowed() -> None:
    """Raises AlreadySetUp, SetupRefused."""
    facts = web.installation().facts
    if facts is not None:
        raise AlreadySetUp(facts.name)
    _check_code(str(session.get("setup_code", "")))


def _check_code(given: str) -> None:
    expected = web.installation().setup_code
    if (
        not web.is_at_this_machine()
        or expected is None
        or not hmac.compare_digest(given.encode(), expected.encode())
    ):
        raise SetupRefused


def _plan() -> Plan:
    return Plan.read(session.get("setup_plan"))


def _keep(plan: Plan) -> None:
    session["setup_plan"] = plan.kept()


def _full_name(found: Division) -> str:
    return service.divisions().full_name(found.code)


def _person_page(errors: FieldErrors) -> str:
    return render_template("wizard/person.html", errors=errors, steps=_steps(4), form=request.form)


def _join_page(errors: FieldErrors) -> str:
    url = request.form.get("parent_url") or web.node().facts.parent_url
    return render_template("wizard/join.html", errors=errors, url=url, hall=web.node().parent())


def _steps(here: int) -> list[tuple[str, str, str, str]]:
    plan = _plan()
    told = [
        (gettext("级别"), service.level_label(plan.level), url_for("wizard.start")),
        (gettext("所在地"), service.place_name(plan.division), url_for("wizard.place")),
        (gettext("名称与大厅"), plan.name, url_for("wizard.name")),
        (gettext("管理员"), "", ""),
        (gettext("恢复码"), "", ""),
    ]
    states = ["done" if number < here else "on" if number == here else "" for number in range(1, 6)]
    return [
        (label, small, state, url if state == "done" and here < 5 else "")
        for (label, small, url), state in zip(told, states, strict=True)
    ]
