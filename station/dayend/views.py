"""The day-end page, printable."""

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext

from station import web
from station.accounts.roles import WINDOW
from station.cases.numbers import grouped
from station.dayend import service
from station.web import NavLink, requires

bp = Blueprint("dayend", __name__, template_folder="templates", url_prefix="/day-end")
NAV = (NavLink(50, lazy_gettext("日结"), "dayend.show", WINDOW, levels=("village", "township")),)


@bp.get("/")
@requires(*WINDOW)
def show() -> str:
    """The sheet of today, or of the day asked for."""
    node = web.node()
    day = service.read_day(request.args.get("day", ""), now=web.now())
    sheet = service.sheet_of(node.facts.node_id, node.facts.name, day, now=web.now())
    return render_template("dayend/sheet.html", sheet=sheet, grouped=grouped)
