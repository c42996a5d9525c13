"""What `mendline demo` runs and tells; a module of its own, so that other commands start faster."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from mendline.command_line.output import Format, print_facts, print_text, say
from mendline.command_line.timeline import print_timeline
from mendline.demo.figures import Progress as Done
from mendline.demo.run import Result, Script, made_script, own_fleet, own_script, play, whatsapp_script
from mendline.errors import ServerStartError
from mendline.event_loop import run_until_done
from mendline.settings import Settings, default_whatsapp_cache
from mendline.whatsapp.build import Programs, build
from mendline.whole import Fleet, Servers, at_work, fleet_arguments, open_servers, until_stopped

BAN_S = "3600"
"""Of devices that are banned: one that ended between the ledger and the end of the log would look like a lost send."""


@dataclass(frozen=True, slots=True)
class Story:
    """What is asked, and of which fleet: its TOML, the size of the demonstration's own, or what plays WhatsApp."""

    script: Script
    fleet: str | int | Programs


def made(devices: int, sends: int) -> Story:
    """The demonstration's own requests to its own fleet."""
    return Story(made_script(devices, sends), devices)


def made_for_whatsapp(devices: int, sends: int) -> Story:
    """The demonstration's own requests to a stand-in; raises GoMissingError and BuildFailedError."""
    return Story(whatsapp_script(devices, sends), build(default_whatsapp_cache(), say))


def from_file(path: Path) -> Story:
    """A person's requests, to a fleet that has their devices; raises RequestsFileError."""
    script = own_script(path)
    return Story(script, own_fleet(script))


def run(settings: Settings, story: Story, *, keep: bool, output: Format) -> bool:
    """Run it in a temporary folder; whether the log held against every rule."""
    with _temporary_folder() as folder:
        inside = settings.model_copy(update={"data": folder, "kafka": None, "postgres": None} | _room(settings, story))
        with open_servers(inside, _fleet(inside, story.fleet), say) as servers:
            result = run_until_done(_play(inside, servers, story.script, keep=keep, output=output))
    return not result.report.exit_code


def _room(settings: Settings, story: Story) -> dict[str, int]:
    """All devices are paired at once, and any of them may lie in one partition."""
    return {"pairings": len(story.script.devices) * settings.partitions} if story.script.pairs else {}


def _fleet(settings: Settings, fleet: str | int | Programs) -> Fleet:
    if isinstance(fleet, Programs):
        return fleet
    if isinstance(fleet, int):
        return fleet_arguments(settings, "--demo", str(fleet), "--ban-s", BAN_S)
    file = settings.data / "fleet.toml"
    file.write_text(fleet)
    return fleet_arguments(settings, "--fleet", str(file))


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mendline-demo-"))
    try:
        yield folder
    except ServerStartError:
        say(f"{folder} is kept for you to look at: remove it afterwards")
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    else:
        shutil.rmtree(folder, ignore_errors=True)


async def _play(settings: Settings, servers: Servers, script: Script, *, keep: bool, output: Format) -> Result:
    async with at_work(settings, servers, say) as whole:
        with _progress() as bar:
            task = bar.add_task("", total=len(script.sends))

            def show(done: Done) -> None:
                bar.update(task, completed=done.settled, description=_words(done))

            result = await play(
                settings, whole, script, lambda words: bar.console.print(Text(words), soft_wrap=True), show
            )
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
    if output in (Format.JSON, Format.JSONL):
        print_facts({"figures": result.figures, "verify": orjson.loads(result.report.json())}, output)
        return
    if output is not Format.TABLE:
        print_facts({"device": result.device, **result.figures}, output, "{device}")
        return
    print_facts({name.replace("_", " "): _flat(value) for name, value in result.figures.items()}, output)
    if result.device is not None:
        print_text(f"\nOne mended device, {result.device}:")
        await print_timeline(settings, servers.addresses, result.device)
    print_text(f"\n{result.report.text()}")


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{number:,} {name}" for name, number in value.items())
    return value
