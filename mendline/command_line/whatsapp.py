"""`mendline whatsapp build`: what talks to WhatsApp, built here."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from mendline.command_line.output import Format, Output, print_facts, say
from mendline.settings import default_whatsapp_cache
from mendline.whatsapp.build import build as built
from mendline.whatsapp.build import prune as pruned

OLD_S = 30 * 86400.0


def build(
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove all builds of other versions, not only those of a month ago.")
    ] = False,
    output: Output = Format.TABLE,
) -> None:
    """Build WhatsApp's host, and the stand-in to try it with; what has been built is there at once."""
    cache = default_whatsapp_cache()
    programs = built(cache, say)
    for folder in pruned(cache, 0 if prune else OLD_S):
        say(f"{folder} is removed: a build of another version, of which nothing runs")
    print_facts({name: str(path) for name, path in asdict(programs).items()}, output, "{host}")
