CREATE TABLE campaigns (
    campaign        text        NOT NULL,
    device_id       text        NOT NULL,
    partition       integer     NOT NULL,
    first_request   bigint      NOT NULL,
    first_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    position        bigint      NOT NULL,
    sends           bigint      NOT NULL,
    cancelled_at    timestamptz,
    cancelled_by    text,
    cancelled_sends bigint      NOT NULL,
    PRIMARY KEY (campaign, device_id, partition)
) WITH (fillfactor = 80);
