"""What every document is: a frozen value whose fields say what they mean; and a page of them."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

D = TypeVar("D")

LogPosition = Annotated[
    str,
    Field(
        pattern=r"^[a-z-]+/\d+/\d+$",
        description="topic/partition/offset, the topic without the installation's prefix",
        examples=["device-events/3/1234"],
    ),
]
LastPosition = Annotated[LogPosition, Field(description="of the last event that concerned it; `at_least` takes it")]
RequestPosition = Annotated[LogPosition, Field(description="of its request")]
Count = Annotated[int, Field(ge=0)]


def _open(schema: dict[str, Any]) -> None:
    schema.pop("additionalProperties", None)


class Document(BaseModel):
    """What is answered; nothing is left out, what is not known is null.

    Whoever reads by the description must let fields be that it does not name: version 1 may add some.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, json_schema_extra=_open)


class Page(Document, Generic[D]):
    """Some of a list, in its order."""

    items: Annotated[list[D], Field(description="at most as many as were asked for, never more than 1,000")]
    next: Annotated[str | None, Field(description="the `cursor` of the next page; null: this is the last")]
