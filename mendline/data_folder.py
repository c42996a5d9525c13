"""The data folder: one process at a time, who this installation is, and where its servers listen."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from mendline.errors import FolderInUseError, SettingInvalidError
from mendline.settings import Settings
from schemas.cluster import UNSECURED, Cluster, Security


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an installation is (the same on all its workers), and which of its workers this one is.

    folder: names the data folder, whatever the settings call the worker.
    """

    installation_id: str
    installation_key: bytes = field(repr=False)
    instance_id: str
    folder: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the brokers and the database listen, and what lets clients in."""

    kafka: str
    postgres: str = field(repr=False)
    security: Security = UNSECURED

    @property
    def cluster(self) -> Cluster:
        """The brokers."""
        return Cluster(self.kafka, security=self.security)

    @staticmethod
    def of(fields: Mapping[str, Any]) -> Addresses:
        """The addresses whose fields `dataclasses.asdict` gave."""
        return Addresses(**{**fields, "security": Security(**fields.get("security", {}))})


class DataFolder:
    """A folder that only its user may open."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes out while the context lasts, or this process; raises FolderInUseError."""
        self._make()
        with (self.path / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderInUseError(_in_use(self.path, file.name)) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    @property
    def locked(self) -> bool:
        """Whether a process (this one too) holds the lock."""
        try:
            with (self.path / "lock").open("r") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except BlockingIOError:
            return True
        return False

    def identity(self, settings: Settings) -> Identity:
        """The identity that the settings give, completed by the folder's own, which is made once."""
        made = self._made_identity()
        key = settings.installation_key
        return Identity(
            installation_id=settings.installation_id or made["installation_id"],
            installation_key=bytes.fromhex(key.get_secret_value() if key else made["installation_key"]),
            instance_id=settings.instance_id or made["instance_id"],
            folder=made["instance_id"],
        )

    def last_addresses(self) -> Addresses | None:
        """Where the servers listened when the folder was last used."""
        try:
            return Addresses.of(json.loads((self.path / "addresses.json").read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def keep_addresses(self, addresses: Addresses) -> None:
        """Tell other processes where the servers listen."""
        self._written(json.dumps(asdict(addresses))).replace(self.path / "addresses.json")

    def secret(self, name: str) -> str | None:
        """What was kept under that name."""
        try:
            return (self.path / name).read_text()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def keep_secret(self, name: str, text: str) -> None:
        """Keep a text in a file that only its owner may read; it is on the disk once this returns."""
        self._written(text).replace(self.path / name)

    def _made_identity(self) -> dict[str, str]:
        self._make()
        file = self.path / "identity.json"
        if not file.exists():
            self._make_identity(file)
        try:
            found: dict[str, str] = json.loads(file.read_text())
            bytes.fromhex(found["installation_key"])
        except (ValueError, KeyError, TypeError):
            message = f"{file} is damaged: bring it back from a backup, a new one would be another installation"
            raise SettingInvalidError(message) from None
        return found

    def _make_identity(self, file: Path) -> None:
        made = {
            "installation_id": str(uuid4()),
            "installation_key": secrets.token_hex(32),
            "instance_id": f"worker-{secrets.token_hex(4)}",
        }
        written = self._written(json.dumps(made))
        try:
            # Linked and not renamed: of two processes that make one, both use the first.
            os.link(written, file)
        except FileExistsError:
            pass
        finally:
            written.unlink()

    def _written(self, text: str) -> Path:
        # A temporary file is readable by its owner only (0600).
        descriptor, name = tempfile.mkstemp(dir=self.path, suffix=".writing")
        with open(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return Path(name)

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = f"the data folder {self.path} cannot be made ({error.strerror}): set MENDLINE_DATA"
            raise SettingInvalidError(message) from error


def _in_use(folder: Path, lock: str) -> str:
    owner = Path(lock).read_text() or "unknown"
    return f"{folder} is used by process {owner}: stop it, or set MENDLINE_DATA to another folder"
