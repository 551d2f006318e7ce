-- A queued message may show a code or a password that is derived when it is rendered.
ALTER TABLE outbox ADD COLUMN code_id INTEGER;
CREATE INDEX outbox_code ON outbox (code_id) WHERE code_id IS NOT NULL;
-- Reviews of who has which rights.
CREATE TABLE rights_review (
    id         INTEGER PRIMARY KEY,
    at         TEXT NOT NULL,
    brought_by TEXT NOT NULL,                -- with whose rights it was read
    file       TEXT NOT NULL,
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64)
) STRICT;
CREATE TABLE rights_review_item (
    review_id   INTEGER NOT NULL REFERENCES rights_review (id),
    user_id     INTEGER NOT NULL REFERENCES user (id),
    tenant_id   INTEGER NOT NULL REFERENCES tenant (id),
    "right"     TEXT NOT NULL CHECK ("right" IN ('administrator', 'editor', 'reader', 'reports')),
    granted_at  TEXT NOT NULL,               -- of which of the same right's grants it speaks
    decision    TEXT NOT NULL CHECK (decision IN ('keep', 'remove')),
    reviewer    TEXT NOT NULL,
    reviewed_on TEXT NOT NULL,
    PRIMARY KEY (review_id, user_id, tenant_id, "right")
) STRICT, WITHOUT ROWID;
CREATE INDEX rights_review_item_user ON rights_review_item (user_id);
CREATE INDEX rights_review_item_tenant ON rights_review_item (tenant_id);
