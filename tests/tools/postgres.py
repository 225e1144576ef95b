"""A throw-away PostgreSQL 15 cluster on a free loopback port, run by a user who is not root."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from station.demo.ports import held_ports

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_SMALL = "max_connections=40\nshared_buffers=16MB\n"
_FAST = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\n"


class Cluster:
    """A running server; `make_database` gives an empty database in it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._made = 0

    def make_database(self) -> str:
        """The address of a new, empty database."""
        self._made += 1
        name = f"station_{os.getpid()}_{self._made}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://yimen@127.0.0.1:{self.port}/{name}"


def is_installed() -> bool:
    """True where the server's programs are."""
    return (PROGRAMS / "initdb").exists()


@contextmanager
def running_cluster(is_durable: bool = False, more: str = "") -> Iterator[Cluster]:
    """A cluster in a folder of its own, gone afterwards. is_durable: its commits survive a power cut.

    more: further lines of its configuration.
    """
    folder = Path(tempfile.mkdtemp(prefix="yimen-postgres-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        _run("initdb", "-D", str(data), "-U", "yimen", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        with (data / "postgresql.conf").open("a") as file:
            file.write(_SMALL + more if is_durable else _SMALL + _FAST + more)
        with held_ports(0, 1) as [port], _server(folder, port):
            yield Cluster(port)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(folder: Path, port: int) -> Iterator[None]:
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    command = [*_as_postgres(), str(PROGRAMS / "postgres"), "-D", str(folder / "data"), *options.split()]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, server)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _run(program: str, *arguments: str) -> None:
    command = [*_as_postgres(), str(PROGRAMS / program), *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def _as_postgres() -> list[str]:
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    ready = [str(PROGRAMS / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError("PostgreSQL ended while starting")
        if subprocess.run(ready, check=False, timeout=10).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL did not start in time")
