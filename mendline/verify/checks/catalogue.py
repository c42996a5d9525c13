"""Every type of event, and the rules that look at it, in order; a new type is one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mendline.verify.checks import (
    acceptance,
    attempts,
    connections,
    endings,
    links,
    outcomes,
    pairings,
    presence,
    turns,
)
from mendline.verify.parsing import Json
from mendline.verify.state import Device

Check = Callable[[Device, Json, int, Json], None]
"""Looks at one counted event: its device, its data, its offset, its envelope."""

CHECKS: Mapping[str, tuple[Check, ...]] = {
    "send_attempted": (acceptance.attempted, turns.attempted, attempts.attempted),
    "send_accepted": (outcomes.accepted,),
    "send_queued": (acceptance.queued,),
    "send_returned": (outcomes.returned,),
    "send_rejected": (outcomes.rejected,),
    "send_deferred": (outcomes.deferred,),
    "send_reconciling": (attempts.reconciling,),
    "send_uncertain": (outcomes.uncertain,),
    "send_resolved": (outcomes.resolved,),
    "send_expired": (endings.expired,),
    "send_cancelled": (endings.cancelled,),
    "send_repeated": (acceptance.repeated,),
    "campaign_cancelled": (endings.campaign_cancelled,),
    "delivery_recorded": (),
    "refresh_queued": (links.queued,),
    "refresh_started": (links.started,),
    "refresh_joined": (links.joined,),
    "refresh_advanced": (links.advanced,),
    "refresh_succeeded": (links.succeeded,),
    "refresh_failed": (links.failed,),
    "device_connected": (links.connected,),
    "device_disconnected": (links.disconnected,),
    "device_registered": (presence.registered,),
    "device_changed": (presence.changed,),
    "device_removed": (presence.removed,),
    "device_parked": (presence.parked,),
    "device_resumed": (presence.resumed,),
    "device_pairing_started": (pairings.started,),
    "device_pairing_claim_started": (pairings.claim_started,),
    "device_paired": (pairings.paired,),
    "device_pairing_failed": (pairings.failed,),
    "device_unpaired": (pairings.unpaired,),
    "message_received": (),
    "value_release_recorded": (),
    "client_creation_started": (),
    "client_creation_joined": (),
    "client_created": (),
    "client_creation_rejected": (),
    "client_change_started": (),
    "client_changed": (),
    "client_change_rejected": (),
    "client_removal_started": (),
    "client_removed": (),
    "value_claimed": (),
    "claim_repeated": (),
    "claim_refused": (),
    "value_released": (),
    "release_repeated": (),
    "key_created": (),
    "key_revoked": (),
    "connection_opened": (connections.opened,),
    "connection_replaced": (connections.replaced,),
    "connection_closed": (connections.closed,),
    "group_joined": (connections.in_groups,),
    "group_left": (connections.in_groups,),
    "node_recorded": (connections.recorded,),
    "node_lost": (connections.lost,),
    "request_refused": (),
    "request_already_done": (),
}
