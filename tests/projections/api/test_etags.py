"""ETags change with a document, and tell who edits whether somebody else has."""

from __future__ import annotations

import pytest

from projections.api.etags import edits_match, etag

DEVICE = {"device_id": "d-1", "name": "Front desk", "state": "connected", "position": "device-events/0/1"}
SENT = DEVICE | {"position": "device-events/0/9"}
RENAMED = SENT | {"name": "Back door"}


def test_every_change_of_a_document_changes_its_etag() -> None:
    assert len({etag(DEVICE), etag(SENT), etag(RENAMED)}) == 3
    assert etag(dict(DEVICE)) == etag(DEVICE)


@pytest.mark.parametrize("if_match", [etag(DEVICE), "*", f'"other.1", {etag(DEVICE)}', f"{etag(DEVICE)},"])
def test_what_is_no_edit_breaks_no_match(if_match: str) -> None:
    assert edits_match(if_match, SENT)


@pytest.mark.parametrize("if_match", [etag(RENAMED), "", '"', '""', "W/x"])
def test_an_edit_breaks_the_match(if_match: str) -> None:
    assert not edits_match(if_match, DEVICE)
