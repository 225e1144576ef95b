"""Morango, the engine of Kolibri: a Django application at either end, pushed over HTTP behind cheroot.

SQLite in WAL mode; the push is begun when the line goes up and begun again a second after it failed. Both
sides are given one certificate, so that no enrolment is measured.
"""

import shutil
from pathlib import Path

from tests.benchmarks.peer import Helper, Peer


class Morango(Peer):
    """See the module. Rows are keyed by case id, so none can be there twice."""

    def start_far(self, line_port: int) -> int:
        """The server."""
        self._server = self._side("far")
        self.far = [self._server.process_id]
        assert self._server.ask("found") == "founded"
        (self.folder / "near").mkdir()
        shutil.copyfile(self.folder / "far/db.sqlite3", self.folder / "near/db.sqlite3")
        return int(self._server.ask("listen"))

    def start_near(self, port: int) -> None:
        """The client, and one case that has come over."""
        self._near = self._side("near")
        self.near = [self._near.process_id]
        assert self._near.ask("join", port=port) == "joined"

    def queue(self) -> None:
        """All cases, one save each."""
        assert self._near.ask("put", path=str(self.folder / "cases.json")) == "put"

    def line_is_up(self) -> None:
        """It has no watcher of its own; somebody has to begin."""
        assert self._near.ask("push") == "pushing"

    def held(self) -> int:
        """Rows of the far application, without the first one."""
        return max(0, int(self._server.ask("held")) - 1)

    def _side(self, name: str) -> Helper:
        (self.folder / name).mkdir(exist_ok=True)
        script = str(Path(__file__).with_name("peer_morango_side.py"))
        return self.helper([self.python(), script, str(self.folder / name)])
