"""The bad line that the fault tests use is itself exact."""

import socket
import threading

import pytest

from tests.tools.link import DOWN, UP, Link


@pytest.fixture
def echo():
    """A server that sends back what it gets; answers with its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                end, _ = listener.accept()
            except OSError:
                return
            with end:
                try:
                    while data := end.recv(1000):
                        end.sendall(data)
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture
def link(echo):
    with Link(echo) as link:
        yield link


def says(link: Link, data: bytes) -> bytes:
    """What comes back before the line is cut or all of it has come."""
    heard = b""
    try:
        with socket.create_connection(("127.0.0.1", link.port), timeout=5) as end:
            end.sendall(data)
            while len(heard) < len(data) and (piece := end.recv(1000)):
                heard += piece
    except ConnectionError:
        pass
    return heard


def test_a_good_line_passes_everything_and_counts_it(link):
    assert says(link, b"x" * 5000) == b"x" * 5000
    assert link.passed == {UP: 5000, DOWN: 5000}


def test_the_line_is_cut_after_exactly_the_bytes_asked_for_and_then_works_again(link):
    link.cut_after(up=1234)
    says(link, b"x" * 5000)

    assert link.passed[UP] == 1234
    assert link.cuts == 1
    assert says(link, b"again") == b"again"


def test_the_way_back_can_be_cut_as_well(link):
    link.cut_after(down=777)

    assert len(says(link, b"x" * 5000)) <= 777
    assert link.passed[DOWN] == 777


def test_a_line_that_is_down_refuses_until_it_comes_up(link):
    link.goes_down()
    assert says(link, b"hello") == b""
    link.comes_up()
    assert says(link, b"hello") == b"hello"
