"""One run of one program: publish, start it, let it work, end it, and read what the log says."""

from __future__ import annotations

from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer

from benchmarks.peers.catalogue import Program
from benchmarks.peers.load import Load
from benchmarks.peers.observation import history, until_done
from benchmarks.peers.process import running
from benchmarks.workload import fresh_topics


@dataclass(frozen=True, slots=True)
class Figure:
    """What one run of one program at one latency of the devices gave, in sends a second; `run` names its round."""

    run: str
    program: str
    send_ms: float
    whole: float
    warm: float
    settled: int
    twice: int
    out_of_turn: int


async def measure(bootstrap: str, load: Load, program: Program, send_ms: float, seconds: float, run: str) -> Figure:
    """Have `program` work off what it finds when it starts, for `seconds` after its warm-up."""
    topics = await fresh_topics(bootstrap, program.name)
    sends = await load.publish(bootstrap, topics, program.sends(send_ms, seconds))
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        async with running(program, bootstrap, topics, send_ms):
            await until_done(consumer, topics, program.events_a_send * sends, program.warm_up_s + seconds)
        found = await history(consumer, topics)
    return Figure(
        run=run,
        program=program.name,
        send_ms=send_ms,
        whole=found.whole_rate(),
        warm=found.warm_rate(program.warm_up_s),
        settled=len(found.settled),
        twice=found.twice,
        out_of_turn=found.out_of_turn,
    )
