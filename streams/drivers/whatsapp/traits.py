"""What a WhatsApp device can do; apart from its driver, so that it is known without one."""

from __future__ import annotations

from streams.drivers.port import Traits

WHATSAPP = Traits(linked=True, drops_repeats=False, answers_asks=False, pairs=True)
"""What the real service does with a repeated id was never tried, so nothing is repeated."""
