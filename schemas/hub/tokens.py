"""What a token of the hub claims: a JWT (RFC 7519) that says whose connection it opens, and which groups are its."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from schemas.connection.subjects import NODE
from schemas.hub.groups import GroupPattern
from schemas.marks import Id

ALGORITHM = "HS256"
LIFE_S = 300
"""How long a token holds."""
RENEW_BEFORE_S = 60
"""How long before its token's end a client asks for a new one, and never more often than `RENEW_EVERY_S`."""
RENEW_EVERY_S = 30
GRACE_S = 25
"""How long past its token's end a connection lives."""
MOST_PATTERNS = 100


def _user(user: str) -> str:
    if user.startswith(NODE):
        raise PydanticCustomError("user", "may not begin with node:")
    return user


HubUser = Annotated[Id, AfterValidator(_user), Field(description="the person, by the id that your system knows it by")]
Patterns = Annotated[tuple[GroupPattern, ...], Field(max_length=MOST_PATTERNS)]


class Claims(BaseModel):
    """What the token says, once its signature is known to be ours. Times are seconds since 1970, UTC."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    iss: Literal["mendline"]
    aud: str
    sub: HubUser
    iat: int
    exp: int
    groups: Patterns = ()
    audit: bool = False
    pair: bool = False
