"""What came of a platform's report."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.api.document import Document, LogPosition


class ReportsRecorded(Document):
    """Reports that are in the log."""

    recorded: Annotated[list[LogPosition], Field(description="where; none where the report says nothing new")]
