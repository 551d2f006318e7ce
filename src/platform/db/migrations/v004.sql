-- The latest decision on one right of one person is asked for by all three.
DROP INDEX rights_review_item_user;
CREATE INDEX rights_review_item_place ON rights_review_item (user_id, tenant_id, "right");
