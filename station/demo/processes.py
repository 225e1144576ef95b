"""Nodes as the real thing: one process each, its own folder and port."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests

START_SECONDS = 60


class NodeDidNotStart(Exception):
    """A node's process ended or stayed silent; carries the end of what it wrote."""


@dataclass
class NodeProcess:
    """One running `yimen serve`, the leader of a process group of its own."""

    folder: Path
    port: int
    arguments: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process to kill. Fails when it is not running."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers. Raises NodeDidNotStart with the end of its log."""
        self.spawn()
        self.await_answer()

    def spawn(self) -> None:
        """Start it without waiting for an answer."""
        log = open(self.folder / "serve.log", "ab")  # noqa: SIM115 - handed to the child
        command = [sys.executable, "-m", "station.cli", "serve", "--dir", str(self.folder)]
        command += ["--port", str(self.port), *self.arguments]
        with log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, arguments of our own
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def await_answer(self) -> None:
        """Wait until its pages answer. Raises NodeDidNotStart with the end of its log."""
        process, deadline = self._process, time.monotonic() + START_SECONDS
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.05)
        raise NodeDidNotStart((self.folder / "serve.log").read_text("utf-8", "replace")[-2000:])

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.address}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """Pull the plug: SIGKILL to the whole process group."""
        if self._process is not None:
            with suppress(ProcessLookupError):  # it ended before
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to end; pull the plug after ten seconds."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(10)
            self._process = None
        except subprocess.TimeoutExpired:
            self.kill()
