"""Which sessions can be used, as which devices, and why the others cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mendline.whatsapp.importing.schema import NEWEST, OLDEST
from mendline.whatsapp.importing.sessions import Lack, Stored
from mendline.whatsapp.importing.standing import Standing
from mendline.whatsapp.importing.verdicts import Naming, Why, verdicts

JID, OLDER = "6281100000001:12@s.whatsapp.net", "6281100000001:9@s.whatsapp.net"
KEYS = (b"noise", b"identity")
STORED = Stored(jid=JID, lid="77@lid", platform="android", keys=KEYS, sessions=4, pre_keys=80, identities=5, lacks=None)
DEVICE = "wa-6281100000001"
NAMING = Naming("wa-")
Said = tuple[str, str | None, str | None]


def said(
    *stored: Stored, version: int = NEWEST, naming: Naming = NAMING, standing: Standing | None = None
) -> list[Said]:
    found = verdicts(stored or [STORED], version, naming, standing or Standing())
    return [(each.state, each.why, each.device_id) for each in found]


def test_whole_session_becomes_a_device_named_by_its_number() -> None:
    assert said() == [("usable", None, DEVICE)]


def test_mapping_names_the_device() -> None:
    assert said(naming=Naming("wa-", {JID: "front-desk"})) == [("usable", None, "front-desk")]


def test_session_that_the_mapping_leaves_out_is_left_out() -> None:
    assert said(naming=Naming("wa-", {})) == [("unusable", "not_asked_for", None)]


@pytest.mark.parametrize("lack", ["no_device_row", "no_device_number", "damaged_keys", "never_used"])
def test_session_that_lacks_something_is_told_so(lack: Lack) -> None:
    assert said(replace(STORED, lacks=lack)) == [("unusable", lack, None)]


@pytest.mark.parametrize(("version", "why"), [(OLDEST - 1, "schema_too_old"), (NEWEST + 1, "schema_too_new")])
def test_schema_that_is_not_understood_makes_all_unusable(version: int, why: Why) -> None:
    assert said(version=version) == [("unusable", why, None)]


def test_session_made_by_a_stand_in_never_reaches_whatsapp() -> None:
    assert said(replace(STORED, platform="stand-in")) == [("unusable", "made_by_stand_in", None)]


def test_real_session_is_not_shown_to_a_stand_in() -> None:
    assert said(standing=Standing(stand_in=True)) == [("unusable", "not_made_by_stand_in", None)]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_sessions_of_a_number_the_newer_is_taken(order: int) -> None:
    found = said(*[STORED, replace(STORED, jid=OLDER)][::order])

    assert found[::order] == [("usable", None, DEVICE), ("unusable", "number_twice", None)]


def test_mapping_may_name_the_older_session_of_a_number() -> None:
    found = said(STORED, replace(STORED, jid=OLDER), naming=Naming("", {OLDER: "d1"}))

    assert found == [("unusable", "not_asked_for", None), ("usable", None, "d1")]


def test_session_that_was_copied_and_is_no_device_s_is_told_so() -> None:
    assert said(standing=Standing({JID: KEYS})) == [("copied", None, DEVICE)]


def test_session_of_a_device_is_told_so_whatever_it_would_be_called() -> None:
    standing = Standing({JID: KEYS}, {"d1": ("whatsapp", JID)})

    assert said(standing=standing) == [("paired", None, "d1")]


def test_other_keys_under_the_same_jid_are_never_overwritten() -> None:
    assert said(standing=Standing({JID: (b"others",)})) == [("unusable", "other_keys", None)]


def test_number_that_a_device_has_is_not_taken_from_it() -> None:
    assert said(standing=Standing({}, {"d1": ("whatsapp", OLDER)})) == [("unusable", "number_taken", "d1")]


def test_device_that_is_not_paired_may_become_it() -> None:
    assert said(standing=Standing({}, {DEVICE: ("whatsapp", None)})) == [("usable", None, DEVICE)]


def test_device_of_another_driver_may_not() -> None:
    standing = Standing({}, {DEVICE: ("simulated", None)})

    assert said(standing=standing) == [("unusable", "device_of_other_driver", DEVICE)]


def test_device_with_another_number_s_session_may_not() -> None:
    standing = Standing({}, {DEVICE: ("whatsapp", "6281199999999:1@s.whatsapp.net")})

    assert said(standing=standing) == [("unusable", "device_paired", DEVICE)]
