-- What the columns mean: docs/reading.md.

CREATE TABLE clients (
    partition     integer     NOT NULL,
    client_id     text        NOT NULL,
    name          text        NOT NULL,
    email         text,
    phone         text,
    state         text        NOT NULL,
    reason        text,
    created_at    timestamptz,
    last_event_at timestamptz NOT NULL,
    position      bigint      NOT NULL,
    PRIMARY KEY (client_id, partition)
) WITH (fillfactor = 80);

CREATE INDEX ON clients (lower(email)) WHERE email IS NOT NULL;
