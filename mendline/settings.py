"""Settings: each has a default that works on one machine, and an environment variable MENDLINE_NAME."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from mendline.errors import SettingInvalidError
from mendline.kafka_settings import KafkaSettings

PREFIX = "MENDLINE_"
MOST_DATABASE_CONNECTIONS = 16
CREDENTIALS = "credentials.toml"
"""In the data folder, unless a setting says otherwise."""

Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0)]


def default_data_folder() -> Path:
    """Where data lie unless a setting says otherwise (XDG base directories)."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "mendline"


def default_jars_cache() -> Path:
    """Where fetched jars lie (XDG base directories)."""
    return _caches() / "jars"


def default_whatsapp_cache() -> Path:
    """Where WhatsApp's host lies once it is built (XDG base directories)."""
    return _caches() / "whatsapp"


def _caches() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mendline"


def _checked_database(value: SecretStr) -> SecretStr:
    try:
        conninfo_to_dict(value.get_secret_value())
    except psycopg.ProgrammingError:
        message = "this is no address of a database: give postgresql://user:password@host:port/database"
        raise ValueError(message) from None
    return value


class Settings(KafkaSettings):
    """All settings of one process."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    postgres: Annotated[SecretStr, AfterValidator(_checked_database)] | None = Field(
        None, description="the database's address; none: an embedded one"
    )
    data: Path = Field(
        default_factory=default_data_folder,
        description="the data folder; else mendline in the XDG data home (~/.local/share)",
    )
    jars: Path | None = Field(None, description="a folder of Kafka's jars; none: fetched once")
    simulator: Path | None = Field(None, description="the simulated fleet's socket; none: in the data folder")
    drivers: str | None = Field(None, description="those that this worker runs, name[,name]; none: all")
    credentials: Path | None = Field(None, description="the file of credentials; none: in the data folder")
    platform_connections: Count = Field(200, description="of a worker to a platform, for all devices together")
    platform_answer_s: Seconds = Field(20, description="how long a platform may take to answer")
    whatsapp_host: Path | None = Field(
        None, description="WhatsApp's built host; none: where `mendline whatsapp build` puts it"
    )
    whatsapp_stand_in: str | None = Field(
        None,
        pattern=r"^127\.0\.0\.1:\d{1,5}/[0-9a-f]{64}$",
        description="a stand-in for WhatsApp on this machine, 127.0.0.1:PORT/ROOT-KEY, and never WhatsApp itself",
    )
    whatsapp_typing_s: float = Field(
        0, ge=0, le=20, description="the longest that a chat is shown typing before a message of WhatsApp; 0: never"
    )
    whatsapp_media_private: bool = Field(
        False,
        description="fetch files of WhatsApp messages also from private addresses: from all that a worker reaches",
    )
    topic_prefix: str = Field("", pattern=r"^[a-zA-Z0-9._-]{0,100}$", description="before every topic's name")
    partitions: Count = Field(8, le=1024, description="of every topic; fixed when the topics are made")
    replication: Count = Field(1, le=9, description="copies of every partition, taken when the topics are made")

    installation_id: str | None = Field(
        None, min_length=1, max_length=100, description="the same on all workers; none: the data folder's"
    )
    installation_key: SecretStr | None = Field(
        None, description="64 hex digits, the same on all workers; none: the data folder's"
    )
    instance_id: str | None = Field(
        None, pattern=r"^[a-zA-Z0-9._-]{1,100}$", description="of this worker; none: the data folder's"
    )

    session_timeout_s: Annotated[float, Field(ge=1)] = Field(6, description="silence that loses a worker its place")
    handover_s: Seconds = Field(3, description="time for running effects when a partition leaves")
    start_limit_s: Seconds = Field(2, description="an effect starts within this after its event's ack, or never")
    reconcile_s: Seconds = Field(60, description="time to find out what became of an attempt")

    snapshot_every_events: Count = Field(50_000, description="of a partition, between two snapshots of it")

    max_waiting: Count = Field(1_000_000, description="sends that may wait on one device; more are refused")
    max_waiting_in_partition: Count = Field(
        4_000_000, description="sends that may wait in one partition; more are refused"
    )
    waiting_bodies_mb: Count = Field(
        128, description="a worker's memory for bodies of waiting sends; others are read again"
    )
    sends_in_flight: Count = Field(
        5000, description="attempts at a time, of all workers together; each has the share of its partitions"
    )
    refreshes_in_flight: Count = Field(200, description="links that are being made at a time, shared likewise")
    links: Count = Field(100_000, description="live links, shared likewise; idle ones are closed to make room")
    pairings: Count = Field(50, description="devices that wait for a phone at a time, shared likewise")
    pairing_s: Seconds = Field(180, description="that a pairing waits for its phone")
    max_attempts: Count = Field(10, description="of a send; after the last one it is rejected")
    backoff_min_s: Seconds = Field(1, description="the most that a device waits after a failure; doubled by each more")
    backoff_max_s: Seconds = Field(300, description="where that doubling ends")
    default_expiry_h: Seconds = Field(
        24, description="of a send without expires_at, from its not_before on if it has one"
    )
    max_expiry_d: Annotated[float, Field(gt=0, le=14)] = Field(14, description="how far ahead expires_at may lie")

    projector_connections: Count = Field(5, description="of a projector to the database")
    api_connections: Count = Field(8, description="of a node of the HTTP API to the database")
    replay_connections: Count = Field(2, description="kept for replays; nothing uses it yet")

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="of what is logged (`mendline up`: in worker.log): debug, info, warning or error"
    )
    log_format: Literal["text", "json"] = Field("text", description="of each line that is logged: text or json")
    api_host: str = Field("127.0.0.1", min_length=1, description="the address that the HTTP API listens on")
    api_port: Annotated[int, Field(ge=1, le=65_535)] = Field(8420, description="its port there")
    api_requests_per_s: Annotated[float, Field(gt=0)] = Field(
        2000, description="that a key may ask of one node; for a moment twice as many"
    )

    hub_host: str = Field("127.0.0.1", min_length=1, description="the address that a node of the hub listens on")
    hub_port: Annotated[int, Field(ge=1, le=65_535)] = Field(8421, description="its port there")
    hub_url: str | None = Field(
        None,
        pattern=r"^wss?://[^/?# ]+(/[^?# ]*)?$",
        max_length=400,
        description="where clients reach the hub, ws://HOST or wss://HOST; none: at hub_host and hub_port",
    )
    hub_origins: str | None = Field(
        None,
        pattern=r"^https?://[^/?#, ]+(,https?://[^/?#, ]+)*$",
        description="the pages that may connect to the hub, https://HOST[,https://HOST]; none: all that have a token",
    )
    hub_connections: Count = Field(20_000, description="of a node of the hub; more are refused")
    hub_connects_per_s: Count = Field(
        1000, description="that a node of the hub takes in; who comes beyond is answered 503"
    )
    hub_history_mb: Count = Field(
        112,
        description="of events that a node of the hub keeps for clients that come back; the longest time away that "
        "costs them no reload is this by what happens in it, some 0.6 KB an event",
    )

    metrics_port: Annotated[int, Field(ge=0, le=65_531)] = Field(
        0,
        description="where this process tells /metrics, /healthz and /readyz; 0: nowhere. Of `mendline up` the worker "
        "has this one, projector, snapshotter, gateway and hub the next four",
    )
    metrics_host: str = Field("127.0.0.1", min_length=1, description="the address that it listens on there")
    ready_lag_s: Seconds = Field(10, description="how far behind the log a projector may be and call itself ready")

    @property
    def group_id(self) -> str:
        """The consumer group of an installation's workers."""
        return f"{self.topic_prefix}mendline"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        connections = self.projector_connections + self.api_connections + self.replay_connections
        problems = {
            f"the three _connections add up to {connections}: {MOST_DATABASE_CONNECTIONS} are allowed": (
                connections > MOST_DATABASE_CONNECTIONS
            ),
            "backoff_min_s is above backoff_max_s": self.backoff_min_s > self.backoff_max_s,
            "default_expiry_h is above max_expiry_d": self.default_expiry_h > self.max_expiry_d * 24,
            "installation_key is not 64 hex digits": not _is_key(self.installation_key),
        }
        broken = [problem for problem, holds in problems.items() if holds]
        if broken:
            raise ValueError("; ".join(broken))
        return self


def api_address(host: str, port: int) -> str:
    """The URL of a node of the HTTP API."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def hub_address(settings: Settings) -> str:
    """Where clients reach the hub: ws:// or wss://, without a path of its own at the end."""
    if settings.hub_url is not None:
        return settings.hub_url.rstrip("/")
    return api_address(settings.hub_host, settings.hub_port).replace("http", "ws", 1)


def credentials_file(settings: Settings) -> Path:
    """Where the credentials of devices lie."""
    return settings.credentials or settings.data / CREDENTIALS


def load_settings(**given: Any) -> Settings:
    """The settings of the environment, `given` ones first; raises SettingInvalidError."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingInvalidError("\n".join(in_words(problem, {}) for problem in error.errors())) from None


def in_words(problem: Any, places: Mapping[str, str]) -> str:
    """What pydantic found wrong; places: where a setting was given, else in its variable."""
    setting = str(problem["loc"][0]) if problem["loc"] else ""
    place = places.get(setting, PREFIX + setting.upper()) if setting else "settings"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}"


def _is_key(key: SecretStr | None) -> bool:
    if key is None:
        return True
    try:
        return len(bytes.fromhex(key.get_secret_value())) == 32
    except ValueError:
        return False
