"""One run of one program: publish, start it, let it work, end it, and read what the log says."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer

from benchmarks.peers.catalogue import RAW, Program
from benchmarks.peers.load import Load
from benchmarks.peers.observation import history, until_done
from benchmarks.peers.process import running
from benchmarks.throughput import measure_raw
from benchmarks.workload import fresh_topics

RAW_SENDS = 200_000


@dataclass(frozen=True, slots=True)
class Figure:
    """What one run of one program at one latency of the devices gave, in sends a second.

    run: names its round. cpu_us: of the process, a send, its start included.
    """

    run: str
    program: str
    send_ms: float
    whole: float
    warm: float
    cpu_us: float
    settled: int
    twice: int
    out_of_turn: int


async def measure(bootstrap: str, load: Load, program: Program, send_ms: float, seconds: float, run: str) -> Figure:
    """Have `program` work off what it finds when it starts, for `seconds` after its warm-up."""
    topics = await fresh_topics(bootstrap, program.name)
    before = _cpu_of_children_s()
    sends = await load.publish(bootstrap, topics, program.sends(send_ms, seconds))
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        async with running(program, bootstrap, topics, send_ms):
            await until_done(consumer, topics, program.events_a_send * sends, program.warm_up_s + seconds)
        spent = _cpu_of_children_s() - before
        found = await history(consumer, topics)
    return Figure(
        run=run,
        program=program.name,
        send_ms=send_ms,
        whole=found.whole_rate(),
        warm=found.warm_rate(program.warm_up_s),
        cpu_us=spent / len(found.settled) * 1e6,
        settled=len(found.settled),
        twice=found.twice,
        out_of_turn=found.out_of_turn,
    )


async def raw_limit(bootstrap: str, send_ms: float, run: str) -> Figure:
    """What the broker and aiokafka alone give: one record read and three written a send, nothing decided."""
    rate = await measure_raw(bootstrap, RAW_SENDS)
    return Figure(run, RAW, send_ms, whole=rate, warm=rate, cpu_us=0, settled=RAW_SENDS, twice=0, out_of_turn=0)


def _cpu_of_children_s() -> float:
    """Of those that have ended: the program under test is the only one that ends meanwhile."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
