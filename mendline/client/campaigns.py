"""What can be asked about campaigns."""

from __future__ import annotations

from uuid import uuid4

from mendline.client.call import OWN_WRITES, Call, Listing, path_of
from mendline.client.reading import read_as
from schemas.api.campaigns import CampaignDocument
from schemas.api.cancelled import CampaignCancellation
from schemas.api.document import Page

CANCEL_S = 60.0


def show(campaign: str, *, at_least: str | None = OWN_WRITES) -> Call[CampaignDocument]:
    """One campaign, and what its sends came to."""
    return Call(
        "GET",
        path_of("campaigns", campaign),
        read_as(CampaignDocument),
        "device",
        at_least=at_least,
        repeatable=True,
    )


def list_(*, page_size: int = 100, at_least: str | None = OWN_WRITES) -> Listing[CampaignDocument]:
    """Campaigns by name."""
    return Listing(
        Call(
            "GET",
            path_of("campaigns"),
            read_as(Page[CampaignDocument]),
            "device",
            params={"limit": page_size},
            at_least=at_least,
            repeatable=True,
        )
    )


def cancel(
    campaign: str, *, at_least: str | None = OWN_WRITES, timeout_s: float = CANCEL_S
) -> Call[CampaignCancellation]:
    """Take back every send of a campaign that waits; `unanswered` devices have not said yet what they took back."""
    # Not repeatable: sends that were asked for between two cancellations would be taken back too.
    return Call(
        "POST",
        path_of("campaigns", campaign, "cancel"),
        read_as(CampaignCancellation),
        "device",
        params={"timeout": timeout_s},
        headers={"Idempotency-Key": uuid4().hex},
        at_least=at_least,
        waits_s=timeout_s,
    )
