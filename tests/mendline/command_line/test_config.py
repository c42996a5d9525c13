"""Commands about settings."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.mendline.command_line.conftest import Run

FILE = """
profile = "staging"
postgres = "postgresql://u:verysecret@h/d"

[profiles.staging]
kafka = "staging:1"
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file that others can read, with a secret in it."""
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    path.chmod(0o644)
    return str(path)


def test_each_setting_is_shown_with_where_it_comes_from(run: Run, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_PARTITIONS", "32")
    rows = orjson.loads(run("--config", file, "--data", "/somewhere", "config", "show", "-o", "json").stdout)
    found = {row["setting"]: (row["value"], row["origin"]) for row in rows}
    assert found["kafka"] == ("staging:1", "profile")
    assert found["partitions"] == (32, "environment")
    assert found["data"] == ("/somewhere", "option")
    assert found["replication"] == (1, "default")


def test_secrets_are_masked(run: Run, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_INSTALLATION_KEY", "ab" * 32)
    shown = run("--config", file, "config", "show", "postgres", "installation_key", "-o", "csv").stdout
    assert ("verysecret" in shown, "abab" in shown, "host=h" in shown, "********" in shown) == (
        False,
        False,
        True,
        True,
    )


def test_a_setting_that_there_is_not_is_told(run: Run) -> None:
    result = run("config", "show", "kafak")
    assert (result.exit_code, "did you mean kafka?" in result.stderr) == (2, True)


def test_settings_that_are_right_pass_the_check(run: Run) -> None:
    assert run("config", "check").exit_code == 0


def test_the_check_tells_everything_that_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_PARTITIONS", "0")
    result = run("--kafka", "nowhere", "config", "check", "-o", "jsonl")
    wrong = [row["what"] for row in map(orjson.loads, result.stdout.splitlines()) if row["level"] == "wrong"]
    assert (result.exit_code, [what.split(":")[0] for what in wrong]) == (1, ["--kafka", "MENDLINE_PARTITIONS"])


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("MENDLINE_KAFAK", "x", "did you mean kafka?"),
        ("MENDLINE_INSTALLATION_ID", "x", "belong together"),
    ],
)
def test_the_check_notices_what_may_be_meant_otherwise(
    variable: str, value: str, told: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    result = run("config", "check")
    assert (result.exit_code, told in result.stdout) == (0, True)


def test_the_check_notices_secrets_that_others_can_read(run: Run, file: str) -> None:
    assert "others on this machine can read" in run("--config", file, "config", "check").stdout


def test_profiles_are_listed_with_the_chosen_one(run: Run, file: str) -> None:
    result = run("--config", file, "config", "profiles", "-o", "json")
    assert orjson.loads(result.stdout) == [{"profile": "staging", "chosen": True, "settings": ["kafka"]}]


def test_a_profile_is_what_other_commands_take(run: Run, file: str) -> None:
    result = run("--config", file, "--profile", "production", "device", "list")
    assert (result.exit_code, "has no profile production" in result.stderr) == (2, True)


def test_password_that_reads_as_an_address_is_masked_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_KAFKA", "broker:9093")
    monkeypatch.setenv("MENDLINE_KAFKA_SECURITY", "sasl_tls")
    monkeypatch.setenv("MENDLINE_KAFKA_SASL_MECHANISM", "PLAIN")
    monkeypatch.setenv("MENDLINE_KAFKA_USER", "mendline")
    monkeypatch.setenv("MENDLINE_KAFKA_PASSWORD", "host=verysecret")
    shown = run("config", "show", "-o", "json").output
    assert ("verysecret" in shown, '"sasl_tls"' in shown) == (False, True)
