"""All of Mendline on a broker that takes TLS and a user's password only."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.topics import Topics
from tests.faults.real.site import Site
from tests.guarded_kafka import PASSWORD, GuardedKafka

PATIENCE_S = 60.0
FLEET = '[[devices]]\ndriver = "simulated-repeatable"\nprefix = "a"\ncount = 1\n'
REFUSED = 3
Ask = Callable[..., str]


@pytest.fixture
async def site(guarded_kafka: GuardedKafka, postgres: str, tmp_path: Path) -> AsyncIterator[Site]:
    """Settings of the guarded broker, its password in a file, and a fleet."""
    (tmp_path / "password").write_text(PASSWORD)
    settings = guarded_kafka.settings(tmp_path / "password") | {"MENDLINE_POSTGRES": postgres}
    with Site(tmp_path, guarded_kafka.addresses["GUARDED"], Topics(f"{uuid4().hex[:12]}-"), settings) as opened:
        await opened.fleet(FLEET)
        yield opened


@pytest.fixture
def ask(site: Site) -> Ask:
    """Runs a command to its end, which has to be a good one; what it says."""

    def run(*arguments: str) -> str:
        program = site.command("-".join(arguments[:2]), *arguments)
        program.start()
        assert program.wait() == 0, program.words()
        return program.words()

    return run


def until_told(ask: Ask, what: str, *arguments: str) -> None:
    """Ask until the answer has it."""
    give_up_at = time.monotonic() + PATIENCE_S
    while what not in (said := ask(*arguments)):
        assert time.monotonic() < give_up_at, said


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_everything_works_through_tls_and_a_password(site: Site, ask: Ask, postgres: str) -> None:
    ask("topics")
    parts = [site.worker(), site.projector(postgres), site.snapshotter()]
    for part in parts:
        part.start()
    ask("device", "add", "a-00001", "--driver", "simulated-repeatable")
    assert "accepted" in ask("send", "a-00001", "628111", "Halo", "--wait")
    until_told(ask, "accepted", "send", "list")
    assert "send_accepted" in ask("timeline", "a-00001", "-o", "json")
    assert "send_accepted" in ask("tail", "--since", "1h", "--until", "0s", "-o", "json")
    ask("verify")
    ask("key", "list")
    until_told(ask, "1 connected", "doctor")
    assert all(part.running for part in parts)
    assert PASSWORD not in "".join(program.all_words() for program in site.programs)


@pytest.mark.parametrize("command", ["worker", "projector", "snapshotter", "tail", "verify", "topics"])
async def test_who_is_not_let_in_says_so_and_ends(site: Site, tmp_path: Path, command: str) -> None:
    (tmp_path / "password").write_text("wrong")
    program = site.command(command, command)
    program.start()
    assert (program.wait(), "MENDLINE_KAFKA_PASSWORD right" in program.words()) == (REFUSED, True), program.words()
