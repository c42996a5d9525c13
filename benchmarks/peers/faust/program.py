"""The peer: the same work as Faust's documentation would have it.

An agent on the requests topic; a task per device keeps its order and lets devices run side by side; before and after
each send one event by `topic.send`, acknowledged. It does not survive a crash without repeating or losing
(faust-streaming #606), and keeps no idempotency window, no refresh, no fence.

`python program.py BROKERS REQUESTS EVENTS SEND_MS`
"""

from __future__ import annotations

import asyncio
import sys
from collections import defaultdict
from typing import Any

import faust
import orjson
import uvloop
from faust.contrib.asgi import faust_app_running


def make_app(brokers: str, requests: str, events: str, send_s: float) -> faust.App:
    """The app with its one agent."""
    app = faust.App(requests, broker=f"kafka://{brokers}", topic_disable_leader=True, topic_allow_declare=False)
    source = app.topic(requests, key_type=bytes, value_type=bytes, value_serializer="raw")
    target = app.topic(events, key_type=bytes, value_type=bytes, value_serializer="raw")
    queues: dict[bytes, asyncio.Queue[tuple[int, dict[str, Any]]]] = defaultdict(asyncio.Queue)

    async def tell(key: bytes, kind: str, offset: int, data: dict[str, Any]) -> None:
        value = {"specversion": "1.0", "type": kind, "subject": key.decode(), "data": data | {"request": offset}}
        await (await target.send(key=key, value=orjson.dumps(value)))

    async def device(key: bytes) -> None:
        while True:
            offset, request = await queues[key].get()
            await tell(key, "send_attempted", offset, request["data"])
            await asyncio.sleep(send_s)
            await tell(key, "send_accepted", offset, {"request_id": request["id"]})

    async def agent(stream: Any) -> None:
        async for event in stream.events():
            request = orjson.loads(event.value)
            if request["type"] != "send_requested":
                continue
            if event.key not in queues:
                app.add_future(device(event.key))
            queues[event.key].put_nowait((event.message.offset, request))

    app.agent(source, name="device")(agent)
    return app


async def main(brokers: str, requests: str, events: str, send_ms: float) -> None:
    """Work until the process is ended."""
    async with faust_app_running(make_app(brokers, requests, events, send_ms / 1000)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))
