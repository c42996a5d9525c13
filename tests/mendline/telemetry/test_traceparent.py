from __future__ import annotations

import pytest

from mendline.telemetry.traceparent import Traceparent, parsed

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_a_traceparent_is_read_and_written_alike() -> None:
    text = f"00-{TRACE}-{SPAN}-01"
    assert parsed(text) == Traceparent(TRACE, SPAN, sampled=True)
    assert str(parsed(text)) == text


def test_a_trace_that_nobody_keeps_is_told_from_one_that_is() -> None:
    assert parsed(f"00-{TRACE}-{SPAN}-00") == Traceparent(TRACE, SPAN, sampled=False)


def test_a_later_version_may_say_more() -> None:
    assert parsed(f"01-{TRACE}-{SPAN}-03-more") == Traceparent(TRACE, SPAN, sampled=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_what_is_no_traceparent_is_not_taken_for_one(text: str) -> None:
    assert parsed(text) is None
