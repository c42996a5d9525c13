from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from mendline.embedded.ports import LOOPBACK, ReservedPort, reserve


@pytest.fixture
def port() -> Iterator[ReservedPort]:
    reserved = reserve()
    yield reserved
    reserved.release()


def listening(number: int) -> socket.socket:
    """A server as Kafka and PostgreSQL make one: it shares its address with what lingers there."""
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, True)
    server.bind((LOOPBACK, number))
    server.listen()
    return server


def test_reserved_port_lies_below_the_ephemeral_range(port: ReservedPort) -> None:
    assert port.number < 32_768


def test_reserved_port_is_kept_from_other_processes(port: ReservedPort) -> None:
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind((LOOPBACK, port.number))


def test_our_server_may_listen_on_a_reserved_port(port: ReservedPort) -> None:
    with listening(port.number), socket.create_connection((LOOPBACK, port.number)) as connection:
        assert connection.getpeername() == (LOOPBACK, port.number)


def test_released_port_is_given_again_though_old_connections_linger(port: ReservedPort) -> None:
    with listening(port.number) as server, socket.create_connection((LOOPBACK, port.number)):
        server.accept()[0].close()
    port.release()
    again = reserve(port.number)
    again.release()
    assert again.number == port.number


def test_port_with_a_listener_is_not_given_again(port: ReservedPort) -> None:
    port.release()
    with listening(port.number):
        other = reserve(port.number)
    other.release()
    assert other.number != port.number
