"""Ports of loopback for programs that are about to start, kept from everyone else until they end.

A port that is asked for, given back and used a moment later may be gone by then: the system gives it to
the next outgoing connection. So the socket that found it stays bound, without listening, as long as the
port is needed; a server that sets SO_REUSEADDR (waitress and PostgreSQL do) may listen beside it, and may
be killed and started again.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

LAST = 65535


class NoFreePort(LookupError):
    """Every port of loopback that was asked for is in use."""


@contextmanager
def held_ports(first: int, count: int) -> Iterator[list[int]]:
    """`count` ports nobody listens on, from `first` upwards, or any when it is 0. Raises NoFreePort."""
    with ExitStack() as holding:
        candidates = iter(range(first, LAST + 1) if first else [0] * count)
        ports: list[int] = []
        while len(ports) < count:
            held = _bound(next(candidates, None))
            if held is not None:
                ports.append(int(holding.enter_context(held).getsockname()[1]))
        yield ports


def _bound(port: int | None) -> socket.socket | None:
    """A socket that keeps the port, or None where another program listens."""
    if port is None:
        raise NoFreePort("no free ports on loopback")
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind(("127.0.0.1", port))
    except OSError:
        held.close()
        return None
    return held
