from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mendline.data_folder import Addresses, DataFolder, Identity
from mendline.errors import FolderInUseError, SettingInvalidError
from mendline.settings import load_settings

LOCK_AND_CRASH = """
import os, pathlib, sys
from mendline.data_folder import DataFolder
with DataFolder(pathlib.Path(sys.argv[1])).lock():
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


def identity(folder: DataFolder) -> Identity:
    return folder.identity(load_settings())


def test_locked_folder_is_refused_to_a_second(folder: DataFolder) -> None:
    with folder.lock(), pytest.raises(FolderInUseError, match="is used by process"), folder.lock():
        pass


def test_lock_dies_with_its_process(folder: DataFolder) -> None:
    crashed = subprocess.run([sys.executable, "-c", LOCK_AND_CRASH, str(folder.path)], check=False)
    assert crashed.returncode == -9
    assert not folder.locked


def test_folder_tells_whether_it_is_locked(folder: DataFolder) -> None:
    with folder.lock():
        assert folder.locked
    assert not folder.locked


def test_identity_is_made_once(folder: DataFolder) -> None:
    assert identity(folder) == identity(folder)


def test_identity_made_by_many_at_once_is_one(folder: DataFolder) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(identity, [folder] * 8))) == 1


def test_settings_come_before_the_folders_identity(folder: DataFolder) -> None:
    given = load_settings(installation_id="here", installation_key="ab" * 32, instance_id="worker-1")
    made = identity(folder)
    assert folder.identity(given) == Identity("here", b"\xab" * 32, "worker-1", made.folder)


def test_only_the_owner_may_read_what_the_folder_keeps(folder: DataFolder) -> None:
    identity(folder)
    folder.keep_addresses(Addresses("127.0.0.1:1", "postgresql://u:p@127.0.0.1:2/d"))
    modes = {path.stat().st_mode & 0o777 for path in folder.path.iterdir()}
    assert (modes, folder.path.stat().st_mode & 0o777) == ({0o600}, 0o700)


def test_damaged_identity_is_not_replaced(folder: DataFolder) -> None:
    identity(folder)
    (folder.path / "identity.json").write_text("{")
    with pytest.raises(SettingInvalidError, match=r"identity\.json is damaged: bring it back from a backup"):
        identity(folder)


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingInvalidError, match=r"cannot be made .*: set MENDLINE_DATA"):
        identity(DataFolder(tmp_path / "file" / "data"))


def test_kept_addresses_are_found(folder: DataFolder) -> None:
    addresses = Addresses("127.0.0.1:1", "postgresql://u:p@127.0.0.1:2/d")
    with folder.lock():
        folder.keep_addresses(addresses)
    assert folder.last_addresses() == addresses


def test_folder_without_addresses_has_none(folder: DataFolder) -> None:
    assert folder.last_addresses() is None
