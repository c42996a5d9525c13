-- What the columns mean, and their units: docs/reading.md.
-- Indexes have no names of their own: a rebuilt table gets PostgreSQL's, which are then the same as here.

CREATE TABLE checkpoints (
    projection   text    NOT NULL,
    topic        text    NOT NULL,
    partition    integer NOT NULL,
    next_offset  bigint  NOT NULL,
    generation   bigint  NOT NULL,
    claim        text,
    owned        boolean NOT NULL,
    worker       text    NOT NULL,
    last_counted bigint,
    build        bigint  NOT NULL,
    PRIMARY KEY (projection, topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE quarantine (
    projection text    NOT NULL,
    topic      text    NOT NULL,
    partition  integer NOT NULL,
    stream_id  text    NOT NULL,
    position   bigint  NOT NULL,
    type       text    NOT NULL,
    reason     text    NOT NULL,
    held_back  bigint  NOT NULL,
    PRIMARY KEY (projection, topic, partition, stream_id)
);

CREATE TABLE devices (
    partition     integer          NOT NULL,
    device_id     text             NOT NULL,
    driver        text             NOT NULL,
    linked        boolean          NOT NULL,
    name          text             NOT NULL,
    credential    text,
    jid           text,
    pace_min_s    double precision NOT NULL,
    pace_max_s    double precision NOT NULL,
    state         text             NOT NULL,
    reason        text,
    until         timestamptz,
    link          bigint,
    refreshes     bigint           NOT NULL,
    failures      bigint           NOT NULL,
    waiting       bigint           NOT NULL,
    in_flight     bigint[]         NOT NULL,
    registered_at timestamptz      NOT NULL,
    last_event_at timestamptz      NOT NULL,
    position      bigint           NOT NULL,
    PRIMARY KEY (device_id, partition)
) WITH (fillfactor = 70);

CREATE TABLE sends (
    partition           integer NOT NULL,
    request             bigint  NOT NULL,
    request_id          text    NOT NULL,
    device_id           text    NOT NULL,
    recipient           text    NOT NULL,
    body                jsonb   NOT NULL,
    campaign            text,
    not_before          timestamptz,
    expires_at          timestamptz NOT NULL,
    state               text    NOT NULL,
    reason              text,
    until               timestamptz,
    resolution          text,
    attempts            bigint  NOT NULL,
    message_id          text,
    provider_message_id text,
    decided_at          timestamptz NOT NULL,
    queued_at           timestamptz,
    attempted_at        timestamptz,
    settled_at          timestamptz,
    repeats             bigint  NOT NULL,
    sent_at             timestamptz,
    delivered_at        timestamptz,
    read_at             timestamptz,
    failed_at           timestamptz,
    delivery_note       text,
    position            bigint  NOT NULL,
    PRIMARY KEY (partition, request)
) WITH (fillfactor = 80);

CREATE INDEX ON sends (decided_at);
CREATE INDEX ON sends (device_id, decided_at);
CREATE INDEX ON sends (request_id);
CREATE INDEX ON sends (campaign) WHERE campaign IS NOT NULL;
CREATE INDEX ON sends (message_id);
CREATE INDEX ON sends (device_id, provider_message_id);
CREATE INDEX ON sends (device_id, state) WHERE state IN ('waiting', 'attempting', 'reconciling', 'deferred', 'uncertain');

CREATE TABLE refreshes (
    partition  integer NOT NULL,
    device_id  text    NOT NULL,
    refresh    bigint  NOT NULL,
    why        text    NOT NULL,
    cause      text    NOT NULL,
    actor      text,
    steps      text[]  NOT NULL,
    stepped_at timestamptz[] NOT NULL,
    queued_at  timestamptz,
    started_at timestamptz,
    ended_at   timestamptz,
    outcome    text,
    reason     text,
    retry_at   timestamptz,
    position   bigint  NOT NULL,
    PRIMARY KEY (device_id, refresh, partition)
);

CREATE INDEX ON refreshes (partition, device_id) WHERE ended_at IS NULL;

CREATE TABLE refresh_joins (
    partition  integer NOT NULL,
    position   bigint  NOT NULL,
    device_id  text    NOT NULL,
    refresh    bigint  NOT NULL,
    kind       text    NOT NULL,
    request    bigint  NOT NULL,
    request_id text,
    actor      text,
    joined_at  timestamptz NOT NULL,
    PRIMARY KEY (partition, position)
);

CREATE INDEX ON refresh_joins (device_id, refresh);

CREATE TABLE connections (
    partition integer NOT NULL,
    device_id text    NOT NULL,
    link      bigint  NOT NULL,
    kind      text    NOT NULL,
    worker    text    NOT NULL,
    since     timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    ended_at  timestamptz,
    why       text,
    position  bigint  NOT NULL,
    PRIMARY KEY (device_id, partition)
) WITH (fillfactor = 70);
