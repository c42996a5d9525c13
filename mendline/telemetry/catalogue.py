"""Every metric there is: docs/metrics.md is written from this, dashboard and alert rules are checked against it."""

from __future__ import annotations

from mendline.telemetry.metric import Described

OWNED = Described(
    "mendline_worker_partition_owned",
    "gauge",
    ("stream", "partition"),
    "1: the worker is the partition's owner; 0: the group gave it to the worker, which is claiming it",
)
GENERATION = Described(
    "mendline_worker_partition_generation",
    "gauge",
    ("stream", "partition"),
    "generation of the worker's claim; each claim by whomever is one higher",
)
CLAIMS = Described(
    "mendline_worker_claims_total",
    "counter",
    ("stream", "partition"),
    "claims of a partition since the group gave it to this worker",
)
LOST = Described(
    "mendline_worker_claims_lost_total",
    "counter",
    ("stream", "reason"),
    "claims that ended otherwise than by giving the partition up; `NotContiguousError` and `NotOwnerError`: fenced, "
    "`AppendUnknownError`: an append without a clean ack, `NotMemberError`: put out by the group",
)
WAITING = Described(
    "mendline_worker_sends_waiting", "gauge", ("partition",), "sends that wait in their devices' queues"
)
QUARANTINED = Described(
    "mendline_worker_devices_quarantined",
    "gauge",
    ("partition",),
    "devices that stand still because of a bug, until the next claim",
)
BACKLOG = Described(
    "mendline_worker_backlog_events", "gauge", ("stream", "partition"), "events decided and not yet taken for an append"
)
APPENDED = Described("mendline_worker_events_appended_total", "counter", ("stream",), "events acknowledged by the log")
APPENDING = Described(
    "mendline_worker_append_seconds", "histogram", ("stream",), "from asking for an append to its ack, by batch"
)
DECIDED = Described(
    "mendline_worker_decision_seconds",
    "histogram",
    ("stream",),
    "from a request's append, by the broker's clock, to its decision, by the worker's",
)
IN_USE = Described(
    "mendline_worker_budget_in_use",
    "gauge",
    ("budget",),
    "in flight now: `sends` (attempts and questions), `refreshes` (links being made), `links` (live or coming)",
)
LIMIT = Described("mendline_worker_budget_limit", "gauge", ("budget",), "this worker's share of a budget")
LINE = Described(
    "mendline_worker_budget_waiting", "gauge", ("budget",), "devices that wait for a unit: of `sends`, or of `links`"
)
BODIES = Described("mendline_worker_waiting_bodies_bytes", "gauge", (), "bodies of waiting sends that are in memory")
OUTCOMES = Described(
    "mendline_driver_outcomes_total",
    "counter",
    ("driver", "effect", "outcome"),
    "what came of effects, by the driver's answer",
)
EFFECT_SECONDS = Described(
    "mendline_driver_effect_seconds",
    "histogram",
    ("driver", "effect", "outcome"),
    "from an effect's start, at its event's ack, to the driver's answer",
)
WORKER = (
    *(OWNED, GENERATION, CLAIMS, LOST, WAITING, QUARANTINED, BACKLOG, APPENDED, APPENDING, DECIDED),
    *(IN_USE, LIMIT, LINE, BODIES, OUTCOMES, EFFECT_SECONDS),
)

LAG = Described(
    "mendline_projector_lag_events",
    "gauge",
    ("stream", "partition", "model"),
    "events at the end of the log that are not in the read model, when the projector looked last",
)
LAG_SECONDS = Described(
    "mendline_projector_lag_seconds",
    "gauge",
    ("stream", "partition", "model"),
    "how long ago the read model last had every event of the partition; counted from the start until it has",
)
FOLDED = Described(
    "mendline_projector_events_total", "counter", ("stream", "type"), "events that are in the tables now, by their type"
)
REFUSED = Described(
    "mendline_requests_refused_total", "counter", ("stream", "reason"), "requests refused, by the rule they broke"
)
SETTLED = Described(
    "mendline_send_seconds",
    "histogram",
    ("state",),
    "from a send's decision to its end (`accepted`, `rejected`, `uncertain`, …), by its events' times: with all "
    "waiting, also for its `not_before`",
)
ATTEMPT = Described(
    "mendline_send_attempt_seconds", "histogram", (), "from the intent of a send's last attempt to its end"
)
REFRESH = Described(
    "mendline_refresh_seconds",
    "histogram",
    ("result",),
    "from a refresh's start to its end: `succeeded`, or why it failed",
)
LOG_GENERATION = Described(
    "mendline_partition_generation", "gauge", ("stream", "partition"), "generation of the last claim, by the log"
)
HELD = Described(
    "mendline_projector_streams_quarantined",
    "gauge",
    ("stream", "model"),
    "keys whose events a read model cannot apply, and follows no more",
)
PROJECTOR = (LAG, LAG_SECONDS, FOLDED, REFUSED, SETTLED, ATTEMPT, REFRESH, LOG_GENERATION, HELD)

HTTP_REQUESTS = Described(
    "mendline_http_requests_total",
    "counter",
    ("route", "method", "status"),
    "HTTP requests answered, by route template; `(none)`: no route fits",
)
HTTP_SECONDS = Described(
    "mendline_http_request_seconds", "histogram", ("route", "method"), "from an HTTP request to the end of its answer"
)
HTTP_IN_FLIGHT = Described("mendline_http_requests_in_flight", "gauge", (), "HTTP requests that are not answered yet")
GATEWAY = (HTTP_REQUESTS, HTTP_SECONDS, HTTP_IN_FLIGHT)

HUB_CONNECTIONS = Described(
    "mendline_hub_connections",
    "gauge",
    ("state",),
    "sockets of a node: `live`, or `other` (without a token yet, not opened by the log yet, or closing)",
)
HUB_OPENED = Described("mendline_hub_opened_total", "counter", (), "connections that became live")
HUB_TURNED_AWAY = Described(
    "mendline_hub_turned_away_total", "counter", (), "who was answered 503 because too many came at once"
)
HUB_CLOSED = Described(
    "mendline_hub_closed_total",
    "counter",
    ("reason",),
    "sockets that ended, by the reason of their close code; `client`: the client or its system ended it",
)
HUB_TOKENS = Described(
    "mendline_hub_tokens_total", "counter", ("result",), "tokens looked at: `valid`, or why they do not hold"
)
HUB_FRAMES = Described("mendline_hub_frames_total", "counter", (), "frames written to clients")
HUB_BYTES = Described("mendline_hub_written_bytes_total", "counter", (), "bytes of these frames")
HUB_UNSENT = Described(
    "mendline_hub_unsent_bytes", "gauge", (), "what clients have not read yet and the system has not taken"
)
HUB = (HUB_CONNECTIONS, HUB_OPENED, HUB_TURNED_AWAY, HUB_CLOSED, HUB_TOKENS, HUB_FRAMES, HUB_BYTES, HUB_UNSENT)

BY_PROCESS = {"worker": WORKER, "projector": PROJECTOR, "gateway": GATEWAY, "hub": HUB}
