"""What the desk's pages share: their blueprint, who may come, and where the draft stands."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext

from station import web
from station.accounts.models import Account
from station.accounts.roles import Role
from station.hall.publishing import base, draft, release, review
from station.hall.publishing.findings import Findings
from station.status import spoken_at as when
from station.web import NavLink

bp = Blueprint(
    "publishing", __name__, template_folder="templates", static_folder="static", url_prefix="/publishing"
)
DESK = (Role.EDITOR, Role.PUBLISHER)
ALSO = ("importing", "holidays", "layers", "counties", "versions", "preview", "situations", "samples")
TODAY = "today"
"""In the address of a preview: the day it is looked at."""
LEVELS = ("county", "city")
NAV = (NavLink(20, lazy_gettext("目录"), "publishing.show_draft", DESK, levels=LEVELS, also=ALSO),)


def division() -> str:
    """The 12 digits of this county or city."""
    return web.node().facts.division


def who() -> Callable[[str], str]:
    """Account names as the people are called."""
    names = {account.name: account.display_name for account in Account.select()}
    return lambda name: names.get(name, name)


def standing(found: Findings | None = None) -> dict[str, Any]:
    """Where the draft stands: figures, findings, review, and what keeps it from being published.

    found: what lint says of it, where the page has asked already.
    """
    found = found or Findings(division())
    return {
        "counts": draft.counts(),
        "error_count": found.errors,
        "warning_count": found.warnings,
        "review": review.current(),
        "latest": next(iter(release.history()), None),
        "has_base_waiting": base.is_waiting(),
        "is_leaving_base": base.is_leaving(),
        "missing": release.Desk.of(web.node()).missing(),
        "is_publisher": Role.PUBLISHER in web.account().roles,
        "when": when,
        "who": who(),
    }
