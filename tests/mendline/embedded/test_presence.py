"""Installations without embedded servers."""

from __future__ import annotations

import pytest

from mendline.embedded.presence import check_servers
from mendline.errors import ServerStartError


def test_an_installation_without_servers_names_what_it_lacks() -> None:
    with pytest.raises(ServerStartError, match="no_such_package"):
        check_servers(["no_such_package"])


def test_a_whole_installation_lacks_nothing() -> None:
    check_servers()
