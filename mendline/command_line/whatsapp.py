"""`mendline whatsapp build`: what talks to WhatsApp, built here."""

from __future__ import annotations

from dataclasses import asdict

from mendline.command_line.output import Format, Output, print_facts, say
from mendline.settings import default_whatsapp_cache
from mendline.whatsapp.build import build as built


def build(output: Output = Format.TABLE) -> None:
    """Build WhatsApp's host, and the stand-in to try it with; what has been built is there at once."""
    programs = built(default_whatsapp_cache(), say)
    print_facts({name: str(path) for name, path in asdict(programs).items()}, output, "{host}")
