-- State files: what `state apply` created is marked, and days on which nobody works are data.
ALTER TABLE unit ADD COLUMN applied_at TEXT;
ALTER TABLE user_right ADD COLUMN applied_at TEXT;
ALTER TABLE signatory ADD COLUMN applied_at TEXT;
ALTER TABLE contact ADD COLUMN applied_at TEXT;
CREATE TABLE closed_day (
    day  TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> '')
) STRICT, WITHOUT ROWID;

-- ── Search ───────────────────────────────────────────────────────────────────────────────────────────────

-- What `search` finds: one row per institution, unit, user, contact, agreement and ticket. Triggers alone write it,
-- so that no use case can forget to. The newest row of the first kind has the highest id: answers come in that order.
CREATE TABLE search_entry (
    id        INTEGER PRIMARY KEY,           -- kind * 2^40 + the row there: 1 ticket, 2 agreement, 3 contact, 4 user, 5 unit, 6 tenant
    tenant_id INTEGER REFERENCES tenant (id), -- NULL: a user, who can be of several
    key       TEXT NOT NULL,                 -- how commands name it
    label     TEXT NOT NULL,                 -- how people name it
    more      TEXT NOT NULL,                 -- what else finds it, a line each
    folded    TEXT NOT NULL GENERATED ALWAYS AS (' |' || replace(  -- ` |key |label |more |` in plain letters, as search/rules.rs folds what is typed
        replace(replace(replace(replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(replace(replace(replace(
        lower(key || char(10) || label || char(10) || more),
        'æ', 'a'), 'Æ', 'a'), 'ø', 'o'), 'Ø', 'o'), 'å', 'a'), 'Å', 'a'), 'aa', 'a'), 'ae', 'a'), 'oe', 'o'),
        '-', ' '), '.', ' '), '@', ' '), '_', ' '), '/', ' '), ',', ' '), ':', ' '), '(', ' '), '"', ' '),
        char(10), ' |') || ' |') VIRTUAL
) STRICT;
CREATE INDEX search_entry_tenant ON search_entry (tenant_id);

-- The trigrams of `search_entry.folded`. `INSERT INTO search_index (search_index) VALUES ('rebuild')` makes them anew.
CREATE VIRTUAL TABLE search_index USING fts5 (
    folded, content = 'search_entry', content_rowid = 'id', tokenize = 'trigram remove_diacritics 1', columnsize = 0,
    detail = none
);
-- What is gone from a row is gone from the index, not merely marked as gone.
INSERT INTO search_index (search_index, rank) VALUES ('secure-delete', 1);

-- What `search_index` does not know yet. Each commit empties it (src/platform/db/upkeep.rs): row by row, the index
-- would write itself to disk for every one.
CREATE TABLE search_pending (
    id  INTEGER PRIMARY KEY,                 -- of search_entry
    was TEXT                                 -- what the index holds of it, NULL for nothing
) STRICT;
CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry
BEGIN INSERT INTO search_pending (id) VALUES (new.id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry
BEGIN INSERT INTO search_pending (id, was) VALUES (old.id, old.folded) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER search_entry_changed AFTER UPDATE ON search_entry WHEN old.folded <> new.folded
BEGIN INSERT INTO search_pending (id, was) VALUES (old.id, old.folded) ON CONFLICT DO NOTHING; END;

-- Each kind has one trigger that says what is found of it, fired by a change; what adds a row changes it to itself.
CREATE TRIGGER search_tenant_added AFTER INSERT ON tenant
BEGIN UPDATE tenant SET code = code WHERE id = new.id; END;
CREATE TRIGGER search_tenant_changed AFTER UPDATE OF code, name, cvr ON tenant
BEGIN
    INSERT INTO search_entry (id, tenant_id, key, label, more) VALUES ((6 << 40) + new.id, new.id, new.code, new.name,
        concat_ws(char(10), new.cvr,
            (SELECT group_concat(number, char(10)) FROM tenant_se_number WHERE tenant_id = new.id),
            (SELECT group_concat(number, char(10)) FROM tenant_gln WHERE tenant_id = new.id)))
    ON CONFLICT (id) DO UPDATE SET key = excluded.key, label = excluded.label, more = excluded.more;
END;
CREATE TRIGGER search_tenant_gone AFTER DELETE ON tenant
BEGIN DELETE FROM search_entry WHERE id = (6 << 40) + old.id; END;
CREATE TRIGGER search_se_number_added AFTER INSERT ON tenant_se_number
BEGIN UPDATE tenant SET code = code WHERE id = new.tenant_id; END;
CREATE TRIGGER search_se_number_gone AFTER DELETE ON tenant_se_number
BEGIN UPDATE tenant SET code = code WHERE id = old.tenant_id; END;
CREATE TRIGGER search_gln_added AFTER INSERT ON tenant_gln
BEGIN UPDATE tenant SET code = code WHERE id = new.tenant_id; END;
CREATE TRIGGER search_gln_gone AFTER DELETE ON tenant_gln
BEGIN UPDATE tenant SET code = code WHERE id = old.tenant_id; END;

CREATE TRIGGER search_unit_added AFTER INSERT ON unit
BEGIN UPDATE unit SET number = number WHERE id = new.id; END;
CREATE TRIGGER search_unit_changed AFTER UPDATE OF tenant_id, kind, number, name, ldv ON unit
BEGIN
    INSERT INTO search_entry (id, tenant_id, key, label, more)
    VALUES ((5 << 40) + new.id, new.tenant_id, new.kind || ':' || new.number, coalesce(new.name, new.number),
        concat_ws(char(10), new.number, ltrim(new.number, '0'), new.ldv))
    ON CONFLICT (id) DO UPDATE
    SET tenant_id = excluded.tenant_id, key = excluded.key, label = excluded.label, more = excluded.more;
END;
CREATE TRIGGER search_unit_gone AFTER DELETE ON unit
BEGIN DELETE FROM search_entry WHERE id = (5 << 40) + old.id; END;

CREATE TRIGGER search_user_added AFTER INSERT ON user
BEGIN
    INSERT INTO search_entry (id, key, label, more)
    VALUES ((4 << 40) + new.id, new.email, new.name, coalesce(new.b_number, ''));
END;
CREATE TRIGGER search_user_changed AFTER UPDATE OF email, name, b_number ON user
BEGIN
    INSERT INTO search_entry (id, key, label, more)
    VALUES ((4 << 40) + new.id, new.email, new.name, coalesce(new.b_number, ''))
    ON CONFLICT (id) DO UPDATE SET key = excluded.key, label = excluded.label, more = excluded.more;
END;
CREATE TRIGGER search_user_gone AFTER DELETE ON user
BEGIN DELETE FROM search_entry WHERE id = (4 << 40) + old.id; END;

CREATE TRIGGER search_contact_added AFTER INSERT ON contact
BEGIN UPDATE contact SET key = key WHERE id = new.id; END;
CREATE TRIGGER search_contact_changed AFTER UPDATE OF tenant_id, key, name, email, shared_email, phone ON contact
BEGIN
    INSERT INTO search_entry (id, tenant_id, key, label, more)
    VALUES ((3 << 40) + new.id, new.tenant_id, new.id, new.name,
        concat_ws(char(10), new.key, new.email, new.shared_email, new.phone))
    ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id, label = excluded.label, more = excluded.more;
END;
CREATE TRIGGER search_contact_gone AFTER DELETE ON contact
BEGIN DELETE FROM search_entry WHERE id = (3 << 40) + old.id; END;

CREATE TRIGGER search_agreement_added AFTER INSERT ON agreement
BEGIN UPDATE agreement SET title = title WHERE id = new.id; END;
CREATE TRIGGER search_agreement_changed AFTER UPDATE OF tenant_id, title ON agreement
BEGIN
    INSERT INTO search_entry (id, tenant_id, key, label, more)
    VALUES ((2 << 40) + new.id, new.tenant_id, new.id, new.title, '')
    ON CONFLICT (id) DO UPDATE SET tenant_id = excluded.tenant_id, label = excluded.label;
END;
CREATE TRIGGER search_agreement_gone AFTER DELETE ON agreement
BEGIN DELETE FROM search_entry WHERE id = (2 << 40) + old.id; END;

-- Tickets can be a million: adding one writes what is found of it at once, as with users, and a change of status touches
-- nothing here.
CREATE TRIGGER search_ticket_added AFTER INSERT ON ticket
BEGIN
    INSERT INTO search_entry (id, tenant_id, key, label, more)
    VALUES ((1 << 40) + new.id, new.tenant_id, new.number, new.subject, printf('%04d%04d', new.yymm, new.sequence));
END;
CREATE TRIGGER search_ticket_changed AFTER UPDATE OF number, tenant_id, subject ON ticket
BEGIN
    INSERT INTO search_entry (id, tenant_id, key, label, more)
    VALUES ((1 << 40) + new.id, new.tenant_id, new.number, new.subject, printf('%04d%04d', new.yymm, new.sequence))
    ON CONFLICT (id) DO UPDATE
    SET tenant_id = excluded.tenant_id, key = excluded.key, label = excluded.label, more = excluded.more;
END;
CREATE TRIGGER search_ticket_gone AFTER DELETE ON ticket
BEGIN DELETE FROM search_entry WHERE id = (1 << 40) + old.id; END;

-- What is there already is found too: each row is changed to itself, which fires its trigger.
UPDATE tenant SET code = code;
UPDATE unit SET number = number;
UPDATE user SET email = email;
UPDATE contact SET key = key;
UPDATE agreement SET title = title;
UPDATE ticket SET subject = subject;
INSERT INTO search_index (rowid, folded) SELECT id, folded FROM search_entry;
DELETE FROM search_pending;
