"""What Wablas is asked to send: a path and the fields of a form (www.wablas.com/documentation/api)."""

from __future__ import annotations

import re
from typing import assert_never

from schemas.device.body import Body, Media
from streams.drivers.port import Send

PHONE = re.compile(r"\+?([0-9]{5,20})")
Form = tuple[str, dict[str, str]]


class CannotSendError(Exception):
    """A message is one that Wablas can send: to one phone number, with a text or one file."""


def form_of(send: Send) -> Form:
    """Path and fields; `ref_id` is the message id. Raises CannotSendError."""
    phone = PHONE.fullmatch(send.to)
    if phone is None:  # a comma would make it a message to many
        raise CannotSendError("the recipient is no phone number: give digits, the country's code first")
    path, content = _content(send.body)
    return path, {"phone": phone[1], **content, "ref_id": send.message_id}


def _content(body: Body) -> Form:
    media = body.media
    if media is None:
        if not body.text:
            raise CannotSendError("the message is empty: give a text or a file")
        return "/api/send-message", {"message": body.text}
    return f"/api/send-{media.kind}", {media.kind: media.url, **_caption(media, body.text)}


def _caption(media: Media, text: str) -> dict[str, str]:
    match media.kind:
        case "image" | "video":
            return {"caption": text} if text else {}
        case "document" | "audio":
            if text:
                raise CannotSendError(f"Wablas takes no text with a file of kind {media.kind}: send it on its own")
            return {}
        case _:
            assert_never(media.kind)
