"""`mendline demo`: the main job, shown and proven on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.output import Format, Output
from mendline.embedded.presence import check_servers
from mendline.stopping import end_on_sigterm

REQUESTS = 30_000


def demo(
    context: typer.Context,
    requests: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your own sends: JSON lines or CSV with device, to, text.")
    ] = None,
    devices: Annotated[int, typer.Option(min=3, max=100_000, help="Size of the simulated fleet.")] = 3000,
    sends: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many sends to publish.")] = REQUESTS,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it all running, to look around, until Ctrl-C.")] = False,
    output: Output = Format.TABLE,
) -> None:
    """Send through a simulated fleet that drops, on real servers, and prove from the log what happened."""
    check_servers()
    from mendline.command_line import demonstration  # other commands start faster without it

    end_on_sigterm()
    story = demonstration.made(devices, sends) if requests is None else demonstration.from_file(requests)
    if not demonstration.run(context.obj, story, keep=keep, output=output):
        raise typer.Exit(ExitCode.FAILED)
