"""The kinds of simulated device, each by the driver name under which the catalogue lists it."""

from __future__ import annotations

from typing import Literal, get_args

from streams.drivers.port import Traits

Kind = Literal["simulated", "simulated-repeatable", "simulated-platform", "simulated-blind-platform"]

KINDS: tuple[Kind, ...] = get_args(Kind)

End = Literal["drop", "log_out", "ban", "replace"]
"""How a link ends without its worker's doing."""

Stroke = Literal[End, "pair"]
"""What a test or an operator can do to a device from outside."""

STROKES: tuple[Stroke, ...] = get_args(Stroke)


def traits_of(kind: Kind) -> Traits:
    """Tell a link that forgets from one that drops repeats, and a platform that can be asked from a blind one."""
    return Traits(
        linked=kind in ("simulated", "simulated-repeatable"),
        drops_repeats=kind == "simulated-repeatable",
        answers_asks=kind == "simulated-platform",
        pairs=kind in ("simulated", "simulated-repeatable"),
    )
