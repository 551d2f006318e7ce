-- State files: what `state apply` created is marked, and days on which nobody works are data.
ALTER TABLE unit ADD COLUMN applied_at TEXT;
ALTER TABLE user_right ADD COLUMN applied_at TEXT;
ALTER TABLE signatory ADD COLUMN applied_at TEXT;
ALTER TABLE contact ADD COLUMN applied_at TEXT;
CREATE TABLE closed_day (
    day  TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> '')
) STRICT, WITHOUT ROWID;
