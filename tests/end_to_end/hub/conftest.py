"""One installation for all tests of the hub: each takes users of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.end_to_end.hub.installation import Installation, running


@pytest.fixture(scope="package")
def installation(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A worker and two nodes."""
    with running(kafka, f"{uuid4().hex[:12]}-", tmp_path_factory.mktemp("hub")) as whole:
        yield whole


@pytest.fixture
def user() -> str:
    """A user that no other test has."""
    return f"user-{uuid4().hex[:12]}"
