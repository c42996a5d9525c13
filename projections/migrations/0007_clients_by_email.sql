-- PostgreSQL takes no statistics from an index of only some rows: it took an email for one that many clients have, and
-- read all clients by their ids rather than this index.

DROP INDEX clients_lower_idx;
CREATE INDEX ON clients (lower(email));
