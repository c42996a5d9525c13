"""Where a node listens."""

from __future__ import annotations

import socket

import pytest

from mendline.errors import ServerStartError
from mendline.listening import listening


def test_a_taken_port_is_told_once_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerStartError) as told, listening("127.0.0.1", port, "the API", "MENDLINE_API_PORT"):
            pass
    wanted = (
        f"the API cannot listen on 127.0.0.1:{port} (Address already in use): stop what does, or set MENDLINE_API_PORT"
    )
    assert str(told.value) == wanted
