"""Campaigns from files: asked for once, however often; shown, listed, cancelled."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from mendline.campaign.asked import CampaignForgottenError, asked_already, both_topics, ends_of
from mendline.campaign.beginning import Ends, beginning_of
from projections.migrations import migrate
from schemas.cluster import Cluster
from schemas.device.sends import CampaignCancelled
from schemas.envelope import decode_request
from schemas.message import RequestRefused
from schemas.topics import Topics
from streams.log.event_reading import decoded
from streams.log.topic_client import TopicClient
from tests.mendline.command_line.conftest import Decide, Run
from tests.projections.events import REGISTERED, accepted, attempted, queued, send
from tests.projections.projecting import project
from tests.projections.written_log import claimed

MANY = 20_000
SPRING = send(campaign="spring")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of commands."""
    monkeypatch.setenv("MENDLINE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def tables(postgres: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read models, still empty."""
    asyncio.run(migrate(postgres))
    monkeypatch.setenv("MENDLINE_POSTGRES", postgres)
    return postgres


def file_of(folder: Path, lines: int, devices: int = 5) -> Path:
    """A file of so many sends."""
    file = folder / "spring.csv"
    rows = (f"d-{number % devices},62811{number:06d},hello {number}\n" for number in range(lines))
    file.write_text("device,to,text\n" + "".join(rows))
    return file


def published(kafka: str, topics: Topics) -> dict[str, list[str]]:
    """The recipients asked for, by device, in the log's order."""
    return asyncio.run(_published(kafka, topics))


async def _published(kafka: str, topics: Topics) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    async with both_topics(Cluster(kafka), topics) as (_, requests, events):
        for partition, end in enumerate((await ends_of(requests, events)).requests):
            position = 0
            while position < end:
                records, position = decoded(await requests.fetch(partition, position), "")
                for asked in (decode_request(record.value) for record in records):
                    found.setdefault(asked.subject, []).append(asked.data["to"])
    return found


def _all(sends: int, devices: int = 5) -> dict[str, list[str]]:
    return {f"d-{d}": [f"62811{n:06d}" for n in range(d, sends, devices)] for d in range(devices)}


def test_all_of_a_file_is_asked_for_in_each_device_s_order(
    asking: Run, kafka: str, kafka_topics: Topics, data: Path, tmp_path: Path
) -> None:
    result = asking("send", "--file", str(file_of(tmp_path, 100)), "--campaign", "spring", "-o", "json")
    assert result.exit_code == 0
    assert orjson.loads(result.stdout) == {"campaign": "spring", "lines": 100, "asked_before": 0, "asked_now": 100}
    assert published(kafka, kafka_topics) == _all(100)


def test_second_run_asks_only_for_what_was_added(
    asking: Run, kafka: str, kafka_topics: Topics, data: Path, tmp_path: Path
) -> None:
    asking("send", "--file", str(file_of(tmp_path, 100)), "--campaign", "spring")
    result = asking("send", "--file", str(file_of(tmp_path, 110)), "--campaign", "spring", "-o", "json")
    assert orjson.loads(result.stdout)["asked_now"] == 10
    assert published(kafka, kafka_topics) == _all(110)


@pytest.mark.slow
def test_run_that_was_killed_goes_on_and_asks_for_nothing_twice(
    asking: Run, kafka: str, kafka_topics: Topics, data: Path, tmp_path: Path
) -> None:
    asked = ["send", "--file", str(file_of(tmp_path, MANY)), "--campaign", "spring", "-o", "json"]
    _killed([sys.executable, "-m", "mendline", *asked], kafka, kafka_topics)
    before = sum(map(len, published(kafka, kafka_topics).values()))
    again = orjson.loads(asking(*asked).stdout)
    assert 0 < before < MANY
    assert (again["asked_before"], again["asked_now"]) == (before, MANY - before)
    assert published(kafka, kafka_topics) == _all(MANY)


def _killed(command: list[str], kafka: str, topics: Topics) -> None:
    """Run it until a few of its requests are in the log, then kill it."""
    with subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL) as process:
        while not published(kafka, topics) and process.poll() is None:
            time.sleep(0.02)
        process.kill()


def test_line_that_was_refused_is_asked_for_again(
    asking: Run, kafka: str, kafka_topics: Topics, data: Path, tmp_path: Path, decide: Decide
) -> None:
    asked = ["send", "--file", str(file_of(tmp_path, 1)), "--campaign", "spring"]
    decided = decide("d-0", RequestRefused(reason="unknown_device", detail="who is that"))
    asking(*asked)
    decided.result()
    result = asking(*asked)
    assert published(kafka, kafka_topics) == {"d-0": ["62811000000"] * 2}
    assert "1 sends had been refused, and were asked for again: who is that" in result.stderr


def test_where_a_campaign_began_in_one_cluster_says_nothing_about_another(tmp_path: Path) -> None:
    with beginning_of("/" * 95, "device-requests", tmp_path) as beginning:
        beginning.keep("staging", Ends([9000], [27000]))
        beginning.keep("production", Ends([1], [2]))
        assert (beginning.ends("production"), beginning.ends("staging")) == (Ends([1], [2]), Ends([9000], [27000]))
        assert beginning.ends("another") is None


def test_file_with_a_bad_line_is_not_asked_for_at_all(
    asking: Run, kafka: str, kafka_topics: Topics, data: Path, tmp_path: Path
) -> None:
    file = file_of(tmp_path, 3)
    file.write_text(file.read_text() + "d-1,,nobody\n")
    result = asking("send", "--file", str(file), "--campaign", "spring")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "1 of 4 lines cannot be sent" in result.stderr
    assert 'line 5: "to" should have at least 1 character' in " ".join(result.stderr.split())
    assert published(kafka, kafka_topics) == {}


def test_dry_run_counts_by_device_and_asks_for_nothing(
    asking: Run, kafka: str, kafka_topics: Topics, data: Path, tmp_path: Path
) -> None:
    file = file_of(tmp_path, 4, devices=3)
    result = asking("send", "--file", str(file), "--campaign", "spring", "--dry-run", "-o", "csv")
    assert result.stdout == "device_id,sends\nd-0,2\nd-1,1\nd-2,1\n"
    assert published(kafka, kafka_topics) == {}


def test_two_processes_cannot_ask_for_one_campaign_at_once(
    asking: Run, kafka_topics: Topics, data: Path, tmp_path: Path
) -> None:
    with beginning_of("spring", kafka_topics.requests(), data):
        result = asking("send", "--file", str(file_of(tmp_path, 3)), "--campaign", "spring")
    assert result.exit_code == 1
    assert "by another process" in result.stderr


async def test_requests_that_the_log_forgot_are_not_taken_for_missing(kafka: str, kafka_topics: Topics) -> None:
    requests = TopicClient(Cluster(kafka), kafka_topics.requests())
    with pytest.raises(CampaignForgottenError, match="forgot requests of campaign spring"):
        await asked_already(requests, "spring", [-1] * 8)  # the log begins at 0
    await requests.close()


def _projected(dsn: str) -> None:
    log = claimed()
    log.add("d-1", attempted(5, send=SPRING), decides=5)
    log.add("d-2", queued(6, SPRING), decides=6)
    log.add("d-1", accepted(5))
    asyncio.run(project(dsn, log))


def _registered(dsn: str, devices: int) -> None:
    log = claimed()
    for number in range(devices):
        log.add(f"d-{number}", REGISTERED)
    asyncio.run(project(dsn, log))


def test_campaign_that_was_begun_elsewhere_is_not_begun_again(
    asking: Run, kafka: str, kafka_topics: Topics, tables: str, tmp_path: Path
) -> None:
    _projected(tables)
    result = asking("send", "--file", str(file_of(tmp_path, 3)), "--campaign", "spring")
    assert result.exit_code == 1
    assert "campaign spring has 2 sends since" in result.stderr
    assert published(kafka, kafka_topics) == {}


def test_campaign_is_not_begun_on_devices_that_are_not_registered(
    asking: Run, kafka: str, kafka_topics: Topics, tables: str, tmp_path: Path
) -> None:
    _registered(tables, 1)
    result = asking("send", "--file", str(file_of(tmp_path, 3)), "--campaign", "spring")
    assert (result.exit_code, published(kafka, kafka_topics)) == (2, {})
    assert "2 of 3 devices are not registered, so nothing was asked for: d-1, d-2." in result.stderr


def test_campaign_begins_on_devices_that_are_registered(
    asking: Run, kafka: str, kafka_topics: Topics, tables: str, tmp_path: Path
) -> None:
    _registered(tables, 1)
    result = asking("send", "--file", str(file_of(tmp_path, 3, devices=1)), "--campaign", "spring")
    assert (result.exit_code, published(kafka, kafka_topics)) == (0, _all(3, devices=1))


def test_campaign_is_shown_with_its_outcomes_over_time(run: Run, tables: str) -> None:
    _projected(tables)
    shown = orjson.loads(run("campaign", "show", "spring", "--every", "1d", "-o", "json").stdout)
    assert (shown["devices"], shown["sends"], shown["outcomes"]) == (2, 2, {"accepted": 1, "waiting": 1})
    assert [(each["state"], each["sends"]) for each in shown["over_time"]] == [("accepted", 1)]


def test_campaign_is_shown_for_people(run: Run, tables: str) -> None:
    _projected(tables)
    lines = run("campaign", "show", "spring").stdout.splitlines()
    assert lines[3].split(maxsplit=1) == ["outcomes", "1 accepted, 1 waiting"]
    assert lines[-2].split() == ["from", "accepted"]


def test_campaign_of_which_nothing_has_ended_is_shown_without_times(run: Run, tables: str) -> None:
    log = claimed()
    log.add("d-2", queued(6, SPRING), decides=6)
    asyncio.run(project(tables, log))
    assert run("campaign", "show", "spring").stdout.splitlines()[-1].split() == ["cancelled_sends", "0"]


def test_person_at_a_terminal_sees_how_far_it_is(
    asking: Run, kafka_topics: Topics, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mendline.command_line.campaign_file.Console", partial(Console, force_terminal=True))
    result = asking("send", "--file", str(file_of(tmp_path, 100)), "--campaign", "spring", "-o", "ids")
    assert (result.exit_code, result.stdout) == (0, "spring\n")
    assert "asked for" in result.stderr
    assert "100/100" in result.stderr


def test_campaigns_are_listed(run: Run, tables: str) -> None:
    _projected(tables)
    assert run("campaign", "list", "-o", "ids").stdout == "spring\n"


@pytest.mark.parametrize("command", ["show", "cancel"])
def test_unknown_campaign_is_not_found(asking: Run, tables: str, command: str) -> None:
    result = asking("campaign", command, "autumn")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "no campaign is called autumn" in result.stderr


def test_cancelling_asks_the_devices_on_which_sends_wait(asking: Run, tables: str, decide: Decide) -> None:
    _projected(tables)
    decided = decide("d-2", CampaignCancelled(campaign="spring", up_to=0, sends=1))
    result = asking("campaign", "cancel", "spring", "--yes", "-o", "csv")
    decided.result()
    assert (result.exit_code, result.stdout) == (0, "device_id,cancelled,refused\nd-2,1,\n")
    assert "1 sends of spring cancelled on 1 devices" in result.stderr


def test_device_that_refuses_to_cancel_is_told(asking: Run, tables: str, decide: Decide) -> None:
    _projected(tables)
    decided = decide("d-2", RequestRefused(reason="unknown_device", detail="who is that"))
    result = asking("campaign", "cancel", "spring", "--yes", "-o", "csv")
    decided.result()
    assert (result.exit_code, result.stdout) == (1, "device_id,cancelled,refused\nd-2,0,who is that\n")


def test_devices_that_do_not_answer_are_told(asking: Run, tables: str) -> None:
    _projected(tables)
    result = asking("campaign", "cancel", "spring", "--yes", "--timeout", "1s")
    assert (result.exit_code, result.stdout) == (6, "")
    assert "not all answered within 1 s" in result.stderr


def test_cancelling_asks_a_person_first(asking: Run, kafka: str, kafka_topics: Topics, tables: str) -> None:
    _projected(tables)
    result = asking("campaign", "cancel", "spring")
    assert result.exit_code == 2
    assert "Cancel what waits of campaign spring on 1 devices?" in result.stderr
    assert published(kafka, kafka_topics) == {}


def test_devices_whose_sends_the_tables_do_not_know_yet_are_cancelled_too(
    asking: Run, tables: str, tmp_path: Path
) -> None:
    _registered(tables, 3)
    asking("send", "--file", str(file_of(tmp_path, 4, devices=3)), "--campaign", "spring")
    result = asking("campaign", "cancel", "spring", "--dry-run", "-o", "ids")
    assert Counter(result.stdout.split()) == Counter(["d-0", "d-1", "d-2"])
