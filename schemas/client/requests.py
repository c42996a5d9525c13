"""What may be asked of a client, a customer record."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from schemas.edition import Edition
from schemas.marks import ID_CHARACTERS, Id, Personal, Text
from schemas.message import Request, message
from schemas.uniqueness.questions import UniquenessAnswered

_ADDRESS = r"[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+"
Name = Annotated[Text, Field(description="the client's name"), Personal()]
Email = Annotated[
    str, Field(max_length=254, pattern=f"^{_ADDRESS}$", description="an address that no other client has"), Personal()
]
Phone = Annotated[Text, Field(description="the client's phone number"), Personal()]
Company = Annotated[Text, Field(description="the company that the client belongs to"), Personal()]
UserId = Annotated[
    Id, Field(description="who the client is to the program that asks; several clients may have the same")
]
NewEmail = Annotated[
    str,
    Field(max_length=254, pattern=f"^({_ADDRESS})?$", description="the new address; empty: none any more"),
    Personal(),
]
NewUserId = Annotated[
    str,
    Field(
        pattern=f"^[{ID_CHARACTERS.replace(' ', '')}]{{0,128}}$", description="as at its creation; empty: none any more"
    ),
]


@message
class ClientCreationRequested(Request):
    """Create the client, once; the same id again changes nothing."""

    type: ClassVar[str] = "client_creation_requested"
    name: Name = ""
    email: Email | None = None
    phone: Phone | None = None
    company: Company | None = None
    user_id: UserId | None = None


@message
class ClientChangeRequested(Request):
    """Change what is given; what is not given stays, what is given empty goes."""

    type: ClassVar[str] = "client_change_requested"
    name: Name | None = None
    email: NewEmail | None = None
    phone: Phone | None = None
    company: Company | None = None
    user_id: NewUserId | None = None
    edition: Edition | None = None


@message
class ClientRemovalRequested(Request):
    """Remove the client; its email is free for others then."""

    type: ClassVar[str] = "client_removal_requested"
    edition: Edition | None = None


ClientRequest = ClientCreationRequested | ClientChangeRequested | ClientRemovalRequested | UniquenessAnswered
