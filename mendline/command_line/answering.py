"""From what went wrong to a message on stderr and an exit code."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn, ParamSpec

import psycopg
import typer
from aiokafka.errors import KafkaError

from mendline.command_line.errors import ReaderGoneError
from mendline.command_line.exit_codes import ExitCode, code_of
from mendline.command_line.naming import mind_text
from mendline.command_line.output import finish, say

BUG = "This is a bug of Mendline's own. Please report it, with the command and what stands above."
P = ParamSpec("P")


def answering(command: Callable[P, None]) -> Callable[P, None]:
    """The command, with its errors told on stderr instead of raised, and its answer written to the end."""

    @functools.wraps(command)
    def answer(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            try:
                mind_text(kwargs)
                command(*args, **kwargs)
            finally:
                finish()
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except ReaderGoneError:
            _leave_stdout()
            raise typer.Exit(ExitCode.READER_GONE) from None
        except Exception as error:
            _end(error)

    return answer


def in_words(error: Exception) -> str:
    """What a person is told of an error: what is wrong, where, and what to do."""
    match error:
        case KafkaError() if code_of(type(error)) is ExitCode.DENIED:
            return f"the brokers do not allow it ({error!r}): whoever runs them can, with an ACL"
        case KafkaError():
            return f"the brokers do not answer ({error!r}): `mendline doctor` looks"
        case psycopg.OperationalError():
            return f"the database does not answer ({_said(error)}): is MENDLINE_POSTGRES right?"
        case psycopg.errors.InsufficientPrivilege():
            return f"the database does not allow it ({_said(error)}): its owner can GRANT what is missing"
        case psycopg.Error():
            return f"the database refuses ({_said(error)}): `mendline doctor` looks"
    return str(error)


def _said(error: psycopg.Error) -> str:
    return " ".join(str(error).split())


def _end(error: Exception) -> NoReturn:
    code = code_of(type(error))
    if code is ExitCode.BUG:
        traceback.print_exception(error)
    say(BUG if code is ExitCode.BUG else in_words(error))
    raise typer.Exit(code) from None


def _leave_stdout() -> None:
    """Python writes what is left at its end, and would tell that nobody reads it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
