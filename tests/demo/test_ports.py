"""A port that a program is about to use is nobody else's: before its start, and after a kill."""

import socket
import struct

import pytest

from station.demo.ports import NoFreePort, held_ports


def listener(port: int) -> socket.socket:
    """A server as waitress opens it: with SO_REUSEADDR."""
    return socket.create_server(("127.0.0.1", port))


def test_a_server_may_listen_on_a_held_port_and_come_back_to_it():
    with held_ports(0, 1) as [port]:
        for _ in range(2):
            with listener(port), socket.create_connection(("127.0.0.1", port), 5):
                pass


def test_a_held_port_is_given_to_no_one_else():
    with held_ports(0, 2) as ours, held_ports(0, 200) as theirs:
        assert len({*ours, *theirs}) == 202
        with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", ours[0]))


def test_no_call_to_somebody_else_leaves_from_a_held_port():
    """The system takes the ports of outgoing calls from the same range; here it has only held ones left."""
    with held_ports(0, 1) as [port], listener(0) as server, socket.socket() as caller:
        narrow_to(caller, port)
        with pytest.raises(OSError, match="assign requested address"):
            caller.connect(server.getsockname())


def narrow_to(caller: socket.socket, port: int) -> None:
    """Leave the system one port to choose for this call (IP_LOCAL_PORT_RANGE, Linux 6.3)."""
    try:
        caller.setsockopt(socket.IPPROTO_IP, 51, struct.pack("I", port << 16 | port))
    except OSError:
        pytest.skip("this kernel cannot narrow the ports of one call")


def test_ports_from_a_first_one_step_over_those_in_use():
    with listener(0) as busy:
        first = busy.getsockname()[1]
        with held_ports(first, 2) as ports:
            assert first < ports[0] < ports[1]


def test_when_every_port_is_in_use_it_says_so():
    with pytest.raises(NoFreePort), held_ports(65535, 2):
        pass
