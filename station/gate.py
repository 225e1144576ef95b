"""What stands in front of every page.

The right host, a station that is set up and open, a known person with the right role, a true form.
"""

import hmac
import ipaddress
import secrets
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, g, redirect, request, session, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from station import web
from station.accounts import service as accounts
from station.accounts.roles import spoken
from station.errors import (
    FormExpired,
    HostRefused,
    InputRefused,
    NotAllowed,
    NotSetUp,
    NotSignedIn,
    PageMissing,
    StationLocked,
)
from station.settings import Settings

MACHINE_BLUEPRINTS = ("mail", "enrolment", "catalog_files", "connectors")
"""Blueprints that check their caller themselves: signed envelopes, public signed files, connector tokens."""

SIGNED_METADATA = "catalog_files.metadata"
"""Plain JSON that programs fetch and nothing shows; a look for news is to cost no more than a kilobyte."""

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; frame-src 'self' blob:; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def mount(app: Flask) -> None:
    """Put the gate in front of every request of `app`."""
    checks = (check_host, check_set_up, find_person, check_person, check_address, check_form, check_room)
    for check in checks:
        app.before_request(check)
    app.after_request(protect)


def check_host() -> None:
    """Refuse a host name this node does not carry: another site may have bound its name to our address."""
    if not is_own_host(request.host, web.installation().settings):
        raise HostRefused


def is_own_host(host: str, settings: Settings) -> bool:
    """True for loopback, configured names, and, on a node open to the network, any bare IP address."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    if name == "localhost" or name in {allowed.lower() for allowed in (settings.host, *settings.names)}:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not settings.is_loopback


def check_set_up() -> Response | None:
    """Lead to the wizard while the data folder holds no node."""
    if web.installation().facts is not None or request.endpoint == "static":
        return None
    if request.blueprint in ("wizard", "health"):
        return None
    if "wizard" in current_app.blueprints and request.method == "GET" and not is_machine():
        return redirect(url_for("wizard.start"))
    raise NotSetUp(str(web.installation().settings.data_folder))


def find_person() -> None:
    """Learn who sits at this browser, if anybody; a person disabled meanwhile is nobody."""
    g.account = None
    if web.installation().node is not None and not is_machine() and request.endpoint != "static":
        is_poll = request.headers.get("X-Poll") == "1"
        token = session.get("token")
        g.account = accounts.person_of(web.installation(), token, now=web.now(), is_poll=is_poll)


def check_person() -> Response | None:
    """Every view needs a signed-in person with the right role, unless it is marked public."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or is_open(request.endpoint or "", view):
        return None
    if is_machine():
        if web.installation().node is None:
            raise StationLocked
        return None
    if g.account is None:
        return _to_sign_in()
    if g.account.has_to_change_password and request.blueprint != "accounts":
        return redirect(url_for("accounts.change_password"))
    needed = getattr(view, "required_roles", ())
    if needed and not g.account.roles & set(needed):
        raise NotAllowed(spoken(needed))
    return None


def is_open(endpoint: str, view: object) -> bool:
    """True for views that nobody needs to sign in for."""
    return endpoint == "static" or bool(getattr(view, "is_public", False))


def check_address() -> None:
    """Refuse a NUL, which no PostgreSQL column holds and nobody types, before anything is looked up by it."""
    if is_machine():
        return
    if "\x00" in request.path:
        raise PageMissing
    if any("\x00" in value for value in request.args.values()):
        raise InputRefused(
            gettext("地址"), gettext("地址里有不可显示的字符。"), gettext("请从菜单重新打开。")
        )


def check_form() -> None:
    """Every POST carries the token of its session; machines prove themselves by signature instead."""
    if request.method in SAFE_METHODS or is_machine() or request.endpoint is None:
        return
    if not is_true_form():
        raise FormExpired


def check_room() -> None:
    """Files are refused while the disk is low; mail, and pages that keep what was typed, see to it alone."""
    if request.method in SAFE_METHODS or request.blueprint in ("intake", "mailroom") or is_machine():
        return
    if any(sent.filename for sent in request.files.values()):
        web.installation().reserve.require_room()


def is_true_form() -> bool:
    """True when the form or its header carries this session's token."""
    given = request.form.get("csrf", "") or request.headers.get("X-CSRF-Token", "")
    return bool(given) and hmac.compare_digest(given.encode(), str(session.get("csrf", "")).encode())


def csrf_token() -> str:
    """The token of this session, made when first asked for."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def csrf_field() -> Markup:
    """The hidden field that belongs into every POST form."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(csrf_token())


def protect(response: Response) -> Response:
    """Headers that keep pages from being framed, sniffed, cached or mixed with anything foreign."""
    if request.endpoint != SIGNED_METADATA:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    if request.endpoint != "static" and not is_machine():
        response.headers["Cache-Control"] = "no-store"
    return response


def is_machine() -> bool:
    """True for requests of programs that prove themselves by signature or token."""
    return request.blueprint is not None and request.blueprint.split(".")[0] in MACHINE_BLUEPRINTS


def wants_json(asked: Request) -> bool:
    """True when the caller is a program."""
    return asked.accept_mimetypes.best == "application/json" or is_machine()


def _to_sign_in() -> Response:
    """The sign-in page; a form sent after the idle lock had closed is kept for the person's return."""
    if request.method in ("GET", "HEAD") and not wants_json(request):
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    idle = web.installation().sessions.find(session.get("token"))
    if request.method == "POST" and idle is not None and is_true_form():
        fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf"]
        web.installation().sessions.keep_form(idle, request.full_path.rstrip("?"), fields)
        return redirect(url_for("accounts.sign_in"))
    raise NotSignedIn
