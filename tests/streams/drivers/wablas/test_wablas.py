"""The contract of the port, kept by the Wablas driver over real HTTP."""

from __future__ import annotations

from tests.streams.drivers.contract import AnsweringDriver, EveryDriver, ForgetfulDriver


class TestWablas(EveryDriver, ForgetfulDriver, AnsweringDriver):
    pass
