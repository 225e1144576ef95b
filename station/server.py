"""One node served by waitress until it is told to stop."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from typing import Any

from waitress import create_server, wasyncore

from station.app import create_app
from station.errors import BadSetting, KeyFileRefused
from station.lockfile import FolderLock
from station.node import Installation
from station.settings import Settings
from station.unattended import RISK, find_key

LOOK_SECONDS = 1.0
CONNECTIONS_MAX = 900  # stations keep theirs for a while; what most systems let a process open is 1,024
LOG_BYTES_MAX = 2 * 1024 * 1024
SETUP_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class Server:
    """The listening node. `run` blocks until `stop`."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        """say: tells a person one line. Raises FolderInUse, BadSetting for a port that is taken."""
        self.say = say
        self.lock = FolderLock(settings.data_folder)
        keep_log(settings)
        self.installation = Installation(settings)
        self.installation.is_serving = True
        if self.installation.facts is None:
            self.installation.setup_code = "".join(secrets.choice(SETUP_LETTERS) for _ in range(12))
        self.app = create_app(self.installation)
        self._sockets: dict[int, Any] = {}
        self._waitress: Any = _listening(self.app, settings, self._sockets)
        self.installation.gauge.waiting = lambda: len(self._waitress.task_dispatcher.queue)
        self._thread: threading.Thread | None = None
        self._is_stopping = threading.Event()

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the node."""
        settings = self.installation.settings
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "localhost") else settings.host  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self._port}"

    @property
    def _port(self) -> int:
        """The port that was really taken, when any was asked for."""
        listeners = getattr(self._waitress, "effective_listen", None)
        return int(listeners[0][1] if listeners else self._waitress.effective_port)

    @property
    def start_address(self) -> str:
        """The first page to open: the wizard, with its one-time code, while there is no node yet."""
        code = self.installation.setup_code
        return self.address if code is None else f"{self.address}/setup/?code={code}"

    def unlock_unattended(self) -> None:
        """Open the node with its key file or credential. Raises KeyFileRefused when there is none."""
        settings = self.installation.settings
        key = find_key(settings.data_folder, os.environ)
        if key is None:
            raise KeyFileRefused("没有钥匙文件，也没有 systemd 凭据。")
        self.installation.open_with_key(key)
        self.say(RISK)

    def welcome(self) -> None:
        """Say where the node is, and how to set it up when it is new."""
        facts = self.installation.facts
        if facts is None:
            self.say(f"这是新站点。请在本机浏览器打开：{self.start_address}")
        else:
            self.say(f"{facts.name}：{self.address}")

    def run(self) -> None:
        """Serve until `stop` is called from another thread, or a signal handler raises SystemExit."""
        self.lock.tell_address(self.start_address)
        try:
            while not self._is_stopping.is_set():
                wasyncore.loop(timeout=LOOK_SECONDS, use_poll=True, map=self._sockets, count=1)
        finally:
            self._waitress.task_dispatcher.shutdown()
            wasyncore.close_all(self._sockets)
            self.installation.close()
            self.lock.release()

    def start_in_thread(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="server", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until serving ended; for a server started in a thread."""
        if self._thread is not None:
            self._thread.join()

    def stop(self) -> None:
        """End serving from another thread; requests under way are finished."""
        self._is_stopping.set()


def _listening(app: Any, settings: Settings, sockets: dict[int, Any]) -> Any:
    try:
        return create_server(
            app,
            map=sockets,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            ident="",
            max_request_body_size=settings.request_mib_max * 2 * 1024 * 1024,  # the page refuses first,
            channel_timeout=60,
            connection_limit=CONNECTIONS_MAX,
            backlog=CONNECTIONS_MAX,
            clear_untrusted_proxy_headers=True,
        )
    except (OSError, socket.gaierror, ValueError) as error:
        given = f"{settings.host}:{settings.port}"
        raise BadSetting("host / port", given, "本机没有被占用的地址和端口") from error


def keep_log(settings: Settings) -> None:
    """Warnings and errors into `log/station.log`, at most three files of two MiB; nothing of residents."""
    folder = settings.data_folder / "log"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "station.log"
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES_MAX, backupCount=2, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
