"""From what went wrong to a message on stderr and an exit code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from enum import IntEnum
from typing import NoReturn, ParamSpec

import psycopg
import typer
from aiokafka.errors import KafkaError

from mendline.command_line.output import say
from mendline.errors import SettingInvalidError, SetupError
from mendline.following import NoAnswerError
from mendline.verify.ledger import LedgerUnreadableError
from projections.errors import ProjectionError
from schemas.device.check import InvalidRequestError
from streams.log.ports import LogError
from streams.worker.unfit import UnfitWorkerError

P = ParamSpec("P")


class ExitCode(IntEnum):
    """What the process says when it ends; 130 is Typer's own, for Ctrl-C."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 4


class NotFoundError(Exception):
    """What a command is asked to show exists."""


def answering(command: Callable[P, None]) -> Callable[P, None]:
    """The command, with its errors told on stderr instead of raised."""

    @functools.wraps(command)
    def answer(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (InvalidRequestError, SettingInvalidError) as error:
            _end(str(error), ExitCode.USAGE)
        except NotFoundError as error:
            _end(str(error), ExitCode.NOT_FOUND)
        except (SetupError, NoAnswerError, ProjectionError, LogError, LedgerUnreadableError, UnfitWorkerError) as error:
            _end(str(error), ExitCode.FAILED)
        except KafkaError as error:
            _end(f"the brokers do not answer ({error!r}): `mendline doctor` looks", ExitCode.FAILED)
        except psycopg.OperationalError as error:
            _end(f"the database does not answer ({str(error).strip()}): is MENDLINE_POSTGRES right?", ExitCode.FAILED)

    return answer


def _end(message: str, code: ExitCode) -> NoReturn:
    say(message)
    raise typer.Exit(code)
