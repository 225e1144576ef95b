"""RabbitMQ: two brokers, and a shovel from the near one's queue to the far one's.

Durable queues, persistent messages, acknowledged on confirmation (the safest mode); the shovel reconnects
after one second. The client (pika) runs in the peers' interpreter. Whose copies are counted: the far queue's.
"""

import os
from pathlib import Path

from tests.benchmarks.machine import free_port
from tests.benchmarks.peer import Peer, wait_for_port

SHOVEL = """
[{{rabbitmq_shovel, [{{shovels, [{{backlog, [
  {{source, [{{protocol, amqp091}}, {{uris, ["amqp://127.0.0.1:{near}"]}},
    {{declarations, [{{'queue.declare', [{{queue, <<"cases">>}}, durable]}}]}},
    {{queue, <<"cases">>}}, {{prefetch_count, 1000}}]}},
  {{destination, [{{protocol, amqp091}}, {{uris, ["amqp://127.0.0.1:{line}"]}},
    {{declarations, [{{'queue.declare', [{{queue, <<"cases">>}}, durable]}}]}},
    {{publish_properties, [{{delivery_mode, 2}}]}},
    {{publish_fields, [{{exchange, <<>>}}, {{routing_key, <<"cases">>}}]}}]}},
  {{ack_mode, on_confirm}}, {{reconnect_delay, 1}}]}}]}}]}}].
"""


class RabbitMq(Peer):
    """See the module."""

    def start_far(self, line_port: int) -> int:
        """The far broker."""
        self._names_port = free_port()
        erlang = self.installed / "rabbitmq/usr/lib/erlang/bin"
        self.serves([str(erlang / "epmd"), "-port", str(self._names_port), "-address", "127.0.0.1"])
        wait_for_port(self._names_port)
        self._far_port = self._broker("far", "[].", free_port())
        return self._far_port

    def start_near(self, port: int) -> None:
        """The near broker with its shovel, and one message that shows that it works."""
        near = free_port()
        self._near_port = self._broker("near", SHOVEL.format(near=near, line=port), near)
        script = str(Path(__file__).with_name("peer_rabbitmq_client.py"))
        self._client = self.helper([self.python(), script, str(self._near_port), str(self._far_port)])
        assert self._client.ask("join") == "joined"

    def queue(self) -> None:
        """All cases into the near queue, each confirmed."""
        assert self._client.ask("publish", path=str(self.folder / "cases.json")) == "published"

    def held(self) -> int:
        """Messages in the far queue."""
        return int(self._client.ask("held"))

    def distinct(self) -> int:
        """Different ones among them."""
        return int(self._client.ask("distinct"))

    def _broker(self, name: str, advanced: str, port: int) -> int:
        home = self.folder / name
        home.mkdir()
        (home / "advanced.config").write_text(advanced)
        (home / "plugins").write_text("[rabbitmq_shovel].")
        [lib] = (self.installed / "rabbitmq/usr/lib/rabbitmq/lib").iterdir()
        surroundings = os.environ | {
            "HOME": str(home),
            "PATH": f"{self.installed}/rabbitmq/usr/lib/erlang/bin:{os.environ['PATH']}",
            "ERL_EPMD_PORT": str(self._names_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"{name}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none"),
            "RABBITMQ_CONFIG_FILE": str(home / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(home / "feature_flags"),
        }
        process_id = self.serves([str(lib / "sbin/rabbitmq-server")], surroundings)
        (self.near if name == "near" else self.far).append(process_id)
        wait_for_port(port)
        return port
