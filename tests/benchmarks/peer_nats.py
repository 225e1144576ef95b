"""NATS: a leaf server with a JetStream of its own, whose stream the hub's stream has as its source.

Reconnects every second. The client (nats-py) runs in the peers' interpreter.
"""

from pathlib import Path

from tests.benchmarks.machine import free_port
from tests.benchmarks.peer import Peer, wait_for_port

HUB = """
listen: 127.0.0.1:{port}
server_name: hub
jetstream {{ store_dir: "{store}", domain: hub }}
leafnodes {{ listen: 127.0.0.1:{leaf}, advertise: "127.0.0.1:{line}" }}
"""
LEAF = """
listen: 127.0.0.1:{port}
server_name: leaf
jetstream {{ store_dir: "{store}", domain: leaf }}
leafnodes {{ reconnect: 1, remotes: [ {{ urls: ["nats://127.0.0.1:{line}"] }} ] }}
"""


class Nats(Peer):
    """See the module."""

    def start_far(self, line_port: int) -> int:
        """The hub."""
        self._hub_port, leaf_port = free_port(), free_port()
        store = self.folder / "hub"
        text = HUB.format(port=self._hub_port, store=store, leaf=leaf_port, line=line_port)
        self.far = [self._serve("hub", text)]
        wait_for_port(self._hub_port)
        wait_for_port(leaf_port)
        return leaf_port

    def start_near(self, port: int) -> None:
        """The leaf, both streams, and one message that shows that they are joined."""
        self._leaf_port = free_port()
        text = LEAF.format(port=self._leaf_port, store=self.folder / "leaf", line=port)
        self.near = [self._serve("leaf", text)]
        wait_for_port(self._leaf_port)
        script = str(Path(__file__).with_name("peer_nats_client.py"))
        self._client = self.helper([self.python(), script, str(self._leaf_port), str(self._hub_port)])
        assert self._client.ask("join") == "joined"

    def queue(self) -> None:
        """All cases into the leaf's stream, each acknowledged by it."""
        assert self._client.ask("publish", path=str(self.folder / "cases.json")) == "published"

    def held(self) -> int:
        """Messages in the hub's stream."""
        return int(self._client.ask("held"))

    def distinct(self) -> int:
        """Different ones among them."""
        return int(self._client.ask("distinct"))

    def _serve(self, name: str, text: str) -> int:
        config = self.folder / f"{name}.conf"
        config.write_text(text)
        return self.serves([str(self.installed / "nats/usr/sbin/nats-server"), "-c", str(config)])
