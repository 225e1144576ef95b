"""The pages of one installation: the one place where features, gate, errors and languages meet."""

import hashlib
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as AnyResponse

from catalog_cache.errors import CatalogError
from station import errors, gate, health, machines, status, web
from station.accounts.models import Account
from station.addresses import Address
from station.features import modules_named
from station.languages import LANGUAGES, SpokenBabel
from station.node import Installation
from station.reserve import is_disk_full
from station.version import program_version
from sync.errors import SyncError

log = logging.getLogger("station")
PREFERENCE_SECONDS = 365 * 24 * 3600
FORM_BYTES_MAX = 2 * 1024 * 1024
FORM_PARTS_MAX = 1000


class ShortNumber(IntegerConverter):
    """A number in an address; one that no table can hold is no page."""

    regex = r"\d{1,9}"


class StationApp(Flask):
    """Flask, with the tables of the open node in use around every request."""

    installation: Installation
    url_rule_class = Address

    def full_dispatch_request(self) -> Response:
        """Answer one request inside `node.using()`; a locked station has no tables."""
        with self._tables():
            return super().full_dispatch_request()

    @contextmanager
    def _tables(self) -> Iterator[None]:
        node = self.installation.node
        if node is None:
            yield
        else:
            with node.using():
                yield


def create_app(installation: Installation) -> StationApp:
    """The web side of `installation`; works while it is locked, and while there is no node at all."""
    settings = installation.settings
    app = StationApp("station", root_path=str(web.FOLDER))
    app.installation = installation
    app.extensions["yimen"] = installation
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),  # a restart signs everybody out, as it locks the vault
        SESSION_COOKIE_NAME=f"yimen_{_short_hash(str(settings.data_folder.resolve()))}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=16),
        MAX_CONTENT_LENGTH=settings.request_mib_max * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES_MAX,
        MAX_FORM_PARTS=FORM_PARTS_MAX,
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
    )
    app.url_map.converters["int"] = ShortNumber
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["said"] = gettext  # a finished sentence or a label, in the page's language
    SpokenBabel(app, locale_selector=choose_language)
    app.jinja_env.globals.update(csrf_field=gate.csrf_field, here=here, version=program_version())
    app.context_processor(common_values)
    gate.mount(app)
    app.after_request(remember_preferences)
    mount_errors(app)
    mount_pages(app)
    return app


def mount_pages(app: StationApp) -> None:
    """The home address, the operators' addresses and every feature's blueprint."""
    app.add_url_rule("/", "home", home)
    app.register_blueprint(health.bp)
    machines.mount(app)
    menu: list[web.NavLink] = []
    for views in modules_named("views"):
        app.register_blueprint(views.bp)
        menu += getattr(views, "NAV", ())
    app.extensions["yimen_menu"] = sorted(menu, key=lambda link: link.order)


def home() -> AnyResponse | str:
    """The first page of the person's menu; on a station without a catalog, how to come by one."""
    links = menu_of(g.get("account"))
    facts, has_catalog = web.node().facts, web.installation().current_catalog() is not None
    if links and (facts.is_hall or has_catalog):
        return redirect(url_for(links[0]["endpoint"]))
    return render_template("home.html", has_joined=web.node().parent() is not None, has_catalog=has_catalog)


def menu_of(account: Account | None) -> list[dict[str, Any]]:
    """The entries of the menu that this person may use."""
    if account is None:
        return []
    links: list[web.NavLink] = current_app.extensions["yimen_menu"]
    level = web.node().facts.level
    return [
        {"label": link.label, "endpoint": link.endpoint, "is_here": _is_here(link)}
        for link in links
        if account.roles & set(link.roles) and (not link.levels or level in link.levels)
    ]


def common_values() -> dict[str, Any]:
    """What every template knows. A page about our own mistake asks the tables nothing."""
    installation = web.installation()
    account = None if g.get("is_broken") else g.get("account")
    return {
        "account": account,
        "facts": installation.facts,
        "is_demo": installation.settings.is_demo,
        "menu": menu_of(account),
        "strip": status.strip_of(installation) if account is not None else None,
        "language": "en" if choose_language() == "en" else "zh-CN",
        "is_elder": _preference("elder") == "1",
    }


def choose_language() -> str:
    """zh or en: what the address asks for, else what this browser asked for before."""
    asked = _preference("lang")
    return asked if asked in LANGUAGES else "zh"


def remember_preferences(response: AnyResponse) -> AnyResponse:
    """Keep language and large type, chosen by a link, for this browser."""
    for name, allowed in (("lang", LANGUAGES), ("elder", ("0", "1"))):
        asked = request.args.get(name)
        if asked in allowed and request.method == "GET":
            response.set_cookie(name, asked, max_age=PREFERENCE_SECONDS, httponly=True, samesite="Lax")
    return response


def here(**changes: Any) -> str:
    """The address of this page with some of its query changed; for a form's answer, the home page."""
    if request.method != "GET" or request.endpoint is None or request.endpoint == "static":
        return url_for("home", **changes)
    return f"{request.path}?{urlencode({**request.args.to_dict(), **changes})}"


def mount_errors(app: Flask) -> None:
    """One handler shows every refusal; ours, the mail's, the catalog's, and the web's own."""
    for kind in (errors.StationError, SyncError, CatalogError):
        app.register_error_handler(kind, show_refusal)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(Exception, show_own_mistake)


def show_refusal(refusal: web.Refusal) -> tuple[AnyResponse | str, int]:
    """What happened, why, and the next step; as JSON for a program."""
    what, why, next_step = web.told(refusal)
    if gate.wants_json(request):
        told = {"error": type(refusal).__name__, "what": what, "why": why, "next_step": next_step}
        return jsonify(told), refusal.status
    values = {"what": what, "why": why, "next_step": next_step, "status": refusal.status}
    return render_template("refusal.html", way_on=getattr(refusal, "way_on", None), **values), refusal.status


def show_http_error(error: HTTPException) -> Any:
    """The web's own refusals in our words; redirects pass."""
    if error.code is None or error.code < 400:
        return error
    if isinstance(error, NotFound):
        return show_refusal(errors.PageMissing())
    if isinstance(error, MethodNotAllowed):
        return show_refusal(errors.MethodRefused())
    if isinstance(error, RequestEntityTooLarge):
        return show_refusal(errors.TooLarge(web.installation().settings.request_mib_max))
    if error.code >= 500:
        return show_own_mistake(error)
    return show_refusal(errors.RequestRefused())


def show_own_mistake(error: Exception) -> Any:
    """A number for the person, the details for the log; nothing of the request's content in either."""
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return show_http_error(error)
    if is_disk_full(error):
        web.installation().reserve.release()
        return show_refusal(errors.DiskFull())
    reference = secrets.token_hex(4)
    g.is_broken = True
    log.error("mistake %s at %s %s", reference, request.method, request.endpoint, exc_info=error)
    return show_refusal(errors.SomethingBroke(reference))


def _is_here(link: web.NavLink) -> bool:
    return request.blueprint in (link.endpoint.split(".")[0], *link.also)


def _preference(name: str) -> str:
    return request.args.get(name) or request.cookies.get(name, "")


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
