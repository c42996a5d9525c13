-- What the columns mean: docs/reading.md.

CREATE TABLE user_connections (
    partition  integer     NOT NULL,
    user_id    text        NOT NULL,
    connection text        NOT NULL,
    node       text        NOT NULL,
    kind       text        NOT NULL,
    groups     text[]      NOT NULL,
    since      timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    replaced   text,
    ended_at   timestamptz,
    why        text,
    position   bigint      NOT NULL,
    PRIMARY KEY (user_id, partition)
) WITH (fillfactor = 70);

CREATE INDEX ON user_connections (node, user_id) WHERE ended_at IS NULL;
