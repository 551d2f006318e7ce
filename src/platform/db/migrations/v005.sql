-- Reminders by mail are for those who ask for them (A-031), at most once a day (A-032).
ALTER TABLE user ADD COLUMN digest_at TEXT;
UPDATE user SET email_reminders = 0;
-- The closed ticket that a new one goes on from, and when the requester was told that this done one will close.
ALTER TABLE ticket ADD COLUMN follows_id INTEGER REFERENCES ticket (id);
ALTER TABLE ticket ADD COLUMN reminded_at TEXT;
CREATE INDEX ticket_updated ON ticket (updated_at);
CREATE INDEX ticket_follows ON ticket (follows_id) WHERE follows_id IS NOT NULL;
ALTER TABLE ticket_entry ADD COLUMN mail_id INTEGER REFERENCES inbox (id);
CREATE INDEX ticket_entry_mail ON ticket_entry (mail_id) WHERE mail_id IS NOT NULL;
ALTER TABLE ticket_attachment ADD COLUMN scan TEXT NOT NULL DEFAULT 'unscanned' CHECK (scan IN ('unscanned', 'clean'));
-- Mails about tickets say more than they did; those that still wait have to be complete, too.
UPDATE outbox SET params = json_set(params, '$.at', strftime('%d-%m-%Y', queued_at),
        '$.until', strftime('%d-%m-%Y', queued_at, '+7 days'), '$.url', '', '$.written', json('false'))
    WHERE state = 'queued' AND template IN ('ticket.awaiting-requester', 'ticket.done', 'ticket.reply');
-- Sending: leases, temporary refusals, several messages in one mail, and who may answer where.
ALTER TABLE outbox ADD COLUMN reply_tag TEXT;
ALTER TABLE outbox ADD COLUMN not_before TEXT;
ALTER TABLE outbox ADD COLUMN lease TEXT;
ALTER TABLE outbox ADD COLUMN lease_ends TEXT;
ALTER TABLE outbox ADD COLUMN leaving_at TEXT;
ALTER TABLE outbox ADD COLUMN merged_into INTEGER REFERENCES outbox (id);
CREATE INDEX outbox_queued_to ON outbox (recipient) WHERE state = 'queued';
CREATE INDEX outbox_sent_to ON outbox (recipient, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE INDEX outbox_merged_into ON outbox (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX outbox_leaving ON outbox (lease_ends) WHERE leaving_at IS NOT NULL;
-- Addresses that mail came back from. Nothing is sent there until someone clears them.
CREATE TABLE bounced_address (
    email_key TEXT NOT NULL PRIMARY KEY,     -- in small letters
    since     TEXT NOT NULL,
    last_at   TEXT NOT NULL,
    times     INTEGER NOT NULL CHECK (times > 0),
    status    TEXT,                          -- RFC 3463, such as 5.1.1
    said      TEXT,                          -- what the other server said
    inbox_id  INTEGER REFERENCES inbox (id)  -- the mail that told so last
) STRICT, WITHOUT ROWID;
CREATE INDEX bounced_address_inbox ON bounced_address (inbox_id);
-- Mails that came in, stored as they came and understood afterwards. Their numbers and those of `outbox` are one series.
CREATE TABLE inbox (
    id           INTEGER PRIMARY KEY,
    received_at  TEXT NOT NULL,
    raw          INTEGER NOT NULL REFERENCES blob (id),
    delivered_to TEXT,                       -- to which address, where the mail server said so
    state        TEXT NOT NULL CHECK (state IN ('received', 'taken', 'held', 'dropped', 'ignored', 'bounce', 'unreadable')),
    reason       TEXT,                       -- the code of what decided
    settled_at   TEXT,                       -- when that was
    attempts     INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT,
    fingerprint  TEXT,                       -- by which a second copy is known: of sender, date, subject, text and files
    message_id   TEXT,
    sender       TEXT,
    subject      TEXT,
    ticket_id    INTEGER REFERENCES ticket (id),
    about        INTEGER REFERENCES outbox (id), -- the mail of ours that it answers, or that came back
    CHECK ((state = 'received') = (settled_at IS NULL))
) STRICT;
CREATE INDEX inbox_raw ON inbox (raw);
CREATE INDEX inbox_ticket ON inbox (ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX inbox_about ON inbox (about) WHERE about IS NOT NULL;
CREATE INDEX inbox_fingerprint ON inbox (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX inbox_message_id ON inbox (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX inbox_sender ON inbox (sender, received_at) WHERE sender IS NOT NULL;
CREATE INDEX inbox_work ON inbox (state, id) WHERE state IN ('received', 'held', 'unreadable');
-- What each step of understanding a mail found, in order.
CREATE TABLE inbox_verdict (
    inbox_id INTEGER NOT NULL REFERENCES inbox (id),
    position INTEGER NOT NULL,
    at       TEXT NOT NULL,
    step     TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    detail   TEXT,
    PRIMARY KEY (inbox_id, position)
) STRICT, WITHOUT ROWID;
-- The figures of closed months by unit and year, as those by service area have been kept since version 4.
DROP TRIGGER kpi_month_known;
DROP TRIGGER kpi_month_changed;
CREATE TABLE kpi_closed_unit (
    year         INTEGER NOT NULL,
    measure_id   INTEGER NOT NULL REFERENCES kpi_measure (id),
    unit_id      INTEGER NOT NULL REFERENCES unit (id),
    numerator    INTEGER NOT NULL,
    denominator  INTEGER NOT NULL,
    within_limit INTEGER,
    over_limit   INTEGER,
    PRIMARY KEY (year, measure_id, unit_id)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER kpi_month_known AFTER INSERT ON kpi_month WHEN new.state = 'closed'
BEGIN
    INSERT INTO kpi_closed_sum
    SELECT month, measure_id, area_id, sum(numerator), sum(denominator), sum(within_limit), sum(over_limit)
    FROM kpi_fact WHERE measure_id IN (SELECT id FROM kpi_measure) AND month = new.month
    GROUP BY month, measure_id, area_id;
    INSERT INTO kpi_closed_unit
    SELECT month / 100, measure_id, unit_id, sum(numerator), sum(denominator), sum(within_limit), sum(over_limit)
    FROM kpi_fact WHERE measure_id IN (SELECT id FROM kpi_measure) AND month = new.month
    GROUP BY measure_id, month, unit_id
    ON CONFLICT DO UPDATE SET numerator = numerator + excluded.numerator, denominator = denominator + excluded.denominator,
        within_limit = coalesce(within_limit + excluded.within_limit, within_limit, excluded.within_limit),
        over_limit = coalesce(over_limit + excluded.over_limit, over_limit, excluded.over_limit);
END;
-- Opening a month again is rare: its year is then summed anew.
CREATE TRIGGER kpi_month_changed AFTER UPDATE OF state ON kpi_month WHEN old.state <> new.state
BEGIN
    DELETE FROM kpi_closed_sum WHERE month = new.month;
    INSERT INTO kpi_closed_sum
    SELECT month, measure_id, area_id, sum(numerator), sum(denominator), sum(within_limit), sum(over_limit)
    FROM kpi_fact WHERE new.state = 'closed' AND measure_id IN (SELECT id FROM kpi_measure) AND month = new.month
    GROUP BY month, measure_id, area_id;
    DELETE FROM kpi_closed_unit WHERE year = new.month / 100;
    INSERT INTO kpi_closed_unit
    SELECT new.month / 100, measure_id, unit_id, sum(numerator), sum(denominator), sum(within_limit), sum(over_limit)
    FROM kpi_fact
    WHERE measure_id IN (SELECT id FROM kpi_measure)
        AND month IN (SELECT month FROM kpi_month WHERE state = 'closed' AND month / 100 = new.month / 100)
    GROUP BY measure_id, unit_id;
END;
INSERT INTO kpi_closed_unit
SELECT f.month / 100, f.measure_id, f.unit_id, sum(f.numerator), sum(f.denominator), sum(f.within_limit), sum(f.over_limit)
FROM kpi_fact f JOIN kpi_month m ON m.month = f.month AND m.state = 'closed' GROUP BY f.month / 100, f.measure_id, f.unit_id;
-- What `ticket list --text` looks in: what was written in threads, each entry under its row, and subjects, under the row of
-- the ticket with a minus. Folded as store/text.rs of the room folds what is typed. Status entries are not of it, so that
-- closing many tickets touches nothing here.
CREATE VIEW ticket_written (id, folded) AS
    SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(
        lower(text), 'æ', 'a'), 'Æ', 'a'), 'ø', 'o'), 'Ø', 'o'), 'å', 'a'), 'Å', 'a'), 'aa', 'a'), 'ae', 'a'), 'oe', 'o')
    FROM ticket_entry WHERE kind IN ('message', 'note', 'mail');
CREATE VIEW ticket_subject (id, folded) AS
    SELECT id, replace(replace(replace(replace(replace(replace(replace(replace(replace(
        lower(subject), 'æ', 'a'), 'Æ', 'a'), 'ø', 'o'), 'Ø', 'o'), 'å', 'a'), 'Å', 'a'), 'aa', 'a'), 'ae', 'a'), 'oe', 'o')
    FROM ticket;
CREATE VIEW ticket_text_source (id, folded) AS
    SELECT id, folded FROM ticket_written UNION ALL SELECT -id, folded FROM ticket_subject;
-- Its trigrams. `INSERT INTO ticket_text (ticket_text) VALUES ('rebuild')` makes them anew.
CREATE VIRTUAL TABLE ticket_text USING fts5 (
    folded, content = 'ticket_text_source', content_rowid = 'id', tokenize = 'trigram remove_diacritics 1', columnsize = 0,
    detail = none
);
INSERT INTO ticket_text (ticket_text, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER ticket_text_written AFTER INSERT ON ticket_entry WHEN new.kind IN ('message', 'note', 'mail')
BEGIN INSERT INTO ticket_text (rowid, folded) SELECT id, folded FROM ticket_written WHERE id = new.id; END;
CREATE TRIGGER ticket_text_erasing BEFORE UPDATE OF text ON ticket_entry WHEN old.kind IN ('message', 'note', 'mail')
BEGIN
    INSERT INTO ticket_text (ticket_text, rowid, folded)
    SELECT 'delete', id, folded FROM ticket_written WHERE id = old.id;
END;
CREATE TRIGGER ticket_text_erased AFTER UPDATE OF text ON ticket_entry WHEN new.kind IN ('message', 'note', 'mail')
BEGIN INSERT INTO ticket_text (rowid, folded) SELECT id, folded FROM ticket_written WHERE id = new.id; END;
CREATE TRIGGER ticket_text_entry_gone BEFORE DELETE ON ticket_entry WHEN old.kind IN ('message', 'note', 'mail')
BEGIN
    INSERT INTO ticket_text (ticket_text, rowid, folded)
    SELECT 'delete', id, folded FROM ticket_written WHERE id = old.id;
END;
CREATE TRIGGER ticket_text_named AFTER INSERT ON ticket
BEGIN INSERT INTO ticket_text (rowid, folded) SELECT -id, folded FROM ticket_subject WHERE id = new.id; END;
CREATE TRIGGER ticket_text_renaming BEFORE UPDATE OF subject ON ticket
BEGIN
    INSERT INTO ticket_text (ticket_text, rowid, folded)
    SELECT 'delete', -id, folded FROM ticket_subject WHERE id = old.id;
END;
CREATE TRIGGER ticket_text_renamed AFTER UPDATE OF subject ON ticket
BEGIN INSERT INTO ticket_text (rowid, folded) SELECT -id, folded FROM ticket_subject WHERE id = new.id; END;
CREATE TRIGGER ticket_text_gone BEFORE DELETE ON ticket
BEGIN
    INSERT INTO ticket_text (ticket_text, rowid, folded)
    SELECT 'delete', -id, folded FROM ticket_subject WHERE id = old.id;
END;
INSERT INTO ticket_text (ticket_text) VALUES ('rebuild');
-- When the figures of services came in, for who wants to hear of it.
ALTER TABLE service_figure ADD COLUMN imported_at TEXT;
-- Until when figures of a unit were waited for.
ALTER TABLE unit ADD COLUMN archived_at TEXT;
UPDATE unit SET archived_at = (
    SELECT max(a.at) FROM audit_detail d JOIN audit a ON a.seq = d.seq
    WHERE d.object = 'unit:' || unit.kind || ':' || unit.number AND a.action = 'unit.archive'
) WHERE status = 'archived';
-- What the figures of a measure are follows from its formula.
ALTER TABLE kpi_measure DROP COLUMN value_kind;
