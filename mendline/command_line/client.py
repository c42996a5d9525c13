"""`mendline client`: add, change and remove clients."""

from __future__ import annotations

from typing import Annotated

import typer

from mendline.command_line.answers import Manner
from mendline.command_line.asking import ask_same
from mendline.command_line.confirming import confirm
from mendline.command_line.naming import Named, checked_id, id_or_stdin, named
from mendline.command_line.options import DryRun, Reason, RequestId, Timeout, WaitByDefault, Yes
from mendline.command_line.output import Format, Output, say
from schemas.client.ids import client_id_for
from schemas.topics import CLIENT

ID = "{client_id}"
NewClient = Annotated[
    str | None, typer.Argument(metavar="[CLIENT]", parser=checked_id, help="The client's id; without, a new one.")
]
Client = Annotated[str, typer.Argument(metavar="CLIENT", parser=checked_id, help="The client's id.")]
Clients = Annotated[
    list[str], typer.Argument(metavar="CLIENT", parser=id_or_stdin, help="Ids of clients; - reads them from stdin.")
]
Name = Annotated[str | None, typer.Option(metavar="TEXT", help="The client's name.")]
Email = Annotated[str | None, typer.Option(metavar="ADDRESS", help="An address that no other client has.")]
Phone = Annotated[str | None, typer.Option(metavar="NUMBER", help="The client's phone number.")]
Company = Annotated[str | None, typer.Option(metavar="TEXT", help="The company that the client belongs to.")]
UserId = Annotated[str | None, typer.Option(metavar="ID", help="Who the client is to the program that asks.")]
Key = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Without an id: the same key always makes the same client.")
]


def add(
    context: typer.Context,
    client: NewClient = None,
    name: Name = "",
    email: Email = None,
    phone: Phone = None,
    company: Company = None,
    user_id: UserId = None,
    idempotency_key: Key = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Create CLIENT, once: if it exists it stays as it is. Exit code 1 where another client has the email."""
    if client is not None and idempotency_key is not None:
        raise typer.BadParameter("an id names the client already: leave --idempotency-key out")
    if idempotency_key == "":
        raise typer.BadParameter("an empty --idempotency-key would name one client for all: is a variable not set?")
    wanted = Named([client or client_id_for(idempotency_key)], many=False)
    manner = Manner(timeout if wait else None, output, request_id, id=ID, dry=dry_run, stream=CLIENT)
    data = {"name": name, "email": email, "phone": phone, "company": company, "user_id": user_id}
    ask_same(context.obj, wanted, "client_creation_requested", data, manner)


def change(
    context: typer.Context,
    client: Client,
    name: Name = None,
    email: Email = None,
    phone: Phone = None,
    company: Company = None,
    user_id: UserId = None,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Change what is known of CLIENT; what is not given stays, what is given empty goes."""
    data = {"name": name, "email": email, "phone": phone, "company": company, "user_id": user_id}
    if not any(value is not None for value in data.values()):
        raise typer.BadParameter("nothing is to be changed: give --name, --email, --phone, --company or --user-id")
    manner = Manner(timeout if wait else None, output, request_id, reason, id=ID, dry=dry_run, stream=CLIENT)
    ask_same(context.obj, Named([client], many=False), "client_change_requested", data, manner)


def remove(
    context: typer.Context,
    clients: Clients,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Remove CLIENTs; their emails are free for others then. Asks first: it cannot be undone."""
    wanted = named(clients)
    if wanted.ids:
        question = f"Remove {wanted.ids[0] if len(wanted.ids) == 1 else f'{len(wanted.ids)} clients'}?"
        say(question) if dry_run else confirm(question, yes=yes)
    manner = Manner(timeout if wait else None, output, request_id, reason, id=ID, dry=dry_run, stream=CLIENT)
    ask_same(context.obj, wanted, "client_removal_requested", {}, manner)
