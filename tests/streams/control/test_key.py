"""A key is made once, revoked once, and never comes back."""

from __future__ import annotations

import pytest

from schemas.control import ControlEvent, ControlRequest
from schemas.control.events import KeyCreated, KeyRevoked
from schemas.control.requests import KeyCreationRequested, KeyRevocationRequested
from schemas.control.rights import Scope
from schemas.control.tokens import hash_of
from schemas.message import RequestAlreadyDone, RequestRefused
from streams.control.decider import INITIAL, decide, evolve
from streams.control.keyed import control_decider
from streams.control.state import Key
from streams.ownership.asked import Asked

KEY = "key:7f3a9c1e"
REVOCATION = KeyRevocationRequested()


def creation(name: str = "shop", secret: str = "one", scopes: tuple[Scope, ...] = ("send", "read")) -> ControlRequest:
    return KeyCreationRequested(name=name, hash=hash_of(secret), scopes=scopes)


def after(*requests: ControlRequest) -> Key:
    """The key, once these were decided."""
    key = INITIAL
    for request in requests:
        for event in decide(key, Asked(0, "asked", request, key=KEY)):
            key = evolve(key, event)
    return key


def decided(request: ControlRequest, *before: ControlRequest, key: str = KEY) -> ControlEvent:
    (event,) = decide(after(*before), Asked(0, "asked", request, key=key))
    return event


def refused(event: ControlEvent) -> tuple[str, str]:
    assert isinstance(event, RequestRefused)
    return event.reason, event.detail


def test_a_key_is_made_as_it_was_asked_for() -> None:
    assert decided(creation()) == KeyCreated(name="shop", hash=hash_of("one"), scopes=("send", "read"))


@pytest.mark.parametrize("again", [creation(), creation(scopes=("read", "send"))], ids=["same", "another order"])
def test_the_same_key_asked_for_again_is_there_already(again: ControlRequest) -> None:
    event = decided(again, creation())
    assert event == RequestAlreadyDone(reason="exists", request_type="key_creation_requested", request_id="asked")


def test_another_secret_under_the_same_id_is_refused() -> None:
    reason, detail = refused(decided(creation(secret="two"), creation()))
    assert (reason, "another key with that id" in detail) == ("key_exists", True)


@pytest.mark.parametrize("other", [creation("bot"), creation(scopes=("admin",))], ids=["name", "rights"])
def test_name_and_rights_of_a_key_never_change(other: ControlRequest) -> None:
    reason, detail = refused(decided(other, creation()))
    assert (reason, "never change" in detail) == ("key_exists", True)


def test_a_key_is_revoked() -> None:
    assert decided(REVOCATION, creation()) == KeyRevoked()


def test_a_key_that_was_revoked_is_revoked_already() -> None:
    event = decided(REVOCATION, creation(), REVOCATION)
    assert event == RequestAlreadyDone(reason="revoked", request_type="key_revocation_requested", request_id="asked")


@pytest.mark.parametrize("again", [creation(), creation(secret="two")], ids=["same", "another secret"])
def test_a_revoked_key_never_comes_back(again: ControlRequest) -> None:
    assert refused(decided(again, creation(), REVOCATION))[0] == "key_revoked"


def test_what_was_refused_leaves_a_revoked_key_revoked() -> None:
    assert after(creation(), REVOCATION, creation()) == after(creation(), REVOCATION)


def test_a_key_that_nobody_made_is_unknown() -> None:
    assert refused(decided(REVOCATION))[0] == "unknown_key"


@pytest.mark.parametrize("subject", ["job:7f3a9c1e", "shop", "key:", "key:a_b"])
@pytest.mark.parametrize("request_", [creation(), REVOCATION], ids=["creation", "revocation"])
def test_a_subject_that_names_no_key_is_refused(subject: str, request_: ControlRequest) -> None:
    reason, detail = refused(decided(request_, key=subject))
    assert (reason, repr(subject) in detail) == ("invalid", True)


def test_no_question_is_asked_of_other_owners() -> None:
    rules = control_decider()
    assert (
        rules.questions(KEY, after(creation())),
        rules.answers(KeyRevoked(), Asked(0, "a", REVOCATION).context),
    ) == (
        (),
        (),
    )
