"""Whether this machine can host WhatsApp's devices: a host that is built and starts, and whom WhatsApp lets in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from typing import Any, NamedTuple

import psycopg
from psycopg import AsyncConnection

from mendline.doctor.finding import Finding, Level
from mendline.errors import GoMissingError, HostNotBuiltError
from mendline.settings import Settings, default_whatsapp_cache
from mendline.whatsapp.build import builds
from mendline.whatsapp.greeting import greeted
from mendline.whatsapp.hosting import NAME, host_program, is_named
from mendline.whatsapp.importing.schema import NEWEST, VERSION
from mendline.whatsapp.toolchain import toolchain
from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.whatsapp.protocol import Welcome

HOST = "whatsapp host"
CONNECT_TIMEOUT_S = 5
PATIENCE_S = 10.0
DEVICES = "SELECT count(*) FROM devices WHERE driver = 'whatsapp' AND state <> 'removed'"
OUTDATED = """
SELECT count(*), min(device_id), max(last_event_at) FROM devices
WHERE driver = 'whatsapp' AND state = 'disconnected' AND reason LIKE 'client_outdated%'
"""
BUILD = "`mendline whatsapp build` builds it, once for each version of Mendline"


class Known(NamedTuple):
    """What the database tells. devices: of WhatsApp. outdated: of how many that was the last word, the first, when.

    tables: the version of whatsmeow's; None: they are not there yet.
    """

    devices: int
    outdated: tuple[int, str | None, Any]
    tables: int | None


async def whatsapp_findings(settings: Settings, database: str) -> list[Finding]:
    """What is to be said of WhatsApp here; nothing where the database is away, which its own findings say."""
    try:
        async with await AsyncConnection.connect(database, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            known = await _known(connection)
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return []
    return [
        *_of_settings(settings, known.devices),
        *(await _of_host(settings, database, known)),
        *_of_builds(),
        *_of_clients(known),
    ]


async def _known(connection: AsyncConnection) -> Known:
    devices = await (await connection.execute(DEVICES)).fetchone()
    outdated = await (await connection.execute(OUTDATED)).fetchone()
    there = await (await connection.execute("SELECT to_regclass(%s) IS NOT NULL", [VERSION])).fetchone()
    tables = None
    if there == (True,):
        tables = await (await connection.execute("SELECT version FROM whatsmeow_version")).fetchone()
    return Known(devices[0] if devices else 0, outdated or (0, None, None), tables[0] if tables else None)


def _of_settings(settings: Settings, devices: int) -> Iterator[Finding]:
    if devices and settings.drivers is not None and not is_named(settings):
        what = f"leaves {NAME} out: a worker with it lets {devices} devices of WhatsApp be unreachable"
        yield Finding(Level.NOTICE, "MENDLINE_DRIVERS", what, f"add {NAME} where workers are to have them")
    if settings.whatsapp_stand_in is not None:
        what = "is set: devices of WhatsApp talk to a stand-in, and nothing of theirs reaches WhatsApp"
        yield Finding(Level.NOTICE, "MENDLINE_WHATSAPP_STAND_IN", what, "unset it for real devices")


async def _of_host(settings: Settings, database: str, known: Known) -> list[Finding]:
    program = host_program(settings)
    if not program.exists():
        return [_unbuilt(f"{program} is not there", needed=is_named(settings), devices=known.devices)]
    if known.tables != NEWEST:  # it would change them, which the doctor does not
        made = "has no tables yet" if known.tables is None else f"has its tables in version {known.tables}"
        what = f"{program} is built; the database {made}, so it was not started to see whether it can be"
        return [Finding(Level.FINE, HOST, what)]
    try:
        welcome = await greeted(WhatsAppHost(program, database, settings.whatsapp_stand_in), "doctor", PATIENCE_S)
    except HostNotBuiltError as error:
        return [Finding(Level.WRONG, HOST, str(error), BUILD)]
    return [Finding(Level.FINE, HOST, f"{program} starts{_in_words(welcome)}")]


def _in_words(welcome: Welcome | None) -> str:
    if welcome is None:
        return ""
    return f": protocol {welcome.version}, whatsmeow {welcome.whatsmeow}, as WhatsApp Web {welcome.client_version}"


def _unbuilt(what: str, *, needed: bool, devices: int) -> Finding:
    if not needed and not devices:
        return Finding(Level.FINE, HOST, f"{what}, and nothing here needs it")
    whom = "MENDLINE_DRIVERS names it: no worker starts here" if needed else f"{devices} devices of WhatsApp need one"
    try:
        go = f"Go is here ({toolchain().version})"
    except GoMissingError as error:
        go = str(error)
    return Finding(Level.WRONG if needed else Level.NOTICE, HOST, f"{what}; {whom}", f"{BUILD}; {go}")


def _of_builds() -> Iterator[Finding]:
    others = builds(default_whatsapp_cache())
    if others:
        megabytes = sum(file.stat().st_size for each in others for file in each.iterdir()) >> 20
        what = f"{len(others)} builds of other versions lie in {default_whatsapp_cache()} ({megabytes} MB)"
        yield Finding(Level.FINE, HOST, what, "`mendline whatsapp build --prune` removes those that do not run")


def _of_clients(known: Known) -> Iterator[Finding]:
    count, first, at = known.outdated
    if count:
        whom = str(first) if count == 1 else f"{first} and {count - 1} more"
        last = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        what = f"WhatsApp refuses this version of its client (client_outdated), last at {last}"
        advice = "install a newer Mendline, `mendline whatsapp build`, and restart the workers"
        yield Finding(Level.WRONG, whom, what, advice)
