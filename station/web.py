"""What every page of the station uses. A page reads, makes one call, and answers.

How a feature joins: a folder `station/<feature>/` with `views.py` (a Blueprint named `bp` with
`template_folder="templates"`, and, if it has a place in the menu, `NAV`, a tuple of NavLink),
`service.py`, `models.py` (with `TABLES`, a tuple of Row classes) and `templates/<feature>/x.html`
that extends `base.html` and imports `parts.html`. Its name stands in `station/features.py`.

Inside a view the tables already belong to this node (`rows.using` surrounds every request).
Every view needs a signed-in person unless marked `@public`; `@requires(...)` narrows it to roles.
Put the mark between the route and the function. Every POST form holds `{{ csrf_field() }}`.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app, g, request
from flask_babel import LazyString, gettext

from catalog_cache.errors import CatalogError
from catalog_cache.records import misfit
from station.accounts.roles import Role
from station.errors import InputRefused, NotSignedIn, StationError, StationLocked
from sync.errors import SyncError

if TYPE_CHECKING:
    from station.accounts.models import Account
    from station.node import Installation, Node

FOLDER = Path(__file__).parent
View = TypeVar("View", bound=Callable[..., Any])
Item = TypeVar("Item")
Refusal = StationError | SyncError | CatalogError


def public(view: View) -> View:
    """Mark a view that works without signing in (and, if it asks for no node, on a locked station)."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def requires(*roles: Role) -> Callable[[View], View]:
    """Mark a view that only these roles may use."""

    def mark(view: View) -> View:
        view.required_roles = roles  # type: ignore[attr-defined]
        return view

    return mark


@dataclass(frozen=True)
class NavLink:
    """One entry of the menu, for people who hold one of `roles` at nodes of `levels` (empty: all levels).

    A lower `order` comes first. also: blueprints whose pages belong to the entry besides its own.
    """

    order: int
    label: LazyString
    endpoint: str
    roles: tuple[Role, ...]
    levels: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def installation() -> "Installation":
    """This installation; works on a locked station too."""
    found: Installation = current_app.extensions["yimen"]
    return found


def installation_of(app: Flask) -> "Installation":
    """The installation whose pages `app` holds; for use outside a request."""
    found: Installation = app.extensions["yimen"]
    return found


def node() -> "Node":
    """The unlocked node. Raises StationLocked before the first sign-in after a start."""
    found = installation().node
    if found is None:
        raise StationLocked
    return found


def account() -> "Account":
    """The person at this browser. Raises NotSignedIn on a public page that has none."""
    found: Account | None = g.get("account")
    if found is None:
        raise NotSignedIn
    return found


def now() -> datetime:
    """UTC, from the node's clock, which never steps back while the program runs."""
    return installation().clock.now()


def is_at_this_machine() -> bool:
    """Whether the browser runs on this PC: folders and sticks of it are for people who sit at it."""
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def told(refusal: Refusal) -> tuple[str, str, str]:
    """What, why and the next step of any refusal, in the reader's language."""
    if isinstance(refusal, StationError):
        return refusal.told(gettext)
    return gettext(refusal.what), gettext(refusal.why), gettext(refusal.next_step)


def spoken(refusal: Refusal) -> str:
    """The same in one go, as it stands at a field."""
    return "".join(told(refusal))


@dataclass
class FieldErrors:
    """What is wrong with a form: one message a field, in the order of the page.

    Templates show it with `error_summary(errors)` and `field(..., errors=errors)`; the key is the
    id of the field, so that the summary can link to it. False while nothing is wrong.
    """

    messages: dict[str, str] = field(default_factory=dict)

    def add(self, field_id: str, message: str) -> None:
        """Keep the first message of each field."""
        self.messages.setdefault(field_id, message)

    def get(self, field_id: str) -> str | None:
        """The message of one field, or None."""
        return self.messages.get(field_id)

    def items(self) -> Iterator[tuple[str, str]]:
        """(field id, message) in the order found."""
        return iter(self.messages.items())

    def __bool__(self) -> bool:
        return bool(self.messages)

    def __len__(self) -> int:
        return len(self.messages)


def read_text(
    form: Mapping[str, str],
    name: str,
    label: str,
    errors: FieldErrors,
    *,
    length_max: int = 200,
    is_required: bool = True,
) -> str:
    """One field of a form, trimmed; what is wrong goes into `errors` under the field's name.

    Characters that nobody sees, other than line breaks, are refused: they would travel into print and
    mail, and no record of the catalog or of a letter takes them. A tab counts as a space.
    """
    value = form.get(name, "").replace("\r\n", "\n").replace("\t", " ").strip()
    if is_required and not value:
        errors.add(name, gettext("请填写%(label)s", label=label))
    elif len(value) > length_max:
        errors.add(name, gettext("%(label)s最多 %(most)d 个字", label=label, most=length_max))
    elif misfit(value, length_max):
        errors.add(name, gettext("%(label)s含有看不见的控制字符，请重新输入", label=label))
    return value


@dataclass(frozen=True)
class Page:
    """One page of a list. `number` counts from 1."""

    rows: Sequence[Any]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))


def page_number() -> int:
    """The `page` asked for in the address; 1 when it is missing. Raises InputRefused on nonsense."""
    asked = request.args.get("page", "1")
    if not asked.isascii() or not asked.isdigit() or len(asked) > 6 or int(asked) < 1:
        raise InputRefused("page", gettext("页码应是从 1 开始的整数。"), gettext("请返回列表的第一页。"))
    return int(asked)


def page_of(query: Any, *, size: int = 20) -> Page:
    """The page of a peewee query that the address asks for."""
    total = query.count()
    number = min(page_number(), max(1, -(-total // size)))
    return Page(list(query.paginate(number, size)), number, size, total)
