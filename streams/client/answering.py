"""What a client does with the answer to a question: only one that is open is heard."""

from __future__ import annotations

from typing import Literal, assert_never

from schemas.client import ClientEvent, ClientRequest
from schemas.client import events as e
from schemas.uniqueness.questions import UniquenessAnswered, ValueReleaseRecorded
from streams.client.state import Client, Open
from streams.ownership.asked import Asked
from streams.ownership.publishing import Home

NO_QUESTION = "no open question"


def decide_answer(
    client: Client, asked: Asked[ClientRequest], answer: UniquenessAnswered, home: Home
) -> list[ClientEvent]:
    """The fate of a `uniqueness_answered`; it may come late, and more than once."""
    question, opened = answer.question, client.open
    if (question.topic, question.partition) != home:
        return [asked.already_done(NO_QUESTION)]
    match answer.verdict:
        case "claimed" if opened is not None and opened.claim.offset == question.offset:
            return [_granted(client, opened)]
        case "taken" | "stale" if opened is not None and opened.claim.offset == question.offset:
            why: Literal["email_taken", "stale"] = "email_taken" if answer.verdict == "taken" else "stale"
            return [_rejected(client, opened, why)]
        case "released" if any(claim.offset == question.offset for claim in client.releases):
            return _released(client, answer)
        case "claimed" | "taken" | "stale" | "released":
            return [asked.already_done(NO_QUESTION)]
        case _:
            assert_never(answer.verdict)


def _granted(client: Client, opened: Open) -> ClientEvent:
    happened = e.ClientCreated if client.status == "creating" else e.ClientChanged
    return happened(request=opened.request, **opened.profile._asdict())


def _rejected(client: Client, opened: Open, why: Literal["email_taken", "stale"]) -> ClientEvent:
    rejected = e.ClientCreationRejected if client.status == "creating" else e.ClientChangeRejected
    return rejected(request=opened.request, reason=why)


def _released(client: Client, answer: UniquenessAnswered) -> list[ClientEvent]:
    """The removal is over once nothing is given up any more."""
    recorded = ValueReleaseRecorded(question=answer.question)
    if client.status != "removing" or len(client.releases) > 1:
        return [recorded]
    return [recorded, e.ClientRemoved(request=client.removal)]
