from __future__ import annotations

from pathlib import Path

import pytest

from mendline.errors import SettingInvalidError
from mendline.settings import default_data_folder, load_settings
from mendline.worker import wanted_drivers


def test_settings_without_an_environment_are_those_of_one_machine() -> None:
    settings = load_settings()
    assert (settings.kafka, settings.postgres, settings.partitions, settings.replication) == (
        None,
        None,
        8,
        1,
    )


def test_environment_variable_sets_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_HANDOVER_S", "1.5")
    assert load_settings().handover_s == 1.5


def test_given_setting_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_KAFKA", "one:9092")
    assert load_settings(kafka="two:9092,three:9092").kafka == "two:9092,three:9092"


def test_setting_given_as_none_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_KAFKA", "one:9092")
    assert load_settings(kafka=None).kafka == "one:9092"


def test_data_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/some/where")
    assert default_data_folder() == Path("/some/where/mendline")


def test_passwords_and_keys_are_not_shown() -> None:
    settings = load_settings(postgres="postgresql://u:verysecret@h/d", installation_key="ab" * 32)
    assert "verysecret" not in repr(settings)
    assert "abab" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PARTITIONS", "many", "MENDLINE_PARTITIONS: Input should be a valid integer"),
        ("PARTITIONS", "0", "MENDLINE_PARTITIONS: Input should be greater than or equal to 1"),
        ("KAFKA", "localhost", "MENDLINE_KAFKA: 'localhost' is no broker: give host:port"),
        ("POSTGRES", "localhost", "MENDLINE_POSTGRES: this is no address of a database: give postgresql://"),
        ("MAX_EXPIRY_D", "15", "MENDLINE_MAX_EXPIRY_D: Input should be less than or equal to 14"),
        ("API_CONNECTIONS", "11", "settings: the three _connections add up to 18: 16 are allowed"),
        ("BACKOFF_MIN_S", "301", "settings: backoff_min_s is above backoff_max_s"),
        ("DEFAULT_EXPIRY_H", "337", "settings: default_expiry_h is above max_expiry_d"),
        ("INSTALLATION_KEY", "short", "settings: installation_key is not 64 hex digits"),
    ],
)
def test_wrong_value_is_explained(monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    monkeypatch.setenv(f"MENDLINE_{name}", value)
    with pytest.raises(SettingInvalidError) as refused:
        load_settings()
    assert str(refused.value).startswith(message)


def test_wrong_database_address_is_not_repeated_with_its_password() -> None:
    with pytest.raises(SettingInvalidError) as refused:
        load_settings(postgres="postgresql//u:verysecret@h/d")
    assert "verysecret" not in str(refused.value)


def test_unknown_driver_in_the_settings_is_told() -> None:
    with pytest.raises(SettingInvalidError, match="MENDLINE_DRIVERS: there is no driver 'wabals'"):
        wanted_drivers(load_settings(drivers="simulated,wabals"))


def test_worker_runs_the_drivers_that_its_settings_name() -> None:
    assert wanted_drivers(load_settings(drivers="wablas, simulated")) == {"wablas", "simulated"}
