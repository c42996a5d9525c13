"""The client for asyncio; tasks may share one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import update_wrapper
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar

import httpx

from mendline.client import campaigns, clients, connections, devices, hub, sends
from mendline.client.call import Answered, Call, Failed, Listing, Reply
from mendline.client.exchange import Ask, Exchange, Step
from mendline.client.line import Terms
from mendline.client.live import Live
from mendline.client.own_writes import OwnWrites
from mendline.client.patience import Patience
from mendline.client.place import addresses_of, key_of
from mendline.client.transport import answered, failed, request_of

P = ParamSpec("P")
A = TypeVar("A")


class Runner:
    """Does what calls say."""

    def __init__(self, exchange: Exchange, http: httpx.AsyncClient) -> None:
        self._exchange = exchange
        self._http = http

    async def run(self, call: Call[A]) -> A:
        """The answer to a call; raises MendlineError."""
        steps = self._exchange.steps(call)
        done: Reply | None = None
        while True:
            try:
                step = next(steps) if done is None else steps.send(done)
            except StopIteration as end:
                answer: A = end.value
                return answer
            done = await self._do(step)

    async def items(self, listing: Listing[A]) -> AsyncIterator[A]:
        """A list, each page asked for when it is come to; raises MendlineError."""
        call = listing.first
        while True:
            page = await self.run(call)
            for item in page.items:
                yield item
            if page.next is None:
                return
            call = listing.behind(page.next)

    async def _do(self, step: Step) -> Reply | None:
        if isinstance(step, Ask):
            return await self._sent(step)
        await asyncio.sleep(step.seconds)
        return None

    async def _sent(self, ask: Ask) -> Answered | Failed:
        try:
            return answered(await self._http.send(request_of(self._http, ask)))
        except httpx.TransportError as error:
            return failed(error)


class Asks(Generic[P, A]):
    """A method that asks what a description says, and returns what to await."""

    def __init__(self, describe: Callable[P, Call[A]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    def __get__(self, group: Group, _: type | None = None) -> Callable[P, Awaitable[A]]:
        def ask(*args: P.args, **kwargs: P.kwargs) -> Awaitable[A]:
            return group.runner.run(self._describe(*args, **kwargs))

        return update_wrapper(ask, self._describe)


class Lists(Generic[P, A]):
    """A method that returns an asynchronous iterator over a list, page by page."""

    def __init__(self, describe: Callable[P, Listing[A]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    def __get__(self, group: Group, _: type | None = None) -> Callable[P, AsyncIterator[A]]:
        def ask(*args: P.args, **kwargs: P.kwargs) -> AsyncIterator[A]:
            return group.runner.items(self._describe(*args, **kwargs))

        return update_wrapper(ask, self._describe)


class Group:
    """Calls about one kind of thing."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner


class AsyncSends(Group):
    """Messages: sent, found, taken back."""

    send = Asks(sends.send)
    send_many = Asks(sends.send_many)
    show = Asks(sends.show)
    list = Lists(sends.list_)
    cancel = Asks(sends.cancel)
    resolve = Asks(sends.resolve)


class AsyncDevices(Group):
    """The fleet."""

    add = Asks(devices.add)
    show = Asks(devices.show)
    show_tagged = Asks(devices.show_tagged)
    list = Lists(devices.list_)
    change = Asks(devices.change)
    remove = Asks(devices.remove)
    refresh = Asks(devices.refresh)
    refreshes = Lists(devices.refreshes)
    park = Asks(devices.park)
    resume = Asks(devices.resume)
    pair = Asks(devices.pair)
    unpair = Asks(devices.unpair)
    pairing = Asks(devices.pairing)
    connection = Asks(devices.connection)
    timeline = Lists(devices.timeline)


class AsyncClients(Group):
    """Customer records."""

    create = Asks(clients.create)
    show = Asks(clients.show)
    show_tagged = Asks(clients.show_tagged)
    list = Lists(clients.list_)
    change = Asks(clients.change)
    remove = Asks(clients.remove)


class AsyncConnections(Group):
    """People's connections to the hub."""

    show = Asks(connections.show)
    list = Lists(connections.list_)
    disconnect = Asks(connections.disconnect)


class AsyncCampaigns(Group):
    """Sends that belong together."""

    show = Asks(campaigns.show)
    list = Lists(campaigns.list_)
    cancel = Asks(campaigns.cancel)


class AsyncMendline:
    """A client of one installation; an asynchronous context manager.

    url: of a node, or of several: the next one is asked when one is away; none: MENDLINE_URL, else this machine's.
    api_key: none: MENDLINE_API_KEY. own_writes: reads hold what this client wrote before.
    """

    def __init__(
        self,
        url: str | Sequence[str] | None = None,
        api_key: str | None = None,
        *,
        own_writes: bool = True,
        patience: Patience | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        exchange = Exchange(addresses_of(url), key_of(api_key), patience or Patience(), OwnWrites(), own_writes)
        self._http = httpx.AsyncClient(transport=transport)
        runner = Runner(exchange, self._http)
        self.sends = AsyncSends(runner)
        self.devices = AsyncDevices(runner)
        self.clients = AsyncClients(runner)
        self.campaigns = AsyncCampaigns(runner)
        self.connections = AsyncConnections(runner)
        self._runner = runner

    def live(
        self, *groups: str, user: str, audit: bool = False, pair: bool = False, terms: Terms | None = None
    ) -> Live:
        """What happens in these groups from now on; a user has one connection, the newest.

        Of the groups `device:ID`, `client:ID`, `campaign:NAME`, `fleet`, `user:ID`; audit: also what is personal.
        pair: also the codes of pairings, for keys that have operate.
        """
        return Live(lambda: self._runner.run(hub.token(user, groups, audit=audit, pair=pair)), groups, terms)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()
