"""Certificates of a test's own authority, made by openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "2")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, each in a PEM file."""

    certificate: Path
    key: Path

    @property
    def both(self) -> str:
        """Key and certificate in one, as Kafka's PEM key stores want them."""
        return self.key.read_text() + self.certificate.read_text()


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates; its own is what clients have to trust."""

    folder: Path
    name: str

    @staticmethod
    def made(folder: Path, name: str) -> Authority:
        """A new one, with its certificate and its key in a folder."""
        authority = Authority(folder, name)
        extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
        _make(_named(folder, name), name, "-nodes", *_added(extensions), "-x509")
        return authority

    @property
    def file(self) -> Path:
        """Its certificate."""
        return _named(self.folder, self.name).certificate

    def signed(self, folder: Path, name: str, *, ip: str | None = None, password: str | None = None) -> Certificate:
        """A certificate for a host or a user, its key locked by a password if there is one."""
        made, own = _named(folder, name), _named(self.folder, self.name)
        names = f"subjectAltName=DNS:{name}" + (f",IP:{ip}" if ip else "")
        lock = ("-passout", f"pass:{password}") if password else ("-nodes",)
        signer = ("-x509", "-CA", str(own.certificate), "-CAkey", str(own.key))
        _make(made, name, *lock, *_added((names, "basicConstraints=CA:FALSE")), *signer)
        return made


def _named(folder: Path, name: str) -> Certificate:
    return Certificate(folder / f"{name}.pem", folder / f"{name}.key")


def _make(where: Certificate, name: str, *arguments: str) -> None:
    files = ("-out", str(where.certificate), "-keyout", str(where.key))
    command = ["openssl", "req", *NEW_KEY, "-subj", f"/CN={name}", *files, *arguments]
    subprocess.run(command, check=True, capture_output=True)


def _added(extensions: tuple[str, ...]) -> list[str]:
    return [word for extension in extensions for word in ("-addext", extension)]
