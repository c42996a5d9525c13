"""docker/make-env: an installation's secrets, made once."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.docker.compose_file import made_environment


def test_containers_of_ours_never_run_as_root(tmp_path: Path) -> None:
    own = f"{os.getuid()}:{os.getgid()}"
    assert made_environment(tmp_path)["MENDLINE_USER"] == (own if os.getuid() else "10001:10001")


def test_secrets_are_read_by_their_owner_only(tmp_path: Path) -> None:
    made_environment(tmp_path)
    files = (tmp_path / ".env", tmp_path / "credentials" / "credentials.toml")
    assert [oct(file.stat().st_mode & 0o777) for file in files] == ["0o600", "0o600"]


def test_two_installations_have_no_secret_in_common(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = made_environment(tmp_path / "one"), made_environment(tmp_path / "other")
    secrets = ("MENDLINE_POSTGRES_PASSWORD", "MENDLINE_INSTALLATION_ID", "MENDLINE_INSTALLATION_KEY")
    assert [name for name in secrets if one[name] == other[name]] == []


def test_an_installations_key_is_never_made_anew(tmp_path: Path) -> None:
    made_environment(tmp_path)
    before = (tmp_path / ".env").read_text()
    again = subprocess.run([tmp_path / "make-env"], capture_output=True, text=True, check=False)
    assert (again.returncode, (tmp_path / ".env").read_text()) == (1, before)
    assert "another installation" in again.stderr
