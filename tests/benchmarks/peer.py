"""What the peers' contestants have in common: processes in a folder, and helpers that speak JSON lines."""

import json
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.cases import make_cases
from tests.benchmarks.machine import kill_all


class Peer(ABC):
    """A near and a far side, and their processes. Subclasses fill in the steps of `contest.Contestant`."""

    def __init__(self, folder: Path, installed: Path) -> None:
        """folder: for this run alone; installed: what `install_peers.sh` filled."""
        self.folder, self.installed = folder, installed
        self.near: list[int] = []
        self.far: list[int] = []
        self._processes: list[subprocess.Popen[str]] = []
        (folder / "cases.json").write_text(json.dumps(make_cases(), ensure_ascii=False), "utf-8")

    def line_is_up(self) -> None:  # noqa: B027 - nothing to do is the rule here, not an omission
        """Peers notice by themselves."""

    def settle(self) -> None:
        """Give the last acknowledgements a second."""
        time.sleep(1)

    def distinct(self) -> int:
        """Where a store keeps one of a kind."""
        return self.held()

    @abstractmethod
    def held(self) -> int:
        """See Contestant."""

    def stop(self) -> None:
        """End what we started."""
        for process in reversed(self._processes):
            if process.poll() is None:
                kill_all(process.pid)
            process.wait(30)

    def serves(self, command: Sequence[str], surroundings: dict[str, str] | None = None) -> int:
        """A server of this contestant, its words into a file; returns its process id."""
        return self._starts(command, surroundings, subprocess.DEVNULL).pid

    def helper(self, command: Sequence[str]) -> "Helper":
        """A process that answers; its complaints go into a file."""
        return Helper(self._starts(command, None, subprocess.PIPE))

    def _starts(
        self, command: Sequence[str], surroundings: dict[str, str] | None, stdio: int
    ) -> "subprocess.Popen[str]":
        log = (self.folder / f"{len(self._processes)}.log").open("w")
        output = log if stdio == subprocess.DEVNULL else stdio
        process = subprocess.Popen(
            list(command),
            stdin=stdio,
            stdout=output,
            stderr=log,
            text=True,
            env=surroundings,
            cwd=self.folder,
        )
        self._processes.append(process)
        return process

    def python(self) -> str:
        """The interpreter with the peers' clients."""
        return str(self.installed / "python" / "bin" / "python")


class Helper:
    """A process that answers each JSON line with one."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.process_id = process.pid

    def ask(self, what: str, **more: Any) -> Any:
        """Do something; its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the helper of {what} ended"
        return json.loads(line)


def wait_for_port(port: int, seconds: float = 120) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody listens on {port}")
