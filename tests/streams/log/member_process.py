"""A member of a group in a process of its own: prints its assignment, then what came of each question."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

from schemas.cluster import Cluster
from streams.log.kafka_intake import KafkaIntake
from streams.log.membership import Group
from streams.log.ports import LogError


async def main(bootstrap: str, topic: str, group_id: str) -> None:
    intake = KafkaIntake(Cluster(bootstrap), topic, Group(group_id, None, session_timeout_s=1.5))
    await intake.open()
    print(len(await intake.changed()), flush=True)
    tries = {"commit": lambda: intake.commit({0: 0}), "confirm": intake.confirm}
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(await outcome(tries[line.strip()]), flush=True)
    await intake.close()


async def outcome(attempt: Callable[[], Awaitable[None]]) -> str:
    try:
        await attempt()
    except LogError as error:
        return type(error).__name__
    return "taken"


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
