"""What is asked over HTTP: the bodies of requests, checked again as every producer's by whoever owns the key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.client.requests import Company, Email, Name, NewEmail, NewUserId, Phone, UserId
from schemas.device import requests as device
from schemas.device.body import Body
from schemas.hub.tokens import HubUser, Patterns
from schemas.marks import GivenMoment, Id, Text


class Asked(BaseModel):
    """A body; a field that it does not know is refused, lest a misspelt one is lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ClientCreation(Asked):
    """A client to be created, once."""

    id: Annotated[Id | None, Field(description="its id; none: made of the Idempotency-Key, or new")] = None
    name: Name = ""
    email: Email | None = None
    phone: Phone | None = None
    company: Company | None = None
    user_id: Annotated[UserId | None, Field(alias="userId")] = None


class ClientChange(Asked):
    """What is to change of a client; what is not given stays, what is given empty goes."""

    name: Name | None = None
    email: NewEmail | None = None
    phone: Phone | None = None
    company: Company | None = None
    user_id: Annotated[NewUserId | None, Field(alias="userId")] = None


class SendBody(Asked):
    """A message to be sent, once."""

    device_id: Annotated[Id, Field(description="the device that sends it")]
    to: device.To
    body: Annotated[Body, Field(description="what is sent")]
    request_id: Annotated[Id | None, Field(description="names the send for ever; none: the Idempotency-Key")] = None
    campaign: device.Campaign | None = None
    not_before: Annotated[GivenMoment | None, Field(description="not sent earlier")] = None
    expires_at: Annotated[GivenMoment | None, Field(description="not sent later; default 24 h, at most 14 d")] = None


class SendResolution(Asked):
    """What became of an uncertain send, or what to do."""

    resolution: Annotated[
        Literal["sent", "send_again", "give_up"], Field(description="what became of it, or what to do")
    ]


class DeviceRegistration(Asked):
    """A device to be added to the fleet."""

    id: Annotated[Id, Field(description="the device's id")]
    driver: device.Driver
    name: device.Name = ""
    credential: device.Credential | None = None
    pace_min_s: device.PaceMin = 0.0
    pace_max_s: device.PaceMax = 0.0


class DeviceChange(Asked):
    """What is to change of a device; what is not given stays."""

    name: device.Name | None = None
    credential: device.Credential | None = None
    pace_min_s: device.PaceMin | None = None
    pace_max_s: device.PaceMax | None = None


class DevicePark(Asked):
    """Why a device is to stop sending, and until when."""

    reason: Annotated[Text, Field(description="why, for whoever looks later")] = "asked"
    until: Annotated[GivenMoment | None, Field(description="resumes by itself then; none: by a person")] = None


class DevicePairing(Asked):
    """How a device is to be paired."""

    method: device.PhoneMethod = "qr"
    phone: Annotated[Text | None, Field(description="for method code: the phone on which it is typed")] = None


class HubTokenWish(Asked):
    """A token for somebody who is to connect to the hub."""

    user: HubUser
    groups: Annotated[
        Patterns | None,
        Field(description="what he may join; none: all that the key's rights allow. `user:USER` he always may"),
    ] = None
    audit: Annotated[bool, Field(description="see what is personal unmasked; needs a key that has audit")] = False
    pair: Annotated[
        bool, Field(description="see the codes of pairings: who has one can take the account; needs operate")
    ] = False
