"""Nodes of the HTTP API that die under load, and what they answer while something else is away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from mendline.embedded.kafka import KafkaNode
from mendline.topics import ensure_topics, planned_topics
from projections.migrations import migrate
from schemas.cluster import Cluster
from tests.faults.real.fleets import Fleet, Group
from tests.faults.real.log import Log
from tests.faults.real.nodes import Node, Person, key, nodes
from tests.faults.real.proof import proven
from tests.faults.real.site import Site

FLEET = Fleet(3, (Group("simulated-repeatable", "phone-", 8, 20, "connect_ms = 20"),))
PHONES = [*FLEET.devices()]
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
DRAIN_S = 60.0
AWAY_S = 5.0
SLOW = pytest.mark.timeout(240)


@pytest.fixture
async def person(site: Site) -> AsyncIterator[Person]:
    """Somebody with an admin's key, which is made once there is a worker."""
    asking = Person(await key(site))
    yield asking
    await asking.aclose()


async def _ready(pair: list[Node], person: Person) -> None:
    for node in pair:
        await node.ready(person.token)


async def _with_phones(site: Site, pair: list[Node], person: Person) -> None:
    """A worker, and a fleet whose devices are registered."""
    await site.fleet(FLEET.text())
    site.worker().start()
    await _ready(pair, person)
    for phone in PHONES:
        await person.register(pair[0], phone, "simulated-repeatable")


@pytest.fixture
async def level(site: Site, postgres: str) -> str:
    """A database with the read models' tables, and a projector."""
    await migrate(postgres)
    site.projector(postgres).start()
    return postgres


@pytest.fixture
def pair(site: Site, level: str) -> Iterator[list[Node]]:
    """Two nodes before the database."""
    with nodes(site, level) as made:
        yield made


async def _left_once(site: Site, ids: list[str]) -> None:
    """Each of these left once, and nothing else did."""
    left = Counter(entry.message_id for entry in await site.ledger() if entry.left)
    assert (len(left), set(left.values())) == (len(ids), {1})
    assert (await proven(site)).violations == ()


@pytest.mark.slow
@SLOW
async def test_what_a_killed_node_has_accepted_is_sent_and_repeats_over_another_are_not(
    site: Site, pair: list[Node], person: Person, log: Log
) -> None:
    await _with_phones(site, pair, person)
    ids = [f"order-{n}" for n in range(400)]
    killed, other = pair
    asking = [
        asyncio.ensure_future(person.send_until_taken(killed, other, PHONES[n % 8], ids[n], wait="settled"))
        for n in range(200)
    ]
    await person.until_answered(200, 20)
    await asyncio.to_thread(killed.program.kill)
    asking += [
        asyncio.ensure_future(person.send_until_taken(killed, other, PHONES[n % 8], ids[n])) for n in range(200, 400)
    ]
    await asyncio.gather(*asking)
    again = [await person.send(other, PHONES[n % 8], ids[n], wait="settled") for n in range(0, 400, 20)]
    assert person.lost > 200
    assert all(each.json()["repeated"] for each in again)
    await log.until_drained(DRAIN_S)
    await _left_once(site, ids)


@pytest.mark.slow
@SLOW
async def test_a_worker_that_is_killed_while_somebody_waits_is_waited_for(
    site: Site, pair: list[Node], person: Person
) -> None:
    await site.fleet(FLEET.text().replace("send_ms = 20", "send_ms = 1500"))
    worker = site.worker()
    worker.start()
    await _ready(pair, person)
    await person.register(pair[0], PHONES[0], "simulated-repeatable")
    waits = [
        asyncio.ensure_future(person.send(pair[n % 2], PHONES[0], f"order-{n}", wait="settled", timeout=60))
        for n in range(4)
    ]
    await asyncio.sleep(2)
    await asyncio.to_thread(worker.kill)
    worker.start()
    answers = await asyncio.gather(*waits)
    assert [(each.status_code, each.json()["state"]) for each in answers] == [(200, "accepted")] * 4
    await _left_once(site, [f"order-{n}" for n in range(4)])


@pytest.mark.slow
async def test_sends_go_on_without_a_database_and_reads_say_what_is_away(site: Site, person: Person) -> None:
    with nodes(site, NOWHERE) as pair:
        await _with_phones(site, pair, person)
        unnamed = {"device_id": PHONES[0], "to": "+62", "body": {"text": "hi"}}
        sent = await person.ask(pair[0], "POST", "/api/sends", json=unnamed)
        first, again = [await person.send(pair[0], PHONES[0], "order-1", wait="settled") for _ in range(2)]
        read = await person.ask(pair[0], "GET", "/api/sends")
        ready = await person.ask(pair[1], "GET", "/readyz")
    assert (sent.status_code, first.status_code, again.status_code) == (202, 200, 202)
    assert (first.json()["state"], again.json()["state"]) == ("accepted", "repeated")
    assert (read.status_code, read.json()["code"], read.headers["Retry-After"]) == (503, "database_away", "1")
    assert (ready.status_code, "database" in str(ready.json()["reasons"])) == (503, True)


@pytest.mark.slow
async def test_without_worker_and_projector_what_is_accepted_is_said_to_be_in_time(
    site: Site, person: Person, postgres: str
) -> None:
    await migrate(postgres)
    await site.fleet(FLEET.text())
    with nodes(site, postgres) as pair:
        worker = site.worker()
        worker.start()
        await _ready(pair, person)
        await asyncio.to_thread(worker.end)
        sent = await person.send(pair[0], PHONES[0], "order-1", wait="settled", timeout=1)
        where, position = sent.headers["Location"], sent.headers["Mendline-Position"]
        read = await person.ask(pair[1], "GET", where, params={"at_least": position})
    assert (sent.status_code, sent.json()["state"]) == (202, "logged")
    assert (read.status_code, read.json()["code"], "Retry-After" in read.headers) == (503, "not_level", True)


@pytest.mark.slow
@SLOW
async def test_a_broker_that_is_away_for_a_while_loses_nothing_and_is_never_called_a_bug(
    own_site: Site, node: KafkaNode, postgres: str
) -> None:
    await ensure_topics(Cluster(own_site.kafka), planned_topics(own_site.topics))
    await migrate(postgres)
    own_site.projector(postgres).start()
    person, ids = Person(await key(own_site)), [f"order-{n}" for n in range(300)]
    async with Log(own_site.kafka, own_site.topics) as log:
        with nodes(own_site, postgres) as pair:
            await _with_phones(own_site, pair, person)
            asking = []
            for n, request_id in enumerate(ids):
                both = pair[n % 2], pair[1 - n % 2]
                wait = ("logged", "attempted", "settled")[n % 3]
                asked = person.send_until_taken(*both, PHONES[n % 8], request_id, wait=wait)
                asking.append(asyncio.ensure_future(asked))
                if n == 150:
                    node.pause()
                await asyncio.sleep(0.02)
            await asyncio.sleep(AWAY_S - 3)
            node.resume()
            await asyncio.gather(*asking)
            await log.until_drained(DRAIN_S)
    await person.aclose()
    assert set(person.statuses) <= {200, 202, 503}
    assert person.lost == 0
    await _left_once(own_site, ids)
