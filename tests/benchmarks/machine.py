"""What the machine says about a process, and a free port on it."""

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path


def cpu_seconds(process_id: int) -> float:
    """What a process and all below it have used so far, ended ones included."""
    fields = _fields(process_id)
    own = sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(child) for child in children(process_id))


def kill_all(process_id: int) -> None:
    """A process and all below it: what a start script started does not end with the script."""
    with suppress(ProcessLookupError, FileNotFoundError):  # one that has ended by itself meanwhile
        below = children(process_id)
        os.kill(process_id, signal.SIGKILL)
        for child in below:
            kill_all(child)


def children(process_id: int) -> list[int]:
    """Those a process started itself and that run."""
    text = Path(f"/proc/{process_id}/task/{process_id}/children").read_text("ascii")
    return [int(child) for child in text.split()]


def _fields(process_id: int) -> list[str]:
    """What follows the name in its `stat`; the second one is the parent's id."""
    return Path(f"/proc/{process_id}/stat").read_text("ascii", "replace").rpartition(")")[2].split()


def resident_mb(process_id: int) -> float:
    """Memory of a process that is in use now."""
    for line in Path(f"/proc/{process_id}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def free_port() -> int:
    """One on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
