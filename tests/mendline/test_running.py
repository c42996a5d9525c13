"""Where commands find the servers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mendline.data_folder import Addresses, DataFolder
from mendline.errors import NotRunningError
from mendline.running import kafka_cluster, known_postgres, postgres_address
from mendline.settings import load_settings
from schemas.cluster import Cluster, Security

EMBEDDED = Addresses(kafka="127.0.0.1:20001", postgres="postgresql://127.0.0.1:20002/x")
BROKER = Cluster("broker:9092")


def test_settings_name_the_servers(tmp_path: Path) -> None:
    settings = load_settings(kafka="broker:9092", postgres="postgresql://db/x", data=tmp_path)
    assert (kafka_cluster(settings), postgres_address(settings)) == (BROKER, "postgresql://db/x")


def test_what_runs_in_the_data_folder_is_found(tmp_path: Path) -> None:
    settings, folder = load_settings(data=tmp_path), DataFolder(tmp_path)
    with folder.lock():
        folder.keep_addresses(EMBEDDED)
        assert (kafka_cluster(settings), postgres_address(settings)) == (EMBEDDED.cluster, EMBEDDED.postgres)


def test_settings_go_before_what_runs_here(tmp_path: Path) -> None:
    settings, folder = load_settings(kafka="broker:9092", data=tmp_path), DataFolder(tmp_path)
    with folder.lock():
        folder.keep_addresses(EMBEDDED)
        assert (kafka_cluster(settings), postgres_address(settings)) == (BROKER, EMBEDDED.postgres)


def test_addresses_that_a_killed_process_left_behind_are_stale(tmp_path: Path) -> None:
    DataFolder(tmp_path).keep_addresses(EMBEDDED)
    with pytest.raises(NotRunningError, match="start `mendline up`"):
        kafka_cluster(load_settings(data=tmp_path))


def test_a_database_may_be_missing_where_only_brokers_are_needed(tmp_path: Path) -> None:
    settings = load_settings(kafka="broker:9092", data=tmp_path)
    assert kafka_cluster(settings) == BROKER
    with pytest.raises(NotRunningError, match="MENDLINE_POSTGRES"):
        postgres_address(settings)


def test_who_can_do_without_a_database_takes_the_one_that_runs_here(tmp_path: Path) -> None:
    settings, folder = load_settings(data=tmp_path), DataFolder(tmp_path)
    with folder.lock():
        folder.keep_addresses(EMBEDDED)
        assert known_postgres(settings) == EMBEDDED.postgres
    assert known_postgres(settings) is None


def test_what_lets_clients_in_is_found_with_the_brokers(tmp_path: Path) -> None:
    security = Security("SASL_SSL", mechanism="PLAIN", user="mendline", password="secret")
    settings, folder = load_settings(data=tmp_path), DataFolder(tmp_path)
    with folder.lock():
        folder.keep_addresses(replace(EMBEDDED, security=security))
        assert kafka_cluster(settings) == Cluster(EMBEDDED.kafka, security=security)
    assert (tmp_path / "addresses.json").stat().st_mode & 0o077 == 0
