"""The commands there are. A new one is one module and one line here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from mendline.command_line import (
    campaign,
    client,
    clients,
    config,
    connection,
    deciding,
    demo,
    device,
    doctor,
    fleet,
    gateway,
    hub,
    key,
    keys,
    pairing,
    projector,
    refresh,
    send,
    send_group,
    sends,
    snapshotter,
    tail,
    timeline,
    topics,
    up,
    verify,
    whatsapp,
    whatsapp_import,
    worker,
)
from mendline.command_line.answering import answering
from mendline.command_line.output import print_text
from mendline.configuration import Choice, load_configuration

HELP = (
    "Sends messages through a fleet of devices, and mends a device's link when a message needs it.\n\n"
    "Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 not allowed, 4 not found, 5 away, 6 unanswered, "
    "130 interrupted."
)
COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo.demo,
    "up": up.up,
    "worker": worker.worker,
    "projector": projector.projector,
    "snapshotter": snapshotter.snapshotter,
    "gateway": gateway.gateway,
    "hub": hub.hub,
    "topics": topics.topics,
    "refresh": refresh.refresh,
    "timeline": timeline.timeline,
    "tail": tail.tail,
    "verify": verify.verify,
    "doctor": doctor.doctor,
}
DEVICE_COMMANDS: dict[str, Callable[..., None]] = {
    "add": device.add,
    "show": fleet.show,
    "list": fleet.list_,
    "change": device.change,
    "park": device.park,
    "resume": device.resume,
    "pair": pairing.pair,
    "unpair": pairing.unpair,
    "remove": device.remove,
}
CONFIG = "config"
CONFIG_COMMANDS: dict[str, Callable[..., None]] = {
    "show": config.show,
    "check": config.check,
    "profiles": config.profiles,
}
CLIENT_COMMANDS: dict[str, Callable[..., None]] = {
    "add": client.add,
    "show": clients.show,
    "list": clients.list_,
    "change": client.change,
    "remove": client.remove,
}
CONNECTION_COMMANDS: dict[str, Callable[..., None]] = {
    "list": connection.list_,
    "show": connection.show,
    "disconnect": connection.disconnect,
}
KEY_COMMANDS: dict[str, Callable[..., None]] = {"make": key.make, "list": keys.list_, "revoke": key.revoke}
WHATSAPP_COMMANDS: dict[str, Callable[..., None]] = {
    "build": whatsapp.build,
    "import": whatsapp_import.import_,
}
SEND_COMMANDS: dict[str, Callable[..., None]] = {
    send_group.SEND: send.send,
    "list": sends.list_,
    "show": sends.show,
    "cancel": deciding.cancel,
    "resolve": deciding.resolve,
}
CAMPAIGN_COMMANDS: dict[str, Callable[..., None]] = {
    "show": campaign.show,
    "list": campaign.list_,
    "cancel": campaign.cancel,
}


def _show_version(wanted: bool) -> None:
    if wanted:
        print_text(f"mendline {metadata.version('mendline')}")
        raise typer.Exit


Kafka = Annotated[
    str | None, typer.Option(metavar="HOST:PORT", help="Brokers; else MENDLINE_KAFKA, or what runs here.")
]
Postgres = Annotated[
    str | None, typer.Option(metavar="URL", help="Database; else MENDLINE_POSTGRES, or what runs here.")
]
Version = Annotated[
    bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show which Mendline this is, and end.")
]
Data = Annotated[Path | None, typer.Option(metavar="FOLDER", help="Data folder of the Mendline that runs here.")]

File = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings and profiles; else MENDLINE_CONFIG, or the user's own."),
]
Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="A profile of that file; else MENDLINE_PROFILE, or the file's usual.")
]


def application() -> typer.Typer:
    """The whole command line."""
    whole = _group(HELP, COMMANDS, completion=True)
    whole.callback()(answering(_settings))
    whole.add_typer(
        _group("Add, show, list, change, park, resume, pair, unpair and remove devices.", DEVICE_COMMANDS),
        name="device",
    )
    whole.add_typer(_group("Show, list and cancel campaigns.", CAMPAIGN_COMMANDS), name="campaign")
    whole.add_typer(_group("Add, show, list, change and remove clients.", CLIENT_COMMANDS), name="client")
    whole.add_typer(_group("List, show and end people's connections.", CONNECTION_COMMANDS), name="connection")
    whole.add_typer(_group("Make, list and revoke keys of the HTTP API.", KEY_COMMANDS), name="key")
    whole.add_typer(_group(send.send.__doc__ or "", SEND_COMMANDS, send_group.SendGroup), name="send")
    whole.add_typer(_group("Build what talks to WhatsApp; import sessions.", WHATSAPP_COMMANDS), name="whatsapp")
    whole.add_typer(_group("Show settings and where they come from, and check them.", CONFIG_COMMANDS), name=CONFIG)
    return whole


def run() -> None:
    """Run the command that the process's arguments name."""
    # Without a handler of its own it would write to stderr what our own messages say better.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    application()()


def _settings(
    context: typer.Context,
    kafka: Kafka = None,
    postgres: Postgres = None,
    data: Data = None,
    file: File = None,
    profile: Profile = None,
    version: Version = False,
) -> None:
    choice = Choice({"kafka": kafka, "postgres": postgres, "data": data}, file, profile)
    # `config` tells what is wrong with settings: it must begin where they are.
    context.obj = choice if context.invoked_subcommand == CONFIG else load_configuration(choice)[0]


def _group(
    text: str,
    commands: dict[str, Callable[..., None]],
    class_: type[TyperGroup] = TyperGroup,
    *,
    completion: bool = False,
) -> typer.Typer:
    group = typer.Typer(
        cls=class_,
        help=text,
        no_args_is_help=True,
        add_completion=completion,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name, command in commands.items():
        group.command(name)(answering(command))
    return group
