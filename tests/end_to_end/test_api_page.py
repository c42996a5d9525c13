"""docs/api.md: its examples work word for word, and it tells of everything that there is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from mendline.client import synchronous
from mendline.gateway.application import BODY_LIMITS, LONGEST_BODY_S, application, described
from mendline.gateway.asking import LONGEST_WAIT_S
from mendline.gateway.connecting import Bounds
from mendline.gateway.problems import KINDS
from mendline.gateway.routes.sends import WINDOW
from mendline.gateway.sends import MOST_AT_ONCE
from mendline.settings import Settings
from projections.api.pages import MOST_ITEMS
from schemas.api.progress import ProgressState
from schemas.control.rights import Scope
from tests.end_to_end.api_page import PAGE, begun, examples, plain, run
from tests.end_to_end.conftest import RunningUp

TEXT = PAGE.read_text()
GROUPS = (synchronous.Sends, synchronous.Devices, synchronous.Clients, synchronous.Campaigns, synchronous.Connections)


@pytest.fixture
def up(tmp_path: Path, kafka_jars_setting: Path | None) -> Iterator[RunningUp]:
    """A new `mendline up`, as whoever reads the page starts it."""
    jars = {"MENDLINE_JARS": str(kafka_jars_setting)} if kafka_jars_setting else {}
    running = RunningUp(tmp_path, {**os.environ, **jars, "MENDLINE_DATA": str(tmp_path / "data")})
    try:
        running.wait()
        yield running
    finally:
        running.close()


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.timeout(300)
def test_every_example_of_the_page_answers_what_stands_there(up: RunningUp, tmp_path: Path) -> None:
    found = examples(TEXT)
    answers = run(found, up.address(), tmp_path / "data")
    shown = [(each.code, plain(each.shown_as, each.shown)) for each in found]
    answered = [(each.code, plain(each.shown_as, answer)) for each, answer in zip(found, answers, strict=True)]
    assert answered == shown
    assert _unplaced(up.said()).endswith(_unplaced(begun(TEXT)) + TRY)


TRY = "Try, in another terminal: mendline device add phone-00001 --driver simulated-repeatable\n"


def _unplaced(said: str) -> str:
    """Without ports and folders."""
    return re.sub(r"(?<=127\.0\.0\.1:)\d+|(?<=Data: )[^.]\S*|(?<=lies in )\S+", "", said)


def test_the_page_has_every_problem() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (\d{3}) \| (.*) \|$", TEXT, re.MULTILINE)
    assert listed == [(code, str(status), title) for code, (status, title) in KINDS.items()]


def test_the_page_has_every_route() -> None:
    listed = re.findall(r"^\| `([A-Z]+) (/\S+)` \|", TEXT, re.MULTILINE)
    paths = described(application(None))["paths"]
    there = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert {(method, path) for method, path in listed} == there | {("GET", "/api/openapi.json")}


def test_the_page_has_every_state_scope_and_call() -> None:
    calls = {name for group in GROUPS for name in vars(group) if not name.startswith("_")}
    told = set(re.findall(r"`(\w+)`", TEXT))
    assert {*get_args(ProgressState), *get_args(Scope), *calls} - {"repeated"} <= told


def test_the_page_has_every_limit() -> None:
    sends, others, reports = BODY_LIMITS.values()
    limits = [
        f"| {sends // 2**20} MiB of sends, {others // 2**10} KiB of anything else, ",
        f"{reports // 2**10} KiB of a delivery report; within {LONGEST_BODY_S:g} s |",
        f"| sends in one request | {MOST_AT_ONCE:,} |",
        f"| items of a page | {MOST_ITEMS:,} |",
        f"| `timeout` | {LONGEST_WAIT_S:g} s |",
        f"within {Bounds(0).headers_s:g} s | 431",
        f"({Settings.model_fields['api_requests_per_s'].default:,})",
        f"at least {int(WINDOW['Mendline-Idempotency-Window-S']) // 3600} hours",
    ]
    assert [limit for limit in limits if limit not in TEXT] == []
