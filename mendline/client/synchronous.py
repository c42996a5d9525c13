"""The client for ordinary programs; threads may share one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import update_wrapper
from types import TracebackType
from typing import Generic, ParamSpec, Self, TypeVar

import httpx

from mendline.client import campaigns, clients, connections, devices, sends
from mendline.client.call import Answered, Call, Failed, Listing, Reply
from mendline.client.exchange import Ask, Exchange, Step
from mendline.client.own_writes import OwnWrites
from mendline.client.patience import Patience
from mendline.client.place import addresses_of, key_of
from mendline.client.transport import answered, failed, request_of

P = ParamSpec("P")
A = TypeVar("A")


class Runner:
    """Does what calls say."""

    def __init__(self, exchange: Exchange, http: httpx.Client) -> None:
        self._exchange = exchange
        self._http = http

    def run(self, call: Call[A]) -> A:
        """The answer to a call; raises MendlineError."""
        steps = self._exchange.steps(call)
        done: Reply | None = None
        while True:
            try:
                step = next(steps) if done is None else steps.send(done)
            except StopIteration as end:
                answer: A = end.value
                return answer
            done = self._do(step)

    def items(self, listing: Listing[A]) -> Iterator[A]:
        """A list, each page asked for when it is come to; raises MendlineError."""
        call = listing.first
        while True:
            page = self.run(call)
            yield from page.items
            if page.next is None:
                return
            call = listing.behind(page.next)

    def _do(self, step: Step) -> Reply | None:
        if isinstance(step, Ask):
            return self._sent(step)
        time.sleep(step.seconds)
        return None

    def _sent(self, ask: Ask) -> Answered | Failed:
        try:
            return answered(self._http.send(request_of(self._http, ask)))
        except httpx.TransportError as error:
            return failed(error)


class Asks(Generic[P, A]):
    """A method that asks what a description says, and returns its answer."""

    def __init__(self, describe: Callable[P, Call[A]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    def __get__(self, group: Group, _: type | None = None) -> Callable[P, A]:
        def ask(*args: P.args, **kwargs: P.kwargs) -> A:
            return group.runner.run(self._describe(*args, **kwargs))

        return update_wrapper(ask, self._describe)


class Lists(Generic[P, A]):
    """A method that returns an iterator over a list, page by page."""

    def __init__(self, describe: Callable[P, Listing[A]]) -> None:
        self._describe = describe
        self.__doc__ = describe.__doc__

    def __get__(self, group: Group, _: type | None = None) -> Callable[P, Iterator[A]]:
        def ask(*args: P.args, **kwargs: P.kwargs) -> Iterator[A]:
            return group.runner.items(self._describe(*args, **kwargs))

        return update_wrapper(ask, self._describe)


class Group:
    """Calls about one kind of thing."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner


class Sends(Group):
    """Messages: sent, found, taken back."""

    send = Asks(sends.send)
    send_many = Asks(sends.send_many)
    show = Asks(sends.show)
    list = Lists(sends.list_)
    cancel = Asks(sends.cancel)
    resolve = Asks(sends.resolve)


class Devices(Group):
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


class Clients(Group):
    """Customer records."""

    create = Asks(clients.create)
    show = Asks(clients.show)
    show_tagged = Asks(clients.show_tagged)
    list = Lists(clients.list_)
    change = Asks(clients.change)
    remove = Asks(clients.remove)


class Connections(Group):
    """People's connections to the hub."""

    show = Asks(connections.show)
    list = Lists(connections.list_)
    disconnect = Asks(connections.disconnect)


class Campaigns(Group):
    """Sends that belong together."""

    show = Asks(campaigns.show)
    list = Lists(campaigns.list_)
    cancel = Asks(campaigns.cancel)


class Mendline:
    """A client of one installation; a context manager.

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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        exchange = Exchange(addresses_of(url), key_of(api_key), patience or Patience(), OwnWrites(), own_writes)
        self._http = httpx.Client(transport=transport)
        runner = Runner(exchange, self._http)
        self.sends = Sends(runner)
        self.devices = Devices(runner)
        self.clients = Clients(runner)
        self.campaigns = Campaigns(runner)
        self.connections = Connections(runner)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()
