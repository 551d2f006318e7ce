-- Reminders by mail are for those who ask for them (A-031), at most once a day (A-032).
ALTER TABLE user ADD COLUMN digest_at TEXT;
UPDATE user SET email_reminders = 0;
-- The closed ticket that a new one goes on from, and when the requester was told that this done one will close.
ALTER TABLE ticket ADD COLUMN follows_id INTEGER REFERENCES ticket (id);
ALTER TABLE ticket ADD COLUMN reminded_at TEXT;
CREATE INDEX ticket_follows ON ticket (follows_id) WHERE follows_id IS NOT NULL;
ALTER TABLE ticket_entry ADD COLUMN mail_id INTEGER REFERENCES inbox (id);
CREATE INDEX ticket_entry_mail ON ticket_entry (mail_id) WHERE mail_id IS NOT NULL;
ALTER TABLE ticket_attachment ADD COLUMN scan TEXT NOT NULL DEFAULT 'unscanned' CHECK (scan IN ('unscanned', 'clean'));
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
    fingerprint  TEXT,                       -- by which a second copy is known: Message-ID and recipient, else a hash
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
-- Until when figures of a unit were waited for.
ALTER TABLE unit ADD COLUMN archived_at TEXT;
UPDATE unit SET archived_at = (
    SELECT max(a.at) FROM audit_detail d JOIN audit a ON a.seq = d.seq
    WHERE d.object = 'unit:' || unit.kind || ':' || unit.number AND a.action = 'unit.archive'
) WHERE status = 'archived';
-- What the figures of a measure are follows from its formula.
ALTER TABLE kpi_measure DROP COLUMN value_kind;
