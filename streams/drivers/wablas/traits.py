"""What a Wablas device can do: no link of ours, repeats leave twice, and its report knows our ids."""

from __future__ import annotations

from streams.drivers.port import Traits

WABLAS = Traits(linked=False, drops_repeats=False, answers_asks=True)
