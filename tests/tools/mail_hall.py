"""A hall with a real web server (waitress) on a port of its own, over a real SQLite file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress.server import create_server

from sync.depot import Depot
from sync.http import blueprint
from tests.tools.mail_node import MailNode


@contextmanager
def serving(hall: MailNode) -> Iterator[int]:
    """Answer for `hall` on the port this gives."""
    depot = Depot(hall.keys, hall.node_id, hall.box.handlers, hall.box.clock)

    @contextmanager
    def tables() -> Iterator[None]:
        with hall.at_work(), hall.database.connection_context():
            yield

    app = Flask("hall")
    app.register_blueprint(blueprint(depot, tables))
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()
        server.close()
