-- Lists of sends by campaign and by state, newest first, counting a campaign's outcomes, and lists of clients by state.
-- What they cost the projector stands in benchmarks/README.md. Accepted sends and live clients, most of all, are found
-- by time and by id: no index of states has them.

DROP INDEX sends_campaign_idx;
CREATE INDEX ON sends (campaign, decided_at) INCLUDE (state) WHERE campaign IS NOT NULL;
CREATE INDEX ON sends (campaign, state, decided_at) WHERE campaign IS NOT NULL AND state <> 'accepted';
CREATE INDEX ON sends (state, decided_at) WHERE state <> 'accepted';
DROP INDEX sends_device_id_state_idx;
CREATE INDEX ON sends (device_id, state, decided_at) WHERE state <> 'accepted';
CREATE INDEX ON clients (state, client_id) WHERE state <> 'live';
