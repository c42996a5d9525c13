"""What Wablas reports by its webhook, in the log's words."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.device.requests import DeliveryReported
from streams.drivers.wablas.webhook import reports_in


@pytest.mark.parametrize(
    ("status", "expected"),
    [("sent", "sent"), ("received", "delivered"), ("Delivered", "delivered"), ("read", "read"), ("cancel", "failed")],
)
def test_a_status_is_told_in_our_words(status: str, expected: str) -> None:
    [report] = reports_in({"id": 7, "status": status, "note": ""})
    assert report == DeliveryReported(provider_message_id="7", status=expected)  # type: ignore[arg-type]


def test_a_note_is_cut_to_what_the_log_takes() -> None:
    [report] = reports_in({"id": "x", "status": "rejected", "note": "n" * 1000})
    assert len(report.note or "") == 500


def test_that_a_message_waits_is_known_already() -> None:
    assert reports_in({"id": "x", "status": "pending"}) == []


@pytest.mark.parametrize("said", [{}, {"id": True, "status": "sent"}, {"id": "x" * 501, "status": "sent"}, {"id": "x"}])
def test_what_is_no_report_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        reports_in(said)
