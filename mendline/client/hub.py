"""What can be asked about the hub."""

from __future__ import annotations

from collections.abc import Sequence

from mendline.client.call import Call, path_of
from mendline.client.reading import read_as
from schemas.api.hub import HubTokenDocument


def token(
    user: str, groups: Sequence[str] | None = None, *, audit: bool = False, pair: bool = False
) -> Call[HubTokenDocument]:
    """A token with which a user connects to the hub; groups: what he may join, none: all that the key may."""
    return Call(
        "POST",
        path_of("ws-token"),
        read_as(HubTokenDocument),
        "device",
        body={"user": user, "groups": None if groups is None else list(groups), "audit": audit, "pair": pair},
        repeatable=True,
    )
