"""Where the servers are: those that the settings name, or those of the Mendline that runs in the data folder."""

from __future__ import annotations

from mendline.data_folder import Addresses, DataFolder
from mendline.errors import NotRunningError
from mendline.kafka_security import security_of
from mendline.settings import Settings
from schemas.cluster import Cluster


def kafka_cluster(settings: Settings) -> Cluster:
    """The brokers; raises NotRunningError and SettingInvalidError."""
    if settings.kafka is not None:
        return Cluster(settings.kafka, security=security_of(settings))
    return _embedded(settings, "MENDLINE_KAFKA to running brokers").cluster


def postgres_address(settings: Settings) -> str:
    """The database; raises NotRunningError."""
    if settings.postgres is not None:
        return settings.postgres.get_secret_value()
    return _embedded(settings, "MENDLINE_POSTGRES to a running database").postgres


def known_postgres(settings: Settings) -> str | None:
    """The database, for whoever can do without; None where none is named and nothing runs."""
    try:
        return postgres_address(settings)
    except NotRunningError:
        return None


def _embedded(settings: Settings, instead: str) -> Addresses:
    folder = DataFolder(settings.data)
    # A process that was killed leaves its addresses behind, but no lock.
    addresses = folder.last_addresses() if folder.locked else None
    if addresses is None:
        raise NotRunningError(
            f"nothing runs in {settings.data}: start `mendline up`, set MENDLINE_DATA to the folder of one that runs, "
            f"or {instead}"
        )
    return addresses
