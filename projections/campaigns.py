"""What was asked of each device for each campaign; the outcomes stand in `sends`, under the campaign's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from projections.read_model import Need, ReadModel, Recorded, Rows, of_keys
from projections.table import Table
from schemas.device.sends import CampaignCancelled, SendAttempted, SendQueued

BY_KEY = "(campaign, device_id, partition) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::int[]))"
Key = tuple[str, str, int]


@dataclass(slots=True)
class Campaign:
    """A campaign on one device: how many sends were asked for, from when to when, and who cancelled what waited.

    first_request: offset of the first of its requests. cancelled_sends: how many waited when it was cancelled.
    """

    campaign: str
    device_id: str
    partition: int
    first_request: int
    first_at: datetime
    last_at: datetime
    position: int
    sends: int = 0
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None
    cancelled_sends: int = 0


def needs(records: Sequence[Recorded]) -> Iterator[Need]:
    """The campaigns, by device, that these events are about."""
    yield from of_keys(BY_KEY, {key for record in records if (key := _key(record)) is not None})


def fold(rows: Rows[Campaign], record: Recorded) -> None:
    """Count a send that was asked for, or note that the rest was cancelled."""
    key = _key(record)
    if key is None:
        return
    row = rows.get(key)
    if row is None:
        request = record.decides if record.decides is not None else record.offset
        row = rows[key] = Campaign(*key, request, record.at, record.at, record.offset)
    row.position = record.offset
    if isinstance(record.event, CampaignCancelled):
        row.cancelled_at, row.cancelled_by = record.at, record.actor
        row.cancelled_sends += record.event.sends
    else:
        row.sends, row.last_at = row.sends + 1, record.at


def _key(record: Recorded) -> Key | None:
    match record.event:
        case CampaignCancelled(campaign=campaign):
            return campaign, record.stream_id, record.partition
        case SendQueued(send=send) | SendAttempted(send=send) if send is not None and send.campaign is not None:
            return send.campaign, record.stream_id, record.partition
    return None


CAMPAIGNS = ReadModel(
    Table("campaigns", Campaign, key=("campaign", "device_id", "partition")),
    takes=frozenset({SendQueued, SendAttempted, CampaignCancelled}),
    needs=needs,
    fold=fold,
)
