"""The driver of Wablas accounts: each send is one HTTP exchange, each doubt a question to the report."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

from schemas.device.outcomes import (
    Accepted,
    ConnectOutcome,
    Deferred,
    NotConnected,
    Rejected,
    SendOutcome,
    Uncertain,
    Unreachable,
)
from streams.drivers.asynchronous import AsynchronousDriver, Say
from streams.drivers.credentials import Credential, CredentialError, Credentials
from streams.drivers.exchange import Exchange, NotWrittenError, Question, Reach, UnansweredError
from streams.drivers.memory import remember
from streams.drivers.port import Ask, Close, Connect, Send
from streams.drivers.wablas.account import account_of
from streams.drivers.wablas.answers import LONGEST_REASON, outcome_of
from streams.drivers.wablas.form import CannotSendError, form_of
from streams.drivers.wablas.report import PATH, found_in
from streams.drivers.wablas.traits import WABLAS

log = logging.getLogger(__name__)

CHATS = 200_000
"""Chats that are remembered; each is a hash, so that they stay below 30 MB."""


def wablas_driver(credentials: Credentials, reach: Reach) -> AsynchronousDriver:
    """Make the driver."""
    return AsynchronousDriver("wablas", WABLAS, WablasCalls(credentials, Exchange(reach)))


class WablasCalls:
    """What is asked of Wablas, for all accounts over one pool of connections."""

    def __init__(self, credentials: Credentials, exchange: Exchange) -> None:
        self._credentials = credentials
        self._exchange = exchange
        self._chats: dict[int, None] = {}

    async def open(self) -> None:
        """Make the pool of connections."""
        self._exchange.open()

    async def release(self) -> None:
        """Close every connection."""
        await self._exchange.close()

    def knows_chat(self, device_id: str, to: str) -> bool:
        """Whether the device has written with `to` since this process began."""
        return hash((device_id, to)) in self._chats

    async def send(self, send: Send) -> SendOutcome:
        """Send once, and say what came of it."""
        try:
            credential = self._credentials.find(send.credential)
            account = account_of(credential)
            path, form = form_of(send)
        except CredentialError as error:
            return NotConnected(reason=str(error)[:LONGEST_REASON])
        except CannotSendError as error:
            return Rejected(reason=str(error))
        log.info(
            "[PLATFORM-SEND] Sending message via Wablas: device %s, message %s, attempt %d",
            send.device_id,
            send.message_id,
            send.attempt,
            extra={"device_id": send.device_id},
        )
        outcome = await self._sent(Question(account.url + path, account.authorization, form))
        if isinstance(outcome, Accepted):
            remember(self._chats, hash((send.device_id, send.to)), None, CHATS)
        return _discreet(outcome, credential)

    async def ask(self, ask: Ask) -> SendOutcome:
        """Look for the message in Wablas's report, by the id that it was sent under."""
        try:
            credential = self._credentials.find(ask.credential)
            account = account_of(credential)
        except CredentialError as error:
            return Uncertain(reason=str(error)[:LONGEST_REASON])
        question = Question(account.url + PATH, account.authorization, query={"ref_id": ask.message_id})
        return _discreet(await self._reported(question, ask), credential)

    async def connect(self, connect: Connect, say: Say) -> ConnectOutcome:
        """Wablas keeps the links of its devices itself."""
        return Unreachable(reason="platform_device")

    async def close(self, close: Close) -> None:
        """There is no link to close."""

    async def _sent(self, question: Question) -> SendOutcome:
        try:
            answer = await self._exchange.ask(question)
        except NotWrittenError as error:
            return NotConnected(reason=str(error)[:LONGEST_REASON])
        except UnansweredError as error:
            return Uncertain(reason=str(error)[:LONGEST_REASON])
        return outcome_of(answer, datetime.now(UTC))

    async def _reported(self, question: Question, ask: Ask) -> SendOutcome:
        try:
            answer = await self._exchange.ask(question)
        except (NotWrittenError, UnansweredError) as error:
            return Uncertain(reason=str(error)[:LONGEST_REASON])
        return found_in(answer, ask.message_id, ask.attempt)


def _discreet(outcome: SendOutcome, credential: Credential) -> SendOutcome:
    """The outcome as it may enter the log: a platform may repeat a token in what it says."""
    if isinstance(outcome, Rejected | Deferred | NotConnected | Uncertain):
        return replace(outcome, reason=credential.hidden_in(outcome.reason))
    return outcome
