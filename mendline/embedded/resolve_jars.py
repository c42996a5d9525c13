"""Writes kafka-jars.lock.toml anew: `python -m mendline.embedded.resolve_jars`, part of `make lock`."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from mendline.embedded.jars import LOCK

# "!" keeps the second one's bill of materials from replacing kafka-clients by an older version.
COORDINATES = "org.apache.kafka:kafka_2.13:4.1.0+org.apache.logging.log4j:log4j-slf4j-impl:2.24.3!"


def resolve(coordinates: str, lock: Path) -> None:
    """Write to `lock` what the coordinates need, with checksums and without addresses."""
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as folder:
        maven = MavenContext(repo_cache=Path(folder, "repository"), timeout=60)
        environment = EnvironmentBuilder(context=maven, cache_dir=Path(folder)).from_endpoint(coordinates)
        resolved = tomllib.loads((environment.path / "jgo.lock.toml").read_text())
    entries = sorted(resolved["dependencies"], key=lambda entry: (entry["groupId"], entry["artifactId"]))
    lock.write_text(f"# {coordinates}\n" + "".join(_entry(entry) for entry in entries))


def _entry(entry: dict[str, str]) -> str:
    fields = {"group": "groupId", "artifact": "artifactId", "version": "version", "sha256": "sha256"}
    return "\n[[jar]]\n" + "".join(f'{ours} = "{entry[theirs]}"\n' for ours, theirs in fields.items())


if __name__ == "__main__":
    resolve(COORDINATES, LOCK)
