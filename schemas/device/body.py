"""What is sent: a text, or a medium by reference."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from schemas.marks import Personal, Text
from schemas.message import message


@message
class Media:
    """A file that lies elsewhere; only its address enters the log."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    kind: Annotated[Literal["image", "document", "audio", "video"], Field(description="how the file is shown")]
    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://", description="where the file lies"), Personal()]
    filename: Annotated[Text | None, Field(description="the name it is shown under"), Personal()] = None


@message
class Body:
    """A message's content; text, media (the text is then its caption), or both. At most 64 KiB as JSON."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    text: Annotated[str, Field(description="the text, or the medium's caption"), Personal()] = ""
    media: Annotated[Media | None, Field(description="the file that is sent")] = None
