"""What the read side cannot go on with; each message says what to do."""

from __future__ import annotations

from typing import ClassVar


class ProjectionError(Exception):
    """The read side stops until a person acts; nothing is lost, for the log has it all."""

    code: ClassVar[str] = "projection"


class SchemaTooNewError(ProjectionError):
    """The database's schema version is known to this program."""

    code = "schema_too_new"


class SchemaTooOldError(ProjectionError):
    """Every migration this program knows has been applied before it reads or writes."""

    code = "schema_too_old"


class TopicMissingError(ProjectionError):
    """The topic, and each partition asked for, exists."""

    code = "topic_missing"


class CheckpointMismatchError(ProjectionError):
    """A checkpoint counts only if the log at its place carries its claim."""

    code = "checkpoint_mismatch"


class UnknownReadModelError(ProjectionError):
    """A read model stands in projections/catalogue.py."""

    code = "unknown_read_model"


class RebuildUnderWayError(ProjectionError):
    """A read model is rebuilt by one process at a time."""

    code = "rebuild_under_way"


class NotLevelError(ProjectionError):
    """The read models reach a position within the time given."""

    code = "not_level"


class TableInUseError(ProjectionError):
    """A read model's table is replaced only where no view or the like depends on it."""

    code = "table_in_use"
