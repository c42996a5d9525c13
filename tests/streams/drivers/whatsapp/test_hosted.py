"""A host that is told of a stand-in is one that can talk to nothing else."""

from __future__ import annotations

from pathlib import Path

from streams.drivers.catalogue import WhatsAppHost
from streams.drivers.whatsapp.hosted import program_of

HOST = Path("/built/host")


def test_host_of_a_stand_in_is_started_for_that_only() -> None:
    program = program_of(WhatsAppHost(HOST, "", "127.0.0.1:2000/abcd"), "w1")

    assert program.options == ("--stand-in",)
    assert (program.hello.stand_in, program.hello.stand_in_root) == ("127.0.0.1:2000", "abcd")


def test_host_of_whatsapp_is_told_of_no_stand_in() -> None:
    program = program_of(WhatsAppHost(HOST, "postgresql://somewhere"), "w1")

    assert program.options == ()
    assert (program.hello.stand_in, program.hello.stand_in_root) == ("", "")
    assert (program.hello.database, program.hello.worker) == ("postgresql://somewhere", "w1")


def test_host_fetches_from_private_addresses_only_where_that_is_set() -> None:
    asked = WhatsAppHost(HOST, "", media_private=True), WhatsAppHost(HOST, "")

    assert [program_of(host, "w1").hello.media_private for host in asked] == [True, False]


def test_host_shows_nobody_typing_unless_that_is_set() -> None:
    asked = WhatsAppHost(HOST, "", typing_s=2.5), WhatsAppHost(HOST, "")

    assert [program_of(host, "w1").hello.typing_ms for host in asked] == [2500, 0]
