"""A hall with a real web server (waitress) on a port of its own, over a real SQLite file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from sync.depot import Depot
from sync.http import blueprint
from tests.tools.mail_node import MailNode


@contextmanager
def answering(app: Any, threads: int = 2) -> Iterator[int]:
    """A WSGI application behind waitress, on the port this gives. It ends before its sockets are closed."""
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=threads)
    is_over = threading.Event()

    def run() -> None:
        while not is_over.is_set():
            wasyncore.loop(timeout=0.05, use_poll=True, map=sockets, count=1)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        is_over.set()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)


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
    with answering(app) as port:
        yield port
