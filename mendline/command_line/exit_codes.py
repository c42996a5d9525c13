"""What a command's process says when it ends, and which error says what (docs/command-line.md)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

import psycopg
from aiokafka import errors as kafka_errors

from mendline import errors
from mendline.access import AccessRefusedError
from mendline.command_line import errors as told
from mendline.following import NoAnswerError
from mendline.producer import BrokersAwayError
from mendline.verify.ledger import LedgerUnreadableError
from mendline.verify.reader import LogUnreadableError
from projections.errors import ProjectionError
from projections.source import KafkaSilentError
from schemas.device.check import InvalidRequestError
from streams.log.ports import LogError
from streams.worker.unfit import UnfitWorkerError


class ExitCode(IntEnum):
    """One number an ending, the same for every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    DENIED = 3
    NOT_FOUND = 4
    AWAY = 5
    UNANSWERED = 6
    BUG = 70
    INTERRUPTED = 130
    READER_GONE = 141


MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "it was refused or did not succeed; or something is wrong, where that was the question",
    ExitCode.USAGE: "wrong usage: nothing was asked",
    ExitCode.DENIED: "the brokers or the database do not let us in, or do not allow it",
    ExitCode.NOT_FOUND: "there is nothing of that name",
    ExitCode.AWAY: "what has to run does not, or does not answer: try again later",
    ExitCode.UNANSWERED: "asked, and in the log, but not ended within --timeout",
    ExitCode.BUG: "a bug of Mendline's own",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
    ExitCode.READER_GONE: "who read the answer has gone (a closed pipe)",
}


CODES: Mapping[type[BaseException], ExitCode] = {
    told.NotFoundError: ExitCode.NOT_FOUND,
    told.NotConfirmedError: ExitCode.FAILED,
    told.UnaskableError: ExitCode.USAGE,
    told.OutputError: ExitCode.FAILED,
    told.ReaderGoneError: ExitCode.READER_GONE,
    errors.SetupError: ExitCode.FAILED,
    errors.SettingInvalidError: ExitCode.USAGE,
    errors.NotRunningError: ExitCode.AWAY,
    errors.InputInvalidError: ExitCode.USAGE,
    AccessRefusedError: ExitCode.DENIED,
    InvalidRequestError: ExitCode.USAGE,
    BrokersAwayError: ExitCode.AWAY,
    NoAnswerError: ExitCode.UNANSWERED,
    LedgerUnreadableError: ExitCode.FAILED,
    LogUnreadableError: ExitCode.FAILED,
    ProjectionError: ExitCode.FAILED,
    KafkaSilentError: ExitCode.AWAY,
    LogError: ExitCode.FAILED,
    UnfitWorkerError: ExitCode.FAILED,
    kafka_errors.KafkaError: ExitCode.AWAY,
    kafka_errors.TopicAuthorizationFailedError: ExitCode.DENIED,
    kafka_errors.GroupAuthorizationFailedError: ExitCode.DENIED,
    kafka_errors.ClusterAuthorizationFailedError: ExitCode.DENIED,
    kafka_errors.AuthenticationFailedError: ExitCode.DENIED,
    kafka_errors.SaslAuthenticationFailed: ExitCode.DENIED,
    psycopg.Error: ExitCode.FAILED,
    psycopg.OperationalError: ExitCode.AWAY,
    psycopg.errors.InsufficientPrivilege: ExitCode.DENIED,
    KeyboardInterrupt: ExitCode.INTERRUPTED,
}
"""The code of a class, and of those below it that have none of their own."""


def code_of(error: type[BaseException]) -> ExitCode:
    """How a process ends whose command raised this."""
    return next((CODES[class_] for class_ in error.__mro__ if class_ in CODES), ExitCode.BUG)
