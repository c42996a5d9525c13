"""What a worker and its WhatsApp host say to each other: the one description, from which the Go side is made.

One JSON object a line, told apart by `type`, which is the class's name in snake case. Every field is always there
from Python, and may be missing from Go where it is empty: `""`, `0`, `False` and `[]` mean "none". Moments are
milliseconds since 1970 (UTC). `id` numbers what is asked: exactly one answer carries it back. After a change:
`python -m streams.drivers.whatsapp.go_source` writes `host/wire/protocol_gen.go` anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

VERSION = 4

LinkWhy = Literal[
    "unknown_jid", "store_damaged", "database_away", "dial_failed", "handshake_failed", "no_login", "logged_out",
    "banned", "temporary_ban", "client_outdated", "refused", "server_error", "cut", "replaced", "restarted",
    "mute", "unnoted", "closed", "busy", "crashed",
]  # fmt: skip
"""Why a link could not be made, or ended (docs/decisions/0011-whatsapp.md has each one's outcome)."""

SendWhy = Literal[
    "not_connected", "bad_recipient", "not_on_whatsapp", "no_devices", "no_keys", "not_encrypted", "bad_body",
    "media_unreachable", "media_refused", "lookup_failed", "no_ack", "refused", "cut", "database_away", "crashed",
]  # fmt: skip
"""Why a send was not acknowledged; `NotSent.written` says whether its frame may have left."""

PairWhy = Literal[
    "dial_failed", "handshake_failed", "bad_phone", "refused", "server_error", "expired", "rejected", "cut",
    "client_outdated", "database_away", "closed", "busy", "crashed", "unknown_jid", "store_damaged",
]  # fmt: skip
"""Why a pairing came to nothing."""

MediaKind = Literal["", "image", "document", "audio", "video"]
ReceiptKind = Literal["delivered", "read", "played", "server_error"]
SignalKind = Literal["qr", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """First line of a worker: who it is, and what the host may use."""

    version: int
    worker: str
    database: str
    """The address (URL or key=value) of the PostgreSQL database with the `whatsmeow_*` tables."""
    connections: int = 16
    """To the database, for all links together."""
    memory_mb: int = 450
    """The Go runtime works harder rather than pass it."""
    dials: int = 64
    """Connects at work at once; more wait, within their deadline."""
    notes: int = 64
    """Receipts and incoming messages that may wait for Noted at once, of all links; more wait in the host."""
    note_ms: int = 60_000
    """How long one may wait; then its link ends, and WhatsApp tells it again when the device connects."""
    log: Literal["none", "warn", "debug"] = "none"
    """What whatsmeow itself says, to stderr; it names people's numbers."""
    typing_ms: int = 0
    """The longest that a chat is shown, before a message, that somebody types; 0: never."""
    media_private: bool = False
    """Files of media may also be fetched from addresses that are not public."""
    stand_in: str = ""
    """Only for a host that was started with --stand-in: HOST:PORT on loopback, in place of WhatsApp."""
    stand_in_root: str = ""
    """The stand-in's root key, in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """Make link number `link` with the stored session of `jid`; answered by Connected or ConnectFailed."""

    id: int
    device_id: str
    link: int
    jid: str
    """With its device number, as the tables have it: `15550100001:3@s.whatsapp.net`."""
    deadline_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send over a link that is up; answered by Sent or NotSent."""

    id: int
    device_id: str
    link: int
    message_id: str
    """Ours; WhatsApp's id follows from it, the same in every attempt."""
    attempt: int
    to: str
    """A number in digits (with or without +), or a JID of a person (`@s.whatsapp.net`, `@lid`) or a group (`@g.us`)."""
    text: str = ""
    media: MediaKind = ""
    media_url: str = ""
    media_name: str = ""
    timeout_ms: int = 30_000
    """From the frame's write to its acknowledgement; what comes before has its own limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """End a link, up or still connecting; answered by Closed, also when there is none."""

    id: int
    device_id: str
    link: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Make a new session; answered by Paired or PairFailed once no connection is left of it, after PairingSignals."""

    id: int
    device_id: str
    pairing: int
    phone: str = ""
    """With a number: a code to type in there; without: QR codes."""
    jid: str = ""
    """With one: no phone is asked and nothing connected, only whether its session can be read in the tables."""
    deadline_ms: int = 160_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpair:
    """End a pairing that is under way, and a session at WhatsApp and in the tables; answered by Unpaired."""

    id: int
    device_id: str
    pairing: int
    """-1: none is."""
    jid: str
    """Empty: no session was made. It is logged out over a connection of its own, where none is up."""
    deadline_ms: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A Receipt or Incoming of that id is in the log: WhatsApp may be told that it arrived. Not answered."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFigures:
    """Answered by Figures."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """First line of a host that has its database; it may take as long as the database is away."""

    version: int
    whatsmeow: str
    """The library's version."""
    client_version: str
    """The version of WhatsApp Web that it claims to be."""
    stand_in: bool = False
    """Whether it talks to a stand-in, and never to WhatsApp."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The host cannot work like that, and ends."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The link is up and logged in."""

    id: int
    device_id: str
    link: int
    jid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectFailed:
    """The link was not made, and nothing of it is left."""

    id: int
    device_id: str
    link: int
    why: LinkWhy
    code: int = 0
    """The server's own, where it gave one."""
    until: int = 0
    """The end of a ban."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """WhatsApp's server acknowledged the message, and something was encrypted for its recipient."""

    id: int
    whatsapp_id: str
    """What receipts call it."""
    chat: str
    """Where it went: a number's LID, once resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Not acknowledged. Not `written`: certainly nothing left."""

    id: int
    why: SendWhy
    written: bool = False
    code: int = 0
    """The server's own, where it gave one."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Nothing of the link is left."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The new session is stored, and has logged in once, as the phone waits for that."""

    id: int
    device_id: str
    pairing: int
    jid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFailed:
    """No session was made; what was stored on the way is deleted."""

    id: int
    device_id: str
    pairing: int
    why: PairWhy
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaired:
    """The keys are gone."""

    id: int
    device_id: str
    told: bool = False
    """Whether WhatsApp was told, too: else the phone lists the device until somebody removes it there."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the host is."""

    id: int
    links: int
    goroutines: int
    heap_mb: int
    rss_mb: int
    database_connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """A connect reached a step."""

    device_id: str
    link: int
    step: Literal["session_found", "dialled", "logged_in"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEnded:
    """A link that was up is down; sends over it are answered by themselves."""

    device_id: str
    link: int
    why: LinkWhy
    code: int = 0
    until: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingSignal:
    """What a person needs for pairing now; the newest counts. Never for the log."""

    device_id: str
    pairing: int
    kind: SignalKind
    value: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A recipient's device has, or has shown, messages of ours. WhatsApp tells it again until it is Noted."""

    id: int
    """The host's; for Noted."""
    device_id: str
    link: int
    kind: ReceiptKind
    whatsapp_ids: list[str] = field(default_factory=list)
    sender: str = ""
    at: int = 0
    is_group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """Somebody wrote to the device. WhatsApp tells it again until it is Noted.

    What was written on the phone itself, or on another of its linked devices, is not told.
    """

    id: int
    """The host's; for Noted."""
    device_id: str
    link: int
    whatsapp_id: str
    chat: str
    sender: str
    sender_phone: str = ""
    """The sender's number in digits, where WhatsApp told it."""
    at: int = 0
    text: str = ""
    shortened: bool = False
    """Whether the text was longer than a body may be."""
    media: MediaKind = ""
    """Its file is not fetched."""
    reply_to: str = ""
    """WhatsApp's id of the message that it answers."""
    is_group: bool = False


ToHost = Hello | Connect | Send | Close | Pair | Unpair | Noted | AskFigures
ToWorker = (
    Welcome
    | Refused
    | Connected
    | ConnectFailed
    | Sent
    | NotSent
    | Closed
    | Paired
    | PairFailed
    | Unpaired
    | Figures
    | Advanced
    | LinkEnded
    | PairingSignal
    | Receipt
    | Incoming
)
