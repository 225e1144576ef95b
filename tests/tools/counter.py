"""A person at a counter: a real application on a real encrypted file in a fresh folder."""

import re
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import TestResponse

from station.accounts.service import NewAccount, add_account
from station.app import StationApp, create_app
from station.facts import new_facts
from station.founding import found_node
from station.node import Installation, Node
from station.settings import Argon2Cost, Settings
from sync.clock import Clock

FAST = Argon2Cost(passes=1, memory_kib=64, lanes=1)
PASSWORD = "correct horse 42"  # noqa: S105
VILLAGE = "440205100201"
START = datetime(2026, 11, 22, 1, 41, tzinfo=UTC)  # 09:41 in China


class Compiled(BytecodeCache):
    """Templates compiled by one counter of this process, for the next one: a test makes two or three."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja, which looks whether the source is still the same."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja after it compiled."""
        self._known[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


class Time:
    """A wall clock and its ticks, moved by the test."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.ticks = 0.0

    def passes(self, **span: float) -> None:
        """Let time go by, such as `passes(minutes=20)`."""
        self.at += timedelta(**span)
        self.ticks += timedelta(**span).total_seconds()

    def clock(self) -> Clock:
        """A node's clock that reads this time."""
        return Clock(lambda: self.at, lambda: self.ticks)


class Counter:
    """One node with its pages, and a browser in front of it.

    Its accounts, all opened by PASSWORD: "boss" (admin), and "agent" or, at a hall, "reviewer".
    """

    def __init__(self, folder: Path, level: str = "village", division: str = VILLAGE, **given: Any) -> None:
        self.time = Time()
        self.settings = Settings(folder, **{"argon2": FAST, "reserve_mib": 1, **given})
        self.installation = Installation(self.settings, self.time.clock())
        boss = NewAccount("boss", "管理示例", ["admin"], PASSWORD, has_to_change_password=False)
        founded = found_node(self.installation, new_facts(level, "示范村便民服务站", division), boss)
        self.recovery_code = founded.recovery_code
        self.adds("reviewer" if founded.node.facts.is_hall else "agent", "示例员")

    @cached_property
    def app(self) -> StationApp:
        """Its pages, put together for who wants to see them."""
        app = create_app(self.installation)
        app.jinja_env.bytecode_cache = COMPILED
        return app

    @cached_property
    def browser(self) -> FlaskClient:
        """In front of its pages; another one may be put in its place."""
        return self.app.test_client()

    @property
    def node(self) -> Node:
        """The open node."""
        assert self.installation.node is not None
        return self.installation.node

    def adds(self, role: str, display_name: str, name: str | None = None, department: str = "") -> str:
        """A colleague with one role, named after it unless told; PASSWORD opens."""
        new = NewAccount(
            name or role, display_name, [role], PASSWORD, department, has_to_change_password=False
        )
        with self.node.using():
            add_account(self.node, new, by="boss", now=self.time.at)
        return new.name

    def signs_in(self, name: str = "agent", password: str = PASSWORD) -> TestResponse:
        """Sign in at this browser; returns the answer."""
        return self.sends("/accounts/sign-in", name=name, password=password)

    def opens(self, path: str, **options: Any) -> TestResponse:
        """GET a page."""
        return self.browser.get(path, **options)

    def sends(self, path: str, form: dict[str, Any] | None = None, **fields: Any) -> TestResponse:
        """POST a form with this browser's token. `form` for names that are no Python words, and files."""
        values = {"csrf": self.token(), **(form or {}), **fields}
        return self.browser.post(path, data=values, content_type="multipart/form-data")

    def token(self) -> str:
        """The form token of this browser's session."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.opens("/accounts/sign-in").text)
        assert found is not None
        return found[1]

    def closes(self) -> None:
        """Stop the node."""
        self.installation.close()
