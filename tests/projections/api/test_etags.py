"""ETags change with a document, and tell who edits whether somebody else has."""

from __future__ import annotations

import pytest

from projections.api.etags import Etags

ETAGS = Etags(b"key")
DEVICE = {"device_id": "d-1", "name": "Front desk", "state": "connected", "position": "device-events/0/1"}
SENT = DEVICE | {"position": "device-events/0/9"}
RENAMED = SENT | {"name": "Back door"}


def test_every_change_of_a_document_changes_its_etag() -> None:
    assert len({ETAGS.of(DEVICE), ETAGS.of(SENT), ETAGS.of(RENAMED)}) == 3
    assert ETAGS.of(dict(DEVICE)) == ETAGS.of(DEVICE)


@pytest.mark.parametrize("if_match", [ETAGS.of(DEVICE), "*", f'"other.1", {ETAGS.of(DEVICE)}', f"{ETAGS.of(DEVICE)},"])
def test_what_is_no_edit_breaks_no_match(if_match: str) -> None:
    assert ETAGS.edits_match(if_match, SENT)


@pytest.mark.parametrize("if_match", [ETAGS.of(RENAMED), "", '"', '""', "W/x"])
def test_an_edit_breaks_the_match(if_match: str) -> None:
    assert not ETAGS.edits_match(if_match, DEVICE)


def test_an_etag_tells_nobody_without_the_key_what_it_was_made_of() -> None:
    guessed, given = (Etags(key).of(DEVICE).strip('"').split(".") for key in (b"", b"key"))
    assert not set(guessed) & set(given)
