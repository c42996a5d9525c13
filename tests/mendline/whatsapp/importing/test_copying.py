"""Every table of a session is copied as it is, and nothing that is there is overwritten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from mendline.whatsapp.build import Programs
from mendline.whatsapp.greeting import greeted
from mendline.whatsapp.importing.copying import Copied, copies
from mendline.whatsapp.importing.schema import NEWEST, TABLES
from mendline.whatsapp.importing.source import opened
from streams.drivers.catalogue import WhatsAppHost
from tests.mendline.whatsapp.importing.conftest import FIRST
from tests.mendline.whatsapp.importing.copied_file import changed

K32, K128 = b"k" * 32, b"h" * 128
ROWS: dict[str, tuple[Any, ...]] = {
    "identity_keys": (FIRST, "9:1", K32),
    "sessions": (FIRST, "9:1", b"session"),
    "sender_keys": (FIRST, "g", "9:1", b"key"),
    "app_state_sync_keys": (FIRST, b"id", b"data", 7, b"print"),
    "app_state_version": (FIRST, "regular", 3, K128),
    "app_state_mutation_macs": (FIRST, "regular", 3, K32, K32),
    "contacts": (FIRST, "9@s.whatsapp.net", "A", "A B", "a", "", None),
    "chat_settings": (FIRST, "9@s.whatsapp.net", 5, 1, 0),
    "message_secrets": (FIRST, "c", "s", "m", b"secret"),
    "privacy_tokens": (FIRST, "9@s.whatsapp.net", b"token", 8, None),
    "nct_salt": (FIRST, b"salt"),
    "event_buffer": (FIRST, K32, b"plain", 1, 2),
    "retry_buffer": (FIRST, "c", "m", "f", b"plain", 1),
}


@pytest.fixture
async def database(programs: Programs, postgres: str) -> str:
    """Mendline's database, with its host's tables."""
    await greeted(WhatsAppHost(programs.host, postgres), "tests")
    return postgres


@pytest.fixture
def full(file: Path) -> Path:
    """A source whose first session has a row in every table."""
    for table, row in ROWS.items():
        changed(file, f"INSERT INTO whatsmeow_{table} VALUES ({', '.join('?' * len(row))})", *row)
    return file


def copied(file: Path, database: str) -> list[Copied]:
    with opened(str(file)) as source:
        return list(copies(source, NEWEST, [FIRST], database))


def found(database: str, table: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(f"SELECT * FROM whatsmeow_{table}".encode()).fetchall()


def test_every_table_of_a_session_is_copied(full: Path, database: str) -> None:
    result = copied(full, database)

    of_sessions = {table.name for table in TABLES if table.key is not None}
    assert {f"whatsmeow_{name}" for name in ROWS} | {"whatsmeow_device", "whatsmeow_pre_keys"} == of_sessions
    assert {name: found(database, name) for name in ROWS} == {name: [row] for name, row in ROWS.items()}
    assert result == [Copied(FIRST, rows=1 + 10 + len(ROWS))]


def test_session_that_is_there_keeps_all_that_it_has(full: Path, database: str) -> None:
    copied(full, database)
    changed(full, "UPDATE whatsmeow_sessions SET session = x'00'")

    assert copied(full, database) == [Copied(FIRST, rows=0)]
    assert found(database, "sessions") == [ROWS["sessions"]]


def test_what_an_earlier_session_of_that_name_left_is_replaced(full: Path, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO whatsmeow_privacy_tokens VALUES (%s, 'old', '', 1, NULL)", [FIRST])

    copied(full, database)

    assert found(database, "privacy_tokens") == [ROWS["privacy_tokens"]]
