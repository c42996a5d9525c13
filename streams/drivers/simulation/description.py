"""What a simulated fleet consists of, and how its devices behave (docs/drivers/simulator.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cached_property
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from schemas.marks import Text
from streams.drivers.simulation.kinds import End, Kind, traits_of
from streams.drivers.simulation.latency import Constant, LatencyField, Lognormal, Uniform

Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(ge=0, le=360_000)]
Duration = Annotated[float, Field(gt=0, le=366 * 86_400)]
Prefix = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:@+/=-]{1,100}\z")]
STRICT = ConfigDict(extra="forbid")

OF_A_LINK = (
    "connect_ms", "connect_steps", "unreachable_share", "needs_pairing_share", "banned_share",
    "first_link_drops_share", "first_link_lasts_ms", "drops_per_hour", "logouts_per_hour", "bans_per_hour",
    "replacements_per_hour", "drop_share", "new_chat_lock_share", "scan_ms", "unscanned_share",
)  # fmt: skip
OF_ASKS = ("report_lag_ms", "unanswered_asks_share")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Group:
    """Devices of one kind that behave alike; their ids are the prefix and a number.

    Shares lie between 0 and 1: of devices (`needs_pairing_share`, `banned_share`, `first_link_drops_share`),
    of connects (`unreachable_share`), of pairings (`unscanned_share`), of asks (`unanswered_asks_share`), of sends to
    unknown chats (`new_chat_lock_share`), and of sends (all others).
    """

    driver: Kind
    prefix: Prefix
    count: Annotated[int, Field(ge=1, le=1_000_000)]

    connect_ms: LatencyField = Uniform(50, 300)
    connect_steps: tuple[Text, ...] = ("session_found", "dialled", "logged_in")
    unreachable_share: Share = 0
    needs_pairing_share: Share = 0
    banned_share: Share = 0
    ban_s: Duration = 60

    first_link_drops_share: Share = 0
    first_link_lasts_ms: LatencyField = Uniform(200, 2000)
    drops_per_hour: Rate = 0
    logouts_per_hour: Rate = 0
    bans_per_hour: Rate = 0
    replacements_per_hour: Rate = 0

    scan_ms: LatencyField = Uniform(3000, 8000)
    unscanned_share: Share = 0

    send_ms: LatencyField = Lognormal(10, 0.5)
    rejected_share: Share = 0
    deferred_share: Share = 0
    deferral_s: Duration = 1
    lost_share: Share = 0
    answer_lost_share: Share = 0
    drop_share: Share = 0
    new_chat_lock_share: Share = 0
    new_chat_lock_s: Duration = 60

    report_lag_ms: LatencyField = Constant(0)
    unanswered_asks_share: Share = 0
    remembers: Annotated[int, Field(ge=1, le=1_000_000)] = 200

    @model_validator(mode="after")
    def _sends_end_one_way(self) -> Self:
        total = sum(share for _, share in self.mishaps)
        if total > 1:
            names = " + ".join(f"{name}_share" for name, _ in self.mishaps)
            problem = f"{names} is {total:g}: lower them until the sum is at most 1"
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _fields_fit_the_kind(self) -> Self:
        traits = traits_of(self.driver)
        of_links = () if traits.linked else self._set_among(OF_A_LINK)
        of_asks = () if traits.answers_asks else self._set_among(OF_ASKS)
        if of_links or of_asks:
            lacking = "have no link" if of_links else "answer no asks"
            problem = f"{self.driver} devices {lacking}: remove {', '.join(of_links or of_asks)}"
            raise ValueError(problem)
        return self

    def _set_among(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f.name for f in fields(self) if f.name in names and getattr(self, f.name) != f.default)

    @cached_property
    def mishaps(self) -> tuple[tuple[str, float], ...]:
        """What can go wrong with a send, and how often; only what happens at all."""
        shares = {
            "rejected": self.rejected_share,
            "deferred": self.deferred_share,
            "lost": self.lost_share,
            "answer_lost": self.answer_lost_share,
            "drop": self.drop_share,
        }
        return tuple((name, share) for name, share in shares.items() if share)

    @cached_property
    def ends_per_hour(self) -> tuple[tuple[End, float], ...]:
        """How a link that is up ends by itself, and how often an hour; only what happens at all."""
        rates: dict[End, float] = {
            "drop": self.drops_per_hour,
            "log_out": self.logouts_per_hour,
            "ban": self.bans_per_hour,
            "replace": self.replacements_per_hour,
        }
        return tuple((how, rate) for how, rate in rates.items() if rate)

    def device_ids(self) -> Iterator[str]:
        """Name its devices: `phone-00001`, `phone-00002`..."""
        return (f"{self.prefix}{number:05d}" for number in range(1, self.count + 1))


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Fleet:
    """A whole fleet; the same seed gives every device the same luck again."""

    seed: Annotated[int, Field(ge=0)] = 1
    devices: tuple[Group, ...]

    @model_validator(mode="after")
    def _has_devices(self) -> Self:
        if not self.devices:
            problem = "there are no devices: add a [[devices]] table"
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _prefixes_differ(self) -> Self:
        seen: set[tuple[str, str]] = set()
        for group in self.devices:
            if (group.driver, group.prefix) in seen:
                problem = f"two groups of {group.driver} have the prefix {group.prefix!r}: change one"
                raise ValueError(problem)
            seen.add((group.driver, group.prefix))
        return self

    def group_of(self, driver: str, device_id: str) -> Group | None:
        """Find the group of a device: the longest prefix of that driver that fits (its number may be any)."""
        fitting = (g for g in self.devices if g.driver == driver and device_id.startswith(g.prefix))
        return max(fitting, key=lambda group: len(group.prefix), default=None)
