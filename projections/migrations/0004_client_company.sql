-- What the columns mean: docs/reading.md.

ALTER TABLE clients ADD COLUMN company text;
ALTER TABLE clients ADD COLUMN user_id text;
