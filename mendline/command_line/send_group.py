"""`mendline send`: sends by itself, and has commands of its own for what was sent."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperGroup

SEND = "text"
"""The command that sends: what is meant where no other command is named, so it stands in no list."""
HELP = ("-h", "--help")


class SendGroup(TyperGroup):
    """A group whose command SEND is meant wherever the first word is no other command's name.

    A device that is called like a command is told apart by SEND: `mendline send text list 62811 hi`.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As any group does, once SEND stands where it is meant."""
        meant = args and args[0] not in self.commands and args[0] not in HELP
        return super().parse_args(ctx, [SEND, *args] if meant else args)

    def invoke(self, ctx: Any) -> Any:
        """As any group does; who left something out may have meant another command."""
        words = list(ctx.args)
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            if words and (near := get_close_matches(words[0], set(self.commands) - {SEND})):
                error.message = f"{error.message} Did you mean 'mendline send {near[0]}'?".lstrip()
            raise

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """What SEND takes, and the other commands."""
        others = {name: command for name, command in self.commands.items() if name != SEND}
        sending = self.commands[SEND]
        whole = TyperGroup(
            name=self.name,
            commands=others,
            params=sending.params,
            help=sending.help,
            subcommand_metavar="| COMMAND [ARGS]...",
        )
        whole.format_help(ctx, formatter)
