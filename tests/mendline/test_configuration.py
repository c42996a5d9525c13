"""Where settings come from, and which wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from mendline.configuration import Choice, Origin, default_file, load_configuration
from mendline.errors import SettingInvalidError

FILE = """
profile = "staging"
kafka = "file:1"
partitions = 16

[profiles.staging]
kafka = "staging:1"

[profiles.production]
kafka = "production:1"
replication = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with two profiles."""
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return path


def _kafka(choice: Choice) -> tuple[str | None, Origin]:
    settings, given = load_configuration(choice)
    return settings.kafka, given["kafka"].origin


def test_without_a_file_everything_has_its_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings, given = load_configuration(Choice())
    assert (settings.partitions, given) == (8, {})


def test_the_file_is_looked_for_where_users_keep_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/u/c")
    assert default_file() == Path("/home/u/c/mendline/config.toml")


def test_the_files_usual_profile_wins_over_what_it_says_for_all(file: Path) -> None:
    assert _kafka(Choice(file=file)) == ("staging:1", Origin.PROFILE)


def test_what_a_profile_does_not_say_the_file_says_for_all(file: Path) -> None:
    settings, given = load_configuration(Choice(file=file))
    assert (settings.partitions, given["partitions"].origin) == (16, Origin.FILE)


def test_a_profile_that_is_asked_for_wins_over_the_usual_one(file: Path) -> None:
    assert _kafka(Choice(file=file, profile="production")) == ("production:1", Origin.PROFILE)


def test_the_environment_wins_over_a_profile(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_KAFKA", "environment:1")
    assert _kafka(Choice(file=file)) == ("environment:1", Origin.ENVIRONMENT)


def test_an_option_wins_over_everything(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_KAFKA", "environment:1")
    assert _kafka(Choice({"kafka": "option:1", "data": None}, file)) == ("option:1", Origin.OPTION)


def test_the_environment_chooses_file_and_profile(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENDLINE_CONFIG", str(file))
    monkeypatch.setenv("MENDLINE_PROFILE", "production")
    assert load_configuration(Choice())[0].replication == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("kafak = 'x:1'", "kafak is no setting: did you mean kafka?"),
        ("[profiles.a]\nnonsense = 1", "profile a: nonsense is no setting"),
        ("kafka = 'x'", "config.toml, kafka: 'x' is no broker"),
        ("profile = 'a'\n[profiles.a]\npartitions = 0", "profile a, partitions: Input should be greater"),
        ("profile = 'b'\n[profiles.a]", "has no profile b: it has a; write"),
        ("profile = 3", "profile is to name one"),
        ("profiles = 'a'", "profiles are tables"),
        ("kafka = ", "config.toml is not TOML"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(content: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(content)
    with pytest.raises(SettingInvalidError) as error:
        load_configuration(Choice(file=path))
    assert told in str(error.value)


def test_a_file_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalidError, match=r"there is no .*: write it, or leave --config"):
        load_configuration(Choice(file=tmp_path / "none.toml"))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalidError, match="cannot be read"):
        load_configuration(Choice(file=tmp_path))
