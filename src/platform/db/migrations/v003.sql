-- A queued message may show a code or a password that is derived when it is rendered.
ALTER TABLE outbox ADD COLUMN code_id INTEGER;
CREATE INDEX outbox_code ON outbox (code_id) WHERE code_id IS NOT NULL;
