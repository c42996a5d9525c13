"""`mendline key make` and `revoke`: who may come in over HTTP, and who no more."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from mendline.command_line.answers import Answer, Manner, Wish, show
from mendline.command_line.asking import answers_of, ask_same, checked
from mendline.command_line.confirming import confirm
from mendline.command_line.exit_codes import ExitCode
from mendline.command_line.fates import in_words
from mendline.command_line.naming import Named, id_or_stdin, named
from mendline.command_line.options import DryRun, Reason, RequestId, Timeout, WaitByDefault, Yes
from mendline.command_line.output import Format, Output, print_facts, say
from mendline.keys import creation_of, drawn_token
from schemas.control.requests import KeyCreationRequested
from schemas.control.tokens import Token, is_key_id, key_id_of, subject_of, token_of
from schemas.topics import CONTROL

ID = "{subject}"


class ScopeName(StrEnum):
    """What a key may (schemas/control/rights.py)."""

    SEND = "send"
    READ = "read"
    OPERATE = "operate"
    AUDIT = "audit"
    ADMIN = "admin"


Scopes = Annotated[list[ScopeName], typer.Option("--scope", help="What it may; several times for several rights.")]
Keys = Annotated[
    list[str], typer.Argument(metavar="KEY", parser=id_or_stdin, help="Ids of keys; - reads them from stdin.")
]


def make(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, or who has it.")],
    scope: Scopes,
    reason: Reason = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    output: Output = Format.TABLE,
) -> None:
    """Make a key of the HTTP API, and show it: once, for nobody keeps it."""
    if output is Format.IDS:
        raise typer.BadParameter("-o ids would leave the key out, which is shown this once only: -o json has both")
    token = drawn_token()
    asked = creation_of(token, name, [each.value for each in scope])
    checked(asked.type, {"name": asked.name, "hash": asked.hash, "scopes": asked.scopes})
    manner = Manner(timeout if wait else None, output, reason=reason, id=ID, dry=dry_run, stream=CONTROL)
    wish = Wish(subject_of(token.key_id), asked)
    if dry_run:
        show([wish], manner)
        return
    (answer,) = answers_of(context.obj, [wish], manner)
    _tell(answer, token, asked, output)


def _tell(answer: Answer, token: Token, asked: KeyCreationRequested, output: Format) -> None:
    """Show the key unless it is certain that it lets nobody in."""
    if answer.code not in (ExitCode.DONE, ExitCode.UNANSWERED):
        say(in_words(answer.told[-1].event))
        raise typer.Exit(answer.code)
    facts = {"key": str(token), "key_id": token.key_id, "name": asked.name, "scopes": list(asked.scopes)}
    print_facts(facts, output)
    say("keep the key now: it is shown this once, and nobody can look it up")
    if answer.unanswered:
        raise answer.unanswered


def revoke(
    context: typer.Context,
    keys: Keys,
    reason: Reason = None,
    request_id: RequestId = None,
    wait: WaitByDefault = True,
    timeout: Timeout = 30,
    dry_run: DryRun = False,
    yes: Yes = False,
    output: Output = Format.TABLE,
) -> None:
    """Revoke KEYs: nobody comes in by them from then on, on any node. Asks first: it cannot be undone."""
    given = named(keys)
    wanted = Named(list(dict.fromkeys(map(_subject, given.ids))), given.many)
    if wanted.ids:
        question = f"Revoke {wanted.ids[0] if len(wanted.ids) == 1 else f'{len(wanted.ids)} keys'}?"
        say(question) if dry_run else confirm(question, yes=yes)
    manner = Manner(timeout if wait else None, output, request_id, reason, id=ID, dry=dry_run, stream=CONTROL)
    ask_same(context.obj, wanted, "key_revocation_requested", {}, manner)


def _subject(given: str) -> str:
    """The `stream_id` of a key that is given by its id, or by the whole key: somebody may have found it somewhere."""
    token = token_of(given)
    key_id = token.key_id if token else key_id_of(given) or given
    if not is_key_id(key_id):
        raise typer.BadParameter(f"{given[:20]!r} is no key's id: `mendline key list` shows them")
    return subject_of(key_id)
