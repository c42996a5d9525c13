"""What a claim may be lost by, in the ordinary course of things."""

from __future__ import annotations

from streams.log.ports import AppendUnknownError, LogError, NotMemberError
from streams.ownership.faults import IntakeGapError
from streams.ownership.outbox import NotContiguousError
from streams.worker.claiming import NotOwnerError

LOST = (AppendUnknownError, NotContiguousError, IntakeGapError, NotOwnerError, NotMemberError, LogError)
"""What ends a claim without ending the partition's hold: the state is dropped and the partition claimed anew."""

REFUSALS = 2
"""Refused commits in a row, some time apart, that are no rebalance any more: the group has put this process out."""
