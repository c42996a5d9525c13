"""A client is created once, whoever asks how often, and its email is its own."""

from __future__ import annotations

import hmac

import pytest

from schemas.client import events as e
from schemas.client.requests import ClientChangeRequested, ClientCreationRequested
from schemas.message import Request, RequestRefused
from schemas.uniqueness.questions import Question, UniquenessAnswered, Verdict
from streams.uniqueness.values import values_of
from tests.streams.client.spec import (
    ANA,
    BUDI,
    HOME,
    VALUE_OF,
    answered,
    change_started,
    created,
    nothing,
    question,
    removal_started,
    started,
)

CREATE = ClientCreationRequested(name="Ana", email=ANA)
OTHER = ClientCreationRequested(name="Budi", email=BUDI, phone="+62")
CREATING = nothing.given(started())
LIVE = CREATING.given(created())
GONE = LIVE.given(removal_started(), e.ClientRemoved(request=3))


def test_a_creation_asks_for_its_email_first() -> None:
    nothing.when(CREATE, offset=1).then(started())


def test_the_open_creation_claims_its_email_under_its_own_offset() -> None:
    assert CREATING.asks() == [("claim", 0, VALUE_OF("email", ANA))]


def test_a_creation_without_an_email_needs_to_ask_nobody() -> None:
    nothing.when(ClientCreationRequested(name="Ana"), offset=1).then(created(None))


def test_an_empty_phone_is_none() -> None:
    nothing.when(ClientCreationRequested(name="Ana", phone=""), offset=1).then(created(None))


def test_a_client_is_created_with_its_company_and_user() -> None:
    asked = ClientCreationRequested(name="Ana", email=ANA, company="Shop", user_id="u-7")
    creating = nothing.when(asked, offset=1)
    creating.then(started(company="Shop", user_id="u-7"))
    nothing.given(*creating.events).when(answered(0, "claimed")).then(created(company="Shop", user_id="u-7"))


@pytest.mark.parametrize("unseen", ["\u200b", "\u00a0", "\u00ad", "\ufe0f", "\u3164", "\u202e", "\x85"])
@pytest.mark.parametrize("asks", [ClientCreationRequested, ClientChangeRequested])
def test_an_email_that_only_looks_like_another_is_refused(
    asks: type[ClientCreationRequested | ClientChangeRequested], unseen: str
) -> None:
    detail = f"email: it has a character that nobody sees (U+{ord(unseen):04X}): leave it out"
    refused = RequestRefused(reason="invalid", detail=detail, request_type=asks.type, request_id="asked")
    LIVE.when(asks(email=f"an{unseen}a@shop.example")).then(refused)


@pytest.mark.parametrize("email", ["Ana@Shop.example", " ana@shop.example\u00a0", "\uff21na@shop.example"])
def test_an_email_has_one_value_however_it_is_written(email: str) -> None:
    assert VALUE_OF("email", email) == VALUE_OF("email", ANA)


@pytest.mark.parametrize("request_", [CREATE, OTHER])
def test_further_creations_join_the_open_one(request_: Request) -> None:
    CREATING.when(request_).then(e.ClientCreationJoined(request=1))


def test_the_client_is_created_when_the_email_is_its_own() -> None:
    CREATING.when(answered(0, "claimed")).then(created())


@pytest.mark.parametrize(("verdict", "reason"), [("taken", "email_taken"), ("stale", "stale")])
def test_the_client_is_not_created_when_another_has_the_email(verdict: Verdict, reason: str) -> None:
    rejected = e.ClientCreationRejected(request=1, reason=reason)  # type: ignore[arg-type]  # one of the two
    CREATING.when(answered(0, verdict)).then(rejected)


def test_a_rejected_claim_is_given_up_lest_a_late_copy_holds_the_email() -> None:
    rejected = CREATING.given(e.ClientCreationRejected(request=1, reason="email_taken"))
    assert rejected.asks() == [("release", 0, VALUE_OF("email", ANA))]


def test_after_a_rejection_the_id_is_free() -> None:
    rejected = CREATING.given(e.ClientCreationRejected(request=1, reason="email_taken"))
    rejected.when(OTHER, offset=1).then(started(BUDI, name="Budi", phone="+62"))


@pytest.mark.parametrize("request_", [CREATE, OTHER])
@pytest.mark.parametrize("past", [LIVE, LIVE.given(change_started())])
def test_a_creation_of_a_client_that_exists_changes_nothing(request_: Request, past: type(nothing)) -> None:  # type: ignore[valid-type]
    past.when(request_).then_already_done("exists")


def test_a_creation_waits_for_a_removal() -> None:
    LIVE.given(removal_started()).when(CREATE).then_refused("busy")


def test_a_removed_client_can_be_created_anew() -> None:
    GONE.when(CREATE, offset=1).then(started())


OPEN = question(0)
FOREIGN = [
    Question(topic=HOME.topic, partition=4, offset=0),
    Question(topic="device-events", partition=HOME.partition, offset=0),
]


@pytest.mark.parametrize("verdict", ["claimed", "taken", "stale", "released"])
@pytest.mark.parametrize("about", [*FOREIGN, question(7)])
def test_an_answer_to_another_question_is_not_heard(about: Question, verdict: Verdict) -> None:
    CREATING.when(UniquenessAnswered(question=about, verdict=verdict)).then_already_done("no open question")


@pytest.mark.parametrize("verdict", ["claimed", "taken", "stale", "released"])
def test_an_answer_counts_once(verdict: Verdict) -> None:
    LIVE.when(UniquenessAnswered(question=OPEN, verdict=verdict)).then_already_done("no open question")


def test_a_claim_that_is_open_is_not_released_by_an_answer() -> None:
    CREATING.when(answered(0, "released")).then_already_done("no open question")


@pytest.mark.parametrize(
    "written", [" Ana@Shop.Example ", "ANA@SHOP.EXAMPLE", "\N{FULLWIDTH LATIN SMALL LETTER A}na@shop.example"]
)
def test_one_email_has_one_key_however_it_is_written(written: str) -> None:
    assert VALUE_OF("email", written) == VALUE_OF("email", ANA)


def test_values_of_another_kind_have_other_keys() -> None:
    assert VALUE_OF("jid", ANA) != VALUE_OF("email", ANA)


def test_the_key_of_a_value_is_made_with_the_installations_secret() -> None:
    told = hmac.digest(b"secret", b"email\0ana@shop.example", "sha256").hex()
    assert values_of(b"secret")("email", " Ana@Shop.Example") == told != values_of(b"other")("email", ANA)
