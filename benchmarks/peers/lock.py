"""Writes the locks of all peers anew: `python -m benchmarks.peers.lock`, part of `make lock`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from benchmarks.peers.builds import UV
from mendline.embedded.resolve_jars import resolve

FOLDER = Path(__file__).parent
# Eclipse's compiler is among them, because a JRE has none.
COORDINATES = "+".join(
    (
        "io.confluent.parallelconsumer:parallel-consumer-reactor:0.5.3.3",
        "com.fasterxml.jackson.core:jackson-databind:2.19.0",
        "org.slf4j:slf4j-nop:1.7.36",
        "org.eclipse.jdt:ecj:3.45.0",
    )
)


def main() -> None:
    """Resolve what each peer asks for."""
    for wanted in sorted(FOLDER.glob("*/requirements.in")):
        options = ["--quiet", "--system-certs", "--universal", "--generate-hashes", "--no-header", "--upgrade"]
        lock = wanted.with_name("requirements.lock")
        command = [str(UV), "pip", "compile", *options, wanted.name, "-o", lock.name]
        subprocess.run(command, cwd=wanted.parent, check=True)
    resolve(COORDINATES, FOLDER / "parallel_consumer" / "jars.lock.toml")


if __name__ == "__main__":
    main()
