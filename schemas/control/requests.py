"""What may be asked of an API key."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.control.rights import Scope
from schemas.marks import Personal
from schemas.message import Request, message


def _each_once(scopes: tuple[Scope, ...]) -> tuple[Scope, ...]:
    if not scopes or len(set(scopes)) < len(scopes):
        raise PydanticCustomError("scopes", "should name one right at least, and none twice")
    return scopes


KeyName = Annotated[
    str, Field(min_length=1, max_length=100, description="what the key is for, or who has it"), Personal()
]
KeyHash = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the key's secret, which itself is never in the log")
]
Scopes = Annotated[
    tuple[Scope, ...], AfterValidator(_each_once), Field(description="what the key may: one right at least, none twice")
]


@message
class KeyCreationRequested(Request):
    """Make the API key, once; whoever asks has drawn its secret."""

    type: ClassVar[str] = "key_creation_requested"
    name: KeyName
    hash: KeyHash
    scopes: Scopes


@message
class KeyRevocationRequested(Request):
    """Let nobody in by this key any more."""

    type: ClassVar[str] = "key_revocation_requested"


ControlRequest = KeyCreationRequested | KeyRevocationRequested
