"""`mendline demo`: the main job, shown and proven on this machine."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mendline.command_line.errors import ExitCode
from mendline.command_line.output import Format, Output, print_facts, say
from mendline.command_line.timeline import print_timeline
from mendline.demo.figures import Progress as Done
from mendline.demo.run import Result, Script, made_script, own_fleet, own_script, play
from mendline.settings import Settings
from mendline.whole import Servers, at_work, fleet_arguments, open_servers, until_stopped

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
    script = made_script(devices, sends) if requests is None else own_script(requests)
    folder = Path(tempfile.mkdtemp(prefix="mendline-demo-"))
    settings = context.obj.model_copy(update={"data": folder, "kafka": None, "postgres": None})
    try:
        result = _run(settings, script, _described(folder, script, requests, devices), keep=keep, output=output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if result.report.exit_code:
        raise typer.Exit(ExitCode.FAILED)


def _described(folder: Path, script: Script, requests: Path | None, devices: int) -> tuple[str, str]:
    if requests is None:
        return ("--demo", str(devices))
    fleet = folder / "fleet.toml"
    fleet.write_text(own_fleet(script))
    return ("--fleet", str(fleet))


def _run(settings: Settings, script: Script, described: tuple[str, str], *, keep: bool, output: Format) -> Result:
    with open_servers(settings, fleet_arguments(settings, *described), say) as servers:
        return uvloop.run(_play(settings, servers, script, keep=keep, output=output))


async def _play(settings: Settings, servers: Servers, script: Script, *, keep: bool, output: Format) -> Result:
    async with at_work(settings, servers, say) as whole:
        with _progress() as bar:
            task = bar.add_task("", total=len(script.sends))

            def show(done: Done) -> None:
                bar.update(task, completed=done.settled, description=_words(done))

            result = await play(settings, whole, script, say, show)
        await _tell(settings, servers, result, output)
        if keep:
            say(f"It goes on until Ctrl-C. Look around with: mendline --data {settings.data} device list")
            await until_stopped(whole)
        return result


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)


def _words(done: Done) -> str:
    parked = f", {done.on_parked:,} wait on parked devices" if done.on_parked else ""
    return f"{done.settled:,} settled, {done.going_on:,} under way{parked}"


async def _tell(settings: Settings, servers: Servers, result: Result, output: Format) -> None:
    if output is not Format.TABLE:
        answer: dict[str, Any] = {"figures": result.figures, "verify": orjson.loads(result.report.json())}
        option = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if output is Format.JSON else 0)
        sys.stdout.write(orjson.dumps(answer, option=option).decode())
        return
    print_facts({name.replace("_", " "): _flat(value) for name, value in result.figures.items()}, output)
    if result.device is not None:
        print(f"\nOne mended device, {result.device}:")
        await print_timeline(settings, servers.addresses, result.device)
    print(f"\n{result.report.text()}")


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{number:,} {name}" for name, number in value.items())
    return value
