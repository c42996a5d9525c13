"""Tokens of the hub, made for those who have an API key: never more rights than the key has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mendline.gateway.problems import ProblemError
from schemas.control.rights import Caller
from schemas.hub.groups import matches, pattern_of
from streams.hub.tokens import Made, Tokens

OF_READERS = ("fleet", "device:*", "client:*", "campaign:*")
OF_ADMINS = (*OF_READERS, "user:*")


@dataclass(frozen=True, slots=True)
class Passes:
    """Makes tokens; address: where clients reach the hub, ws:// or wss://."""

    tokens: Tokens
    address: str

    @property
    def url(self) -> str:
        """Where WebSockets connect."""
        return f"{self.address}/ws"

    @property
    def events_url(self) -> str:
        """Where an EventSource connects."""
        return f"{self.address.replace('ws', 'http', 1)}/events"

    def make(
        self, caller: Caller, user: str, groups: Sequence[str] | None, *, audit: bool = False, pair: bool = False
    ) -> Made:
        """A token for a user with these rights, of all that the caller has; raises ProblemError for more."""
        allowed = OF_ADMINS if caller.may("admin") else OF_READERS
        for group in groups or ():
            if not _within(group, allowed, user):
                detail = f"the key {caller.name!r} gives no right to {group}: it may give {', '.join(allowed)}"
                raise ProblemError("not_allowed", f"{detail}, and user:{user}")
        if audit and not caller.may("audit"):
            raise ProblemError(
                "not_allowed", f"the key {caller.name!r} has no audit: leave it out, or use one that has"
            )
        if pair and not caller.may("operate"):
            detail = "may pair no devices: leave `pair` out, or use one that has operate"
            raise ProblemError("not_allowed", f"the key {caller.name!r} {detail}")
        return self.tokens.make(user, allowed if groups is None else groups, audit=audit, pair=pair)


def _within(pattern: str, allowed: Sequence[str], user: str) -> bool:
    wanted = pattern_of(pattern)
    if wanted is None:
        return False
    return (wanted.kind == "user" and wanted.name == user) or any(
        found is not None and matches(found, wanted) for found in map(pattern_of, allowed)
    )
