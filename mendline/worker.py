"""A worker on real servers: settings in, partitions held until it is told to stop."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from mendline.data_folder import Identity as Installation
from mendline.errors import SettingInvalidError
from mendline.garbage import collect_seldom
from mendline.parts import Outfit, device_part, follow_lost_nodes, keyed_part
from mendline.settings import Settings, credentials_file
from mendline.stopping import stop_signal
from mendline.telemetry.serving import serving
from mendline.telemetry.worker import WorkerTelemetry
from mendline.whatsapp.hosting import whatsapp_host
from schemas.cluster import Cluster
from schemas.topics import CONNECTION, STREAMS, Topics
from streams.device.facts import Rules
from streams.drivers.absent import AbsentDriver
from streams.drivers.catalogue import DRIVERS, Surroundings, UnknownDriverError, listing
from streams.drivers.credentials import Credentials
from streams.drivers.port import Driver, Record
from streams.log.clock import SystemClock
from streams.log.kafka_intake import KafkaIntake
from streams.log.kafka_reports import KafkaReportLog
from streams.log.membership import Group
from streams.ownership.budgets import Budgets
from streams.uniqueness.values import values_of
from streams.worker.app import Part, Working, hosted
from streams.worker.keyed import keyed_streams
from streams.worker.publisher import Publisher
from streams.worker.recording import Recording
from streams.worker.terms import Identity, Terms
from streams.worker.unfit import ForeignLogError

SIMULATOR_SOCKET = "fleet.sock"
"""In the data folder, unless a setting says otherwise."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a worker runs: the brokers, the simulated fleet's socket, who it is, and the database."""

    cluster: Cluster
    simulator: Path
    installation: Installation
    database: str | None = field(default=None, repr=False)
    """Where WhatsApp's sessions lie; none: the one that the settings lead to, if they do."""


def simulator_socket(settings: Settings) -> Path:
    """Where the simulated fleet of this installation listens."""
    return settings.simulator or settings.data / SIMULATOR_SOCKET


def wanted_drivers(settings: Settings) -> frozenset[str]:
    """The drivers that a worker runs; raises SettingInvalidError for an unknown one."""
    if settings.drivers is None:
        return frozenset(DRIVERS)
    try:
        names = [name.strip() for name in settings.drivers.split(",")]
        return frozenset(name for name in names if listing(name))
    except UnknownDriverError as error:
        raise SettingInvalidError(f"MENDLINE_DRIVERS: {error}") from None


async def run_worker(settings: Settings, site: Site, drivers: Mapping[str, Driver] | None = None) -> None:
    """Hold partitions until Ctrl-C or SIGTERM; then give them up politely."""
    async with open_holdings(settings, site, drivers) as working:
        await working.until(stop_signal())


@asynccontextmanager
async def open_holdings(
    settings: Settings, site: Site, drivers: Mapping[str, Driver] | None = None
) -> AsyncIterator[Working]:
    """A worker on real servers, running while the context lasts; with the catalogue's drivers, unless given others."""
    collect_seldom()
    topics = Topics(settings.topic_prefix)
    cluster = replace(site.cluster, client_id=f"mendline-{site.installation.instance_id}")
    telemetry = WorkerTelemetry()
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(serving(settings, telemetry))
        reports = KafkaReportLog(cluster, topics.requests(), topics.dead_letters)
        opened.push_async_callback(reports.close)
        group = Group(settings.group_id, site.installation.instance_id, settings.session_timeout_s)
        intakes = KafkaIntake.of_topics(cluster, [topics.requests(stream) for stream in STREAMS], group)
        partitions = await _partitions(intakes)
        # Before the group is joined: partitions must not wait for a worker that waits for a driver.
        recording = Recording(reports, f"mendline/{site.installation.instance_id}", SystemClock())
        opened.push_async_callback(recording.close)
        given = _catalogued(settings, site, recording.record) if drivers is None else drivers
        opened_drivers = await _open_drivers(telemetry.measure(given) if settings.metrics_port else given, opened)
        for intake in intakes.values():
            await intake.open()
            opened.push_async_callback(intake.close)
        outfit = Outfit(
            cluster=cluster,
            topics=topics,
            intakes=intakes,
            identity=identity_of(site.installation, topics, partitions),
            terms=_terms(settings),
            rules=_rules(settings, site.installation),
            reports=reports,
            opened=opened,
        )
        parts = _parts(outfit, settings, site, opened_drivers)
        working = await opened.enter_async_context(hosted(parts, outfit.terms))
        telemetry.follow(working)
        yield working


def _parts(outfit: Outfit, settings: Settings, site: Site, drivers: Mapping[str, Driver]) -> list[Part]:
    publisher = Publisher(outfit.reports, outfit.topics, f"mendline/{outfit.identity.instance_id}", SystemClock())
    outfit.opened.push_async_callback(publisher.close)
    keyed = keyed_streams(site.installation.installation_key, publisher.put)
    budgets = _budgets(settings)
    parts = {stream: keyed_part(outfit, stream, each) for stream, each in keyed.items()}
    follow_lost_nodes(outfit, parts[CONNECTION], publisher.put)
    return [device_part(outfit, budgets, drivers, publisher.put), *parts.values()]


async def _partitions(intakes: Mapping[str, KafkaIntake]) -> int:
    """How many partitions every topic has: the group gives a member the same numbers of each."""
    counts = {topic: await intake.partitions() for topic, intake in intakes.items()}
    if len(set(counts.values())) > 1:
        raise ForeignLogError(f"topics differ in their partitions ({counts}): make them anew with equally many")
    return next(iter(counts.values()))


def _catalogued(settings: Settings, site: Site, record: Record) -> Mapping[str, Driver]:
    around = Surroundings(
        worker=site.installation.instance_id,
        simulator=site.simulator,
        credentials=Credentials(credentials_file(settings)),
        connections=settings.platform_connections,
        answer_s=settings.platform_answer_s,
        whatsapp=whatsapp_host(settings, site.database),
        record=record,
    )
    wanted = wanted_drivers(settings)
    return {
        name: listing.make(around) if name in wanted else AbsentDriver(name, listing.traits)
        for name, listing in DRIVERS.items()
    }


async def _open_drivers(drivers: Mapping[str, Driver], opened: AsyncExitStack) -> Mapping[str, Driver]:
    for driver in drivers.values():
        await driver.open()
        opened.push_async_callback(driver.close)
    return drivers


def identity_of(installation: Installation, topics: Topics, partitions: int) -> Identity:
    """Who a worker is to the log."""
    secret = installation.installation_id.encode() + b"\0" + installation.installation_key
    return Identity(
        installation_id=installation.installation_id,
        installation=sha256(secret).hexdigest()[:32],
        instance_id=installation.instance_id,
        folder=installation.folder,
        process=secrets.token_hex(8),
        partitions=partitions,
        topic=topics.events(),
        requests_topic=topics.requests(),
    )


def _terms(settings: Settings) -> Terms:
    return Terms(start_limit_s=settings.start_limit_s, handover_s=settings.handover_s)


def _budgets(settings: Settings) -> Budgets:
    bodies = settings.waiting_bodies_mb * 1024 * 1024
    return Budgets(settings.sends_in_flight, settings.refreshes_in_flight, settings.links, bodies, settings.pairings)


def _rules(settings: Settings, installation: Installation) -> Rules:
    return Rules(
        drivers={name: listing.traits for name, listing in DRIVERS.items()},
        max_attempts=settings.max_attempts,
        reconcile_s=settings.reconcile_s,
        default_expiry_s=settings.default_expiry_h * 3600,
        max_expiry_s=settings.max_expiry_d * 86400,
        backoff_min_s=settings.backoff_min_s,
        backoff_max_s=settings.backoff_max_s,
        max_waiting=settings.max_waiting,
        max_waiting_in_all=settings.max_waiting_in_partition,
        pairing_s=settings.pairing_s,
        value_of=values_of(installation.installation_key),
    )
