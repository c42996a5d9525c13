"""The decider of a client: `decide`, `evolve`, `INITIAL`, and what it asks of owners of values. Pure."""

from __future__ import annotations

from typing import assert_never

from schemas.client import ClientEvent, ClientRequest
from schemas.client import events as e
from schemas.client import requests as r
from schemas.edition import EDITED, OF_CLIENTS, edition_of
from schemas.topics import UNIQUENESS
from schemas.uniqueness.questions import Question, UniquenessAnswered
from schemas.uniqueness.requests import ClaimRequested, ReleaseRequested
from streams.client.answering import decide_answer
from streams.client.evolve import evolve
from streams.client.state import Claim, Client, Profile
from streams.ownership.asked import Asked
from streams.ownership.publishing import Home, Publish
from streams.uniqueness.values import ValueOf, unseen_in

INITIAL = Client()
BUSY = "the client is {}: ask again when that is over, most often within a second"
UNSEEN = "email: it has a character that nobody sees ({}): leave it out"

__all__ = ["INITIAL", "decide", "evolve", "questions"]


def decide(client: Client, asked: Asked[ClientRequest], home: Home, value_of: ValueOf) -> list[ClientEvent]:
    """The fate of a request, and what follows from it at once."""
    request = asked.request
    match request:
        case r.ClientCreationRequested(email=str(email)) | r.ClientChangeRequested(email=str(email)) if unseen_in(
            email
        ):
            return [asked.refused("invalid", UNSEEN.format(unseen_in(email)))]
        case r.ClientChangeRequested(edition=str(seen)) | r.ClientRemovalRequested(edition=str(seen)) if (
            client.status == "live" and seen != _edition(client.profile)
        ):
            return [asked.refused("edited", EDITED)]
        case r.ClientCreationRequested():
            return [_decide_creation(client, asked, request, value_of)]
        case r.ClientChangeRequested():
            return [_decide_change(client, asked, request, value_of)]
        case r.ClientRemovalRequested():
            return [_decide_removal(client, asked)]
        case UniquenessAnswered():
            return decide_answer(client, asked, request, home)
        case _:
            assert_never(request)


def _decide_creation(
    client: Client, asked: Asked[ClientRequest], request: r.ClientCreationRequested, value_of: ValueOf
) -> ClientEvent:
    match client.status:
        case "creating" if client.open is not None:
            return e.ClientCreationJoined(request=client.open.request)
        case "live" | "changing":
            return asked.already_done("exists")
        case "removing":
            return asked.refused("busy", BUSY.format("being removed"))
    wanted = _changed(Profile(), request, value_of)._asdict()
    happened = e.ClientCreated if request.email is None else e.ClientCreationStarted
    return happened(request=asked.offset, **wanted)


def _decide_change(
    client: Client, asked: Asked[ClientRequest], request: r.ClientChangeRequested, value_of: ValueOf
) -> ClientEvent:
    if (event := _not_live(client, asked)) is not None:
        return event
    wanted = _changed(client.profile, request, value_of)
    if wanted == client.profile:
        return asked.already_done("unchanged")
    happened = e.ClientChanged if wanted.value in (None, client.profile.value) else e.ClientChangeStarted
    return happened(request=asked.offset, **wanted._asdict())


def _edition(now: Profile) -> str:
    seen = (now.name, now.email, now.phone, now.company, now.user_id)
    return edition_of(dict(zip(OF_CLIENTS, seen, strict=True)))


def _changed(now: Profile, request: r.ClientCreationRequested | r.ClientChangeRequested, value_of: ValueOf) -> Profile:
    """What is given, and what stays; what is given empty goes."""
    after = now._replace(
        name=now.name if request.name is None else request.name,
        phone=_given(request.phone, now.phone),
        company=_given(request.company, now.company),
        user_id=_given(request.user_id, now.user_id),
    )
    if request.email is None:
        return after
    return after._replace(
        email=request.email or None, value=value_of("email", request.email) if request.email else None
    )


def _given(given: str | None, now: str | None) -> str | None:
    return now if given is None else given or None


def _decide_removal(client: Client, asked: Asked[ClientRequest]) -> ClientEvent:
    if client.status in ("removing", "removed"):
        return asked.already_done(client.status)
    if (event := _not_live(client, asked)) is not None:
        return event
    if client.hold is None:
        return e.ClientRemoved(request=asked.offset)
    return e.ClientRemovalStarted(request=asked.offset)


def _not_live(client: Client, asked: Asked[ClientRequest]) -> ClientEvent | None:
    match client.status:
        case "unknown" | "removed":
            return asked.refused("unknown_client", "no client has that id: create it first, or look the id up")
        case "creating":
            return asked.refused("busy", BUSY.format("being created"))
        case "changing":
            return asked.refused("busy", BUSY.format("being changed"))
        case "removing":
            return asked.refused("busy", BUSY.format("being removed"))
        case "live":
            return None
        case _:
            assert_never(client.status)


def questions(client_id: str, client: Client, home: Home) -> list[Publish]:
    """What the client asks of owners of values, again and again until it is answered."""
    claims = [] if client.open is None else [_put("claim", ClaimRequested, client_id, client.open.claim, home)]
    return [*claims, *(_put("release", ReleaseRequested, client_id, claim, home) for claim in client.releases)]


def _put(
    what: str, request: type[ClaimRequested | ReleaseRequested], client_id: str, claim: Claim, home: Home
) -> Publish:
    question = Question(topic=home.topic, partition=home.partition, offset=claim.offset)
    name = f"{what}:{home.topic}/{home.partition}/{claim.offset}"
    return Publish(UNIQUENESS, claim.value, name, request(question=question, asker=client_id), claim.context)
