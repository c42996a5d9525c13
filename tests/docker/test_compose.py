"""docker/compose.yaml against what it relies on, as far as that goes without a Docker engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mendline.command_line.application import COMMANDS
from mendline.embedded import postgres, resolve_jars
from mendline.embedded.kafka_properties import CLUSTER_ID
from mendline.settings import PREFIX, Settings, load_settings
from tests.docker.compose_file import composed, made_environment

OURS = ("topics", "projector", "snapshotter", "worker", "gateway")


@pytest.fixture
def compose(tmp_path: Path) -> dict[str, Any]:
    """The file, filled in."""
    return composed(made_environment(tmp_path))


def test_every_service_of_ours_runs_a_command_that_there_is(compose: dict[str, Any]) -> None:
    assert {compose["services"][name]["command"][0] for name in OURS} <= COMMANDS.keys()


@pytest.mark.parametrize("name", OURS)
def test_every_service_of_ours_has_settings_that_load(
    compose: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = compose["services"][name]["environment"]
    for variable, value in given.items():
        monkeypatch.setenv(variable, str(value))
    load_settings()
    assert {variable.removeprefix(PREFIX).lower() for variable in given} <= Settings.model_fields.keys()


def test_a_service_that_is_waited_for_can_become_what_is_waited_for(compose: dict[str, Any]) -> None:
    services = compose["services"]
    healthy = {name for name, service in services.items() if "healthcheck" in service}
    ending = {name for name, service in services.items() if service["restart"] == "on-failure"}
    able = {"service_healthy": healthy, "service_completed_successfully": ending}
    waits = [wait for service in services.values() for wait in service.get("depends_on", {}).items()]
    assert [name for name, wait in waits if name not in able[wait["condition"]]] == []


def test_every_service_that_stays_is_looked_after(compose: dict[str, Any]) -> None:
    stays = {name: service for name, service in compose["services"].items() if name != "topics"}
    assert {name for name, service in stays.items() if service["restart"] != "unless-stopped"} == set()
    assert {name for name, service in stays.items() if "healthcheck" not in service} == {"snapshotter"}


def test_nothing_is_published_beyond_this_machine(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", ())]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_named_volumes_are_declared_and_used(compose: dict[str, Any]) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", ())]
    named = {mount.split(":")[0] for mount in mounts if not mount.startswith(".")}
    assert named == compose["volumes"].keys()


def test_workers_share_no_data_folder(compose: dict[str, Any]) -> None:
    worker = compose["services"]["worker"]
    assert [mount for mount in worker["volumes"] if "/var/lib/mendline" in mount] == []


def test_kafka_is_of_the_version_and_under_the_id_of_the_embedded_one(compose: dict[str, Any]) -> None:
    kafka = compose["services"]["kafka"]
    embedded = resolve_jars.COORDINATES.split("+")[0].rpartition(":")[2]
    assert (kafka["image"], kafka["environment"]["CLUSTER_ID"]) == (f"apache/kafka:{embedded}", CLUSTER_ID)


def test_postgresql_has_the_embedded_ones_settings(compose: dict[str, Any]) -> None:
    addresses = {"listen_addresses", "unix_socket_directories"}
    wanted = [f"{name}={value}" for name, value in postgres.SETTINGS.items() if name not in addresses]
    assert compose["services"]["postgres"]["command"][2::2] == wanted


def test_without_its_environment_the_file_is_refused() -> None:
    with pytest.raises(KeyError, match="MENDLINE_"):
        composed({})
