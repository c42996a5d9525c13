"""What a hub reads off a record is what decoding it would say."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import CLIENT_CATALOGUE, CONNECTION_CATALOGUE, DEVICE_CATALOGUE
from schemas.envelope import Context
from schemas.message import Event
from schemas.story import counted
from streams.hub.kept import kept
from tests.schemas.strategies import CHARACTERS, IDS, messages
from tests.streams.hub.written import accepted, marker, queued, value

EVENTS = st.one_of(
    [messages(each) for one in (DEVICE_CATALOGUE, CLIENT_CATALOGUE, CONNECTION_CATALOGUE) for each in one.events]
)
SAID = st.none() | st.text(CHARACTERS)


@given(EVENTS, IDS, st.integers(0, 2**40), st.integers(0, 2), st.builds(Context, SAID, SAID))
def test_any_event_is_read_as_decoding_it_would(
    event: Event, subject: str, offset: int, off_by: int, context: Context
) -> None:
    written = value(event, offset, subject, sequence=max(0, offset - off_by), context=context)
    decoded, found = counted(offset, written), kept(offset, written)
    said = decoded and (offset, decoded.type, decoded.subject, decoded.time, decoded.data)
    assert (found and (*found[:4], orjson.loads(found.data))) == said


def test_an_event_that_was_written_in_another_way_is_read_too() -> None:
    written = value(accepted(7), 5)
    assert kept(5, orjson.dumps({"lang": "en", **orjson.loads(written)})) == kept(5, written)


@pytest.mark.parametrize("damaged", [None, b"", b"[]", b"{}", value(accepted(7), 5)[:120]])
def test_what_is_no_event_does_not_count(damaged: bytes | None) -> None:
    assert kept(5, damaged) is None


def test_an_event_that_lies_elsewhere_than_its_writer_expected_does_not_count() -> None:
    assert kept(6, value(queued(7), 5)) is None


def test_a_claim_counts_wherever_it_lies() -> None:
    found = kept(6, value(marker(2), 5))
    assert found is not None
    assert found.type == "partition_claimed"
