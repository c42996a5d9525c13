"""Whether the credentials that devices name can be used on this machine."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import AsyncConnection

from mendline.doctor.finding import Finding, Level
from streams.drivers.catalogue import DRIVERS, listing
from streams.drivers.credentials import CredentialError, Credentials

CONNECT_TIMEOUT_S = 5
READABLE_BY_OTHERS = 0o077
NAMED = """
SELECT driver, credential, count(*), min(device_id) FROM devices
WHERE state <> 'removed' AND driver = ANY(%s) GROUP BY driver, credential ORDER BY min(device_id)
"""
Named = tuple[str, str | None, int, str]
"""A driver, a credential's name, how many devices name it, and the first of them."""


async def credential_findings(dsn: str, file: Path) -> list[Finding]:
    """What is wrong with the file and with each credential that devices name; nothing where the database is away."""
    drivers = [name for name, driver in DRIVERS.items() if driver.check is not None]
    try:
        async with await AsyncConnection.connect(dsn, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            cursor = await connection.execute(NAMED, [drivers])
            named: list[Named] = await cursor.fetchall()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return []  # what the database's own findings say
    return [*_of_file(file), *_of_names(Credentials(file), named)]


def _of_file(file: Path) -> list[Finding]:
    if file.exists() and file.stat().st_mode & READABLE_BY_OTHERS:
        return [Finding(Level.WRONG, "credentials", f"others may read {file}", f"chmod 600 {file}")]
    return []


def _of_names(credentials: Credentials, named: list[Named]) -> list[Finding]:
    wrong = [
        Finding(Level.WRONG, _where(device, count), problem, "correct it: waiting sends leave then, no restart needed")
        for driver, name, count, device in named
        if (problem := _problem(credentials, driver, name))
    ]
    if named and not wrong:
        return [Finding(Level.FINE, "credentials", f"{credentials.file} has all that devices name")]
    return wrong


def _where(device: str, count: int) -> str:
    return device if count == 1 else f"{device} and {count - 1} more"


def _problem(credentials: Credentials, driver: str, name: str | None) -> str | None:
    check = listing(driver).check
    try:
        credential = credentials.find(name)
        if check is not None:
            check(credential)
    except CredentialError as error:
        return str(error)
    return None
