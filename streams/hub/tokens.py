"""Making and checking the tokens of the hub: JWTs signed with a key of the day, which every node can derive."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jwt
from pydantic import ValidationError

from schemas.hub.tokens import ALGORITHM, LIFE_S, Claims

DAY_S = 86_400
PURPOSE = b"hub-token"
OPTIONS: Any = {"require": ["exp", "iat", "sub", "iss", "aud"], "verify_exp": False, "verify_iat": False}
"""Times are looked at here: by a clock that tests can set."""


class TokenInvalidError(ValueError):
    """A token is one of this installation's, in force, and says what tokens say; `code` is the stable word for it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Made(NamedTuple):
    """A token, and when it ends, in seconds since 1970."""

    token: str
    expires_at: int


class Tokens:
    """The tokens of one installation; whoever has its key can make and check them."""

    def __init__(self, installation_id: str, installation_key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._id = installation_id
        self._key = installation_key
        self._clock = clock

    def make(self, user: str, groups: Sequence[str], *, audit: bool = False, pair: bool = False) -> Made:
        """A token for a user who may join what these patterns match."""
        now = int(self._clock())
        said = {"iss": "mendline", "aud": self._id, "sub": user, "iat": now, "exp": now + LIFE_S, "groups": [*groups]}
        if audit:
            said["audit"] = True
        if pair:
            said["pair"] = True
        day = now // DAY_S
        return Made(jwt.encode(said, self._key_of(day), ALGORITHM, {"kid": str(day)}), now + LIFE_S)

    def check(self, token: str) -> Claims:
        """What the token claims; raises TokenInvalidError."""
        try:
            key = self._key_of(self._day_of(token))
            said = jwt.decode(token, key, [ALGORITHM], OPTIONS, audience=self._id, issuer="mendline")
            claims = Claims.model_validate(said)
        except jwt.InvalidAudienceError:
            raise TokenInvalidError("foreign", "the token is another installation's") from None
        except jwt.InvalidSignatureError:
            raise TokenInvalidError("forged", "the token's signature is not this installation's") from None
        except (jwt.InvalidTokenError, ValidationError, ValueError) as error:
            if isinstance(error, TokenInvalidError):
                raise
            raise TokenInvalidError("malformed", "this is no token: POST /api/ws-token makes one") from None
        if claims.exp <= self._clock():
            raise TokenInvalidError("expired", "the token's time is over: POST /api/ws-token makes a new one")
        return claims

    def _day_of(self, token: str) -> int:
        """Which day's key signed it; raises TokenInvalidError for a day that is not near, jwt.InvalidTokenError."""
        kid = jwt.get_unverified_header(token).get("kid", "")
        today = int(self._clock()) // DAY_S
        near = {str(day): day for day in (today - 1, today, today + 1)}
        if kid not in near:
            raise TokenInvalidError("expired", "the token's key is of another day: POST /api/ws-token makes a new one")
        return near[kid]

    def _key_of(self, day: int) -> bytes:
        return hmac.digest(self._key, PURPOSE + str(day).encode(), "sha256")
