-- The latest decision on one right of one person is asked for by all three.
DROP INDEX rights_review_item_user;
CREATE INDEX rights_review_item_place ON rights_review_item (user_id, tenant_id, "right");
-- Staff roles are reviewed too: since when one is held tells whether it is the one that was decided upon.
ALTER TABLE user ADD COLUMN staff_since TEXT;
UPDATE user SET staff_since = created_at WHERE staff IS NOT NULL;
CREATE INDEX user_staff ON user (staff) WHERE staff IS NOT NULL;
CREATE TABLE staff_review_item (
    review_id   INTEGER NOT NULL REFERENCES rights_review (id),
    user_id     INTEGER NOT NULL REFERENCES user (id),
    staff       TEXT NOT NULL CHECK (staff IN ('caseworker', 'system-administrator')),
    since       TEXT NOT NULL,
    decision    TEXT NOT NULL CHECK (decision IN ('keep', 'remove')),
    reviewer    TEXT NOT NULL,
    reviewed_on TEXT NOT NULL,
    PRIMARY KEY (review_id, user_id, staff)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_review_item_user ON staff_review_item (user_id, staff);
