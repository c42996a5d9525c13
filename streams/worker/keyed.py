"""The streams of keyed states that a worker owns beside the devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemas.topics import CLIENT, CONNECTION, CONTROL, UNIQUENESS, Stream
from streams.client.keyed import client_decider
from streams.connection.keyed import connection_decider
from streams.control.keyed import control_decider
from streams.ownership.keyed_owner import KeyedOwner
from streams.ownership.publishing import Publish
from streams.uniqueness.keyed import value_decider
from streams.uniqueness.values import values_of
from streams.worker.holdings import Keyed


def keyed_streams(installation_key: bytes, publish: Callable[[Publish], None]) -> Mapping[Stream, Keyed]:
    """How each of them is owned; `publish` takes what its owners put to others."""
    value_of = values_of(installation_key)
    return {
        CLIENT: Keyed(lambda tenure: KeyedOwner(tenure, client_decider(tenure.partition, value_of)), publish),
        UNIQUENESS: Keyed(lambda tenure: KeyedOwner(tenure, value_decider()), publish),
        CONTROL: Keyed(lambda tenure: KeyedOwner(tenure, control_decider()), publish),
        CONNECTION: Keyed(lambda tenure: KeyedOwner(tenure, connection_decider()), publish),
    }
