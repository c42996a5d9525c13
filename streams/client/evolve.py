"""What an event makes of a client. Never refuses."""

from __future__ import annotations

from typing import assert_never

from schemas.client import ClientEvent
from schemas.client import events as e
from schemas.envelope import Context
from schemas.message import RequestAlreadyDone, RequestRefused
from schemas.uniqueness.questions import ValueReleaseRecorded
from streams.client.state import Claim, Client, Open, Profile


def evolve(client: Client, event: ClientEvent, offset: int, context: Context) -> Client:
    """The client after `event`, which lies at `offset`: the number of its question, where it asks one."""
    match event:
        case e.ClientCreationStarted():
            return client._replace(status="creating", open=_open(event, offset, context))
        case e.ClientChangeStarted():
            return client._replace(status="changing", open=_open(event, offset, context))
        case e.ClientCreated() | e.ClientChanged():
            return _become(client, event, context)
        case e.ClientCreationRejected():
            return _give_up(client._replace(status="unknown", open=None), client.open and client.open.claim, context)
        case e.ClientChangeRejected():
            return _give_up(client._replace(status="live", open=None), client.open and client.open.claim, context)
        case e.ClientRemovalStarted():
            gone = client._replace(status="removing", hold=None, removal=event.request)
            return _give_up(gone, client.hold, context)
        case e.ClientRemoved():
            return Client(status="removed", releases=client.releases)
        case ValueReleaseRecorded():
            left = tuple(claim for claim in client.releases if claim.offset != event.question.offset)
            return client._replace(releases=left)
        case e.ClientCreationJoined() | RequestRefused() | RequestAlreadyDone():
            return client
        case _:
            assert_never(event)


def _open(event: e.ClientCreationStarted | e.ClientChangeStarted, offset: int, context: Context) -> Open:
    profile = _profile(event)
    return Open(event.request, profile, Claim(offset, event.value, context))


def _become(client: Client, event: e.ClientCreated | e.ClientChanged, context: Context) -> Client:
    """What was claimed is held; what was held for another value is given up."""
    profile = _profile(event)
    claim = client.open.claim if client.open is not None else client.hold
    kept = claim if event.value is not None else None
    after = client._replace(status="live", profile=profile, open=None, hold=kept)
    return after if kept == client.hold else _give_up(after, client.hold, context)


def _profile(event: e.ClientCreationStarted | e.ClientChangeStarted | e.ClientCreated | e.ClientChanged) -> Profile:
    return Profile(event.name, event.email, event.phone, event.value, event.company, event.user_id)


def _give_up(client: Client, claim: Claim | None, context: Context) -> Client:
    if claim is None:
        return client
    return client._replace(releases=(*client.releases, claim._replace(context=context)))
