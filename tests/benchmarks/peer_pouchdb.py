"""PouchDB: a database on leveldb that replicates to an express-pouchdb server, live, with retries.

The pause before a retry is one second throughout (PouchDB's own grows to ten minutes).
"""

import shutil
from pathlib import Path

from tests.benchmarks.peer import Helper, Peer


class PouchDb(Peer):
    """See the module. Documents are keyed by case id, so none can be there twice."""

    def start_far(self, line_port: int) -> int:
        """The server."""
        self._server = self._node("far")
        self.far = [self._server.process_id]
        return int(self._server.ask("listen"))

    def start_near(self, port: int) -> None:
        """The database, replicating, until a first document has come over."""
        self._near = self._node("near")
        self.near = [self._near.process_id]
        assert self._near.ask("join", port=port) == "joined"

    def queue(self) -> None:
        """All cases, one put each."""
        assert self._near.ask("put", path=str(self.folder / "cases.json")) == "put"

    def held(self) -> int:
        """Documents at the server, without the first one."""
        return max(0, int(self._server.ask("held")) - 1)

    def _node(self, name: str) -> Helper:
        modules = self.installed / "pouchdb"
        script = modules / "peer_pouchdb.cjs"  # beside its node_modules, where node looks for them
        shutil.copyfile(Path(__file__).with_name("peer_pouchdb.cjs"), script)
        (self.folder / name).mkdir()
        return self.helper(["node", str(script), str(self.folder / name)])
