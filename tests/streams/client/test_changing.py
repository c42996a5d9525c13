"""Clients change and go; what they held is given up, and only then free for others."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.client import events as e
from schemas.client.requests import ClientChangeRequested, ClientCreationRequested, ClientRemovalRequested
from schemas.edition import edition_of
from schemas.message import Request
from tests.streams.client.spec import (
    ANA,
    BUDI,
    VALUE_OF,
    Given,
    answered,
    change_started,
    changed,
    created,
    nothing,
    recorded,
    removal_started,
    started,
)

REMOVE = ClientRemovalRequested()
NEW_EMAIL = ClientChangeRequested(email=BUDI)
CREATING = nothing.given(started())
LIVE = CREATING.given(created())
BARE = nothing.given(created(None))
CHANGING = LIVE.given(change_started())
REMOVING = LIVE.given(removal_started())
GONE = REMOVING.given(recorded(0), e.ClientRemoved(request=3))
ANAS, BUDIS = VALUE_OF("email", ANA), VALUE_OF("email", BUDI)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"name": "Anna"}, {"name": "Anna"}),
        ({"phone": "+62"}, {"phone": "+62"}),
        ({"company": "Shop"}, {"company": "Shop"}),
        ({"user_id": "u-7"}, {"user_id": "u-7"}),
        ({"email": "ANA@shop.example"}, {"email": "ANA@shop.example"}),
        ({"email": ""}, {"email": None}),
    ],
)
def test_a_change_that_needs_no_other_email_is_done_at_once(asked: dict[str, Any], expected: dict[str, Any]) -> None:
    LIVE.when(ClientChangeRequested(**asked), offset=2).then(changed(**{"email": ANA, **expected}))


@pytest.mark.parametrize(("name", "value"), [("phone", "+62"), ("company", "Shop"), ("user_id", "u-7")])
def test_what_is_given_empty_goes(name: str, value: str) -> None:
    told = nothing.given(created(None, **{name: value}))
    told.when(ClientChangeRequested(**{name: ""}), offset=2).then(changed(None))


def test_what_is_not_given_stays() -> None:
    known = {"phone": "+62", "company": "Shop", "user_id": "u-7"}
    told = nothing.given(created(None, **known))
    told.when(ClientChangeRequested(name="Anna"), offset=2).then(changed(None, **{**known, "name": "Anna"}))


@pytest.mark.parametrize("asked", [{}, {"name": "Ana"}, {"email": ANA}, {"phone": ""}, {"company": "", "user_id": ""}])
def test_a_change_to_what_holds_already_changes_nothing(asked: dict[str, Any]) -> None:
    LIVE.when(ClientChangeRequested(**asked)).then_already_done("unchanged")


def test_a_new_email_is_asked_for_first() -> None:
    LIVE.when(NEW_EMAIL, offset=2).then(change_started())


def test_while_a_new_email_is_asked_for_the_old_one_is_kept() -> None:
    assert CHANGING.asks() == [("claim", 2, BUDIS)]


def test_a_granted_change_gives_the_old_email_up() -> None:
    CHANGING.when(answered(2, "claimed")).then(changed())
    assert CHANGING.given(changed()).asks() == [("release", 0, ANAS)]


def test_a_rejected_change_gives_the_new_email_up_and_keeps_the_old() -> None:
    CHANGING.when(answered(2, "taken")).then(e.ClientChangeRejected(request=2, reason="email_taken"))
    rejected = CHANGING.given(e.ClientChangeRejected(request=2, reason="email_taken"))
    assert rejected.asks() == [("release", 2, BUDIS)]
    rejected.when(REMOVE, offset=3).then(removal_started())


def test_an_email_that_is_taken_away_is_given_up() -> None:
    assert LIVE.given(changed(None)).asks() == [("release", 0, ANAS)]


def test_a_changed_name_gives_nothing_up() -> None:
    assert LIVE.given(changed(ANA, name="Anna")).asks() == []


def test_a_release_ends_when_it_is_confirmed() -> None:
    moved = CHANGING.given(changed())
    moved.when(answered(0, "released")).then(recorded(0))
    assert moved.given(recorded(0)).asks() == []


def test_a_release_that_is_open_is_not_ended_by_another_verdict() -> None:
    CHANGING.given(changed()).when(answered(0, "claimed")).then_already_done("no open question")


def test_a_removal_gives_the_email_up_first() -> None:
    LIVE.when(REMOVE, offset=3).then(removal_started())
    assert REMOVING.asks() == [("release", 0, ANAS)]


def test_a_client_is_removed_when_its_email_is_free() -> None:
    REMOVING.when(answered(0, "released")).then(recorded(0), e.ClientRemoved(request=3))


def test_a_removal_waits_for_every_release() -> None:
    both = CHANGING.given(changed(), removal_started())
    both.when(answered(0, "released")).then(recorded(0))
    both.given(recorded(0)).when(answered(2, "released")).then(recorded(2), e.ClientRemoved(request=3))


def test_a_client_without_an_email_is_removed_at_once() -> None:
    BARE.when(REMOVE, offset=3).then(e.ClientRemoved(request=3))


@pytest.mark.parametrize(("past", "reason"), [(REMOVING, "removing"), (GONE, "removed")])
def test_a_second_removal_finds_nothing_to_do(past: Given, reason: str) -> None:
    past.when(REMOVE).then_already_done(reason)


@pytest.mark.parametrize("past", [nothing, CREATING.given(e.ClientCreationRejected(request=1, reason="stale"))])
@pytest.mark.parametrize("request_", [REMOVE, NEW_EMAIL])
def test_a_client_that_never_was_is_refused(past: Given, request_: Request) -> None:
    past.when(request_).then_refused("unknown_client")


def test_a_removed_client_cannot_be_changed() -> None:
    GONE.when(NEW_EMAIL).then_refused("unknown_client")


@pytest.mark.parametrize("past", [CREATING, CHANGING])
@pytest.mark.parametrize("request_", [REMOVE, NEW_EMAIL])
def test_what_is_under_way_is_not_disturbed(past: Given, request_: Request) -> None:
    past.when(request_).then_refused("busy")


def test_a_client_that_goes_cannot_be_changed() -> None:
    REMOVING.when(NEW_EMAIL).then_refused("busy")


def test_nothing_is_left_of_a_removed_client() -> None:
    assert GONE.client().profile == nothing.client().profile
    GONE.when(ClientCreationRequested(name="Ana"), offset=1).then(created(None))


def test_a_refusal_or_a_joined_creation_changes_nothing() -> None:
    joined = CREATING.given(e.ClientCreationJoined(request=1), *CREATING.when(REMOVE).events)
    assert joined.client() == CREATING.client()


def test_an_edit_of_what_the_editor_did_not_see_is_refused() -> None:
    seen = {"name": "Ana", "email": ANA, "phone": None, "company": None, "userId": None}
    edit = ClientChangeRequested(phone="+62", edition=edition_of(seen))
    LIVE.when(edit, offset=2).then(changed(ANA, phone="+62"))
    edited = LIVE.given(changed(ANA, phone="+62"))
    edited.when(edit, offset=3).then_refused("edited")
    edited.when(ClientRemovalRequested(edition=edition_of(seen)), offset=3).then_refused("edited")
