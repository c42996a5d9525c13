"""A database with the read side's tables."""

from __future__ import annotations

import pytest

from projections.migrations import migrate


@pytest.fixture
async def database(postgres: str) -> str:
    """The address of a fresh database with the read side's tables, empty."""
    await migrate(postgres)
    return postgres
