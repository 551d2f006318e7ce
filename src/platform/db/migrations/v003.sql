-- A queued message may show a code or a password that is derived when it is rendered.
ALTER TABLE outbox ADD COLUMN code_id INTEGER;
CREATE INDEX outbox_code ON outbox (code_id) WHERE code_id IS NOT NULL;
-- A user chooses what to hear of.
ALTER TABLE user ADD COLUMN notifications INTEGER NOT NULL DEFAULT 1 CHECK (notifications IN (0, 1));
ALTER TABLE user ADD COLUMN email_reminders INTEGER NOT NULL DEFAULT 1 CHECK (email_reminders IN (0, 1));
-- Links to choose a new password: a CHECK cannot be changed, so the table is made anew. What refers to it looks at the
-- name, and is looked at when the step ends.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE link_before AS SELECT * FROM link;
DROP TABLE link;
CREATE TABLE link (
    id           INTEGER PRIMARY KEY,
    purpose      TEXT NOT NULL CHECK (purpose IN ('activation', 'reset', 'dashboard')),
    user_id      INTEGER REFERENCES user (id),
    signatory_id INTEGER REFERENCES signatory (id),
    nonce        BLOB NOT NULL CHECK (length(nonce) = 16),
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    used_at      TEXT,
    revoked_at   TEXT,
    -- A signatory's link opens the dashboard and nothing else; every other is a user's.
    CHECK ((purpose <> 'dashboard') = (user_id IS NOT NULL)),
    CHECK ((purpose = 'dashboard') = (signatory_id IS NOT NULL))
) STRICT;
CREATE INDEX link_user ON link (user_id);
CREATE INDEX link_signatory ON link (signatory_id);
INSERT INTO link (id, purpose, user_id, signatory_id, nonce, created_at, expires_at, used_at, revoked_at)
SELECT id, purpose, user_id, signatory_id, nonce, created_at, expires_at, used_at, revoked_at FROM link_before;
DROP TABLE link_before;
-- Someone logged in, or on the way there. The token lies in the session file; here is its hash alone.
CREATE TABLE session (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES user (id),
    token        BLOB NOT NULL UNIQUE CHECK (length(token) = 32),   -- SHA-256
    state        TEXT NOT NULL CHECK (state IN ('active', 'code-required', 'enrolment-required', 'password-change-required')),
    method       TEXT CHECK (method IN ('app', 'sms', 'emergency')),   -- the second step that is awaited or was taken
    created_at   TEXT NOT NULL,
    seen_at      TEXT NOT NULL,              -- its last use, noted at most once a minute
    expires_at   TEXT NOT NULL,              -- whatever happens
    ended_at     TEXT,
    ended_reason TEXT,                       -- logout, password-changed, disabled …
    -- Whoever asks why a session ended must find an answer.
    CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
) STRICT;
CREATE INDEX session_user ON session (user_id);
CREATE INDEX session_live ON session (user_id) WHERE ended_at IS NULL;

-- A one-time code by SMS, or an initial password by mail: derived from the key file and this row, never stored.
CREATE TABLE code (
    id         INTEGER PRIMARY KEY,
    purpose    TEXT NOT NULL CHECK (purpose IN ('login', 'enrolment', 'initial-password')),
    user_id    INTEGER NOT NULL REFERENCES user (id),
    nonce      BLOB CHECK (length(nonce) = 16),   -- NULL: gone, so that nobody can derive it again
    phone      TEXT,                         -- to which number, for an SMS
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),   -- wrong ones so far
    used_at    TEXT,
    revoked_at TEXT,
    -- Only an SMS goes to a number, and it cannot go without one.
    CHECK ((purpose = 'initial-password') = (phone IS NULL))
) STRICT;
CREATE INDEX code_user ON code (user_id);
-- How many SMS a number was sent within the hour.
CREATE INDEX code_phone ON code (phone, created_at) WHERE phone IS NOT NULL;

-- A user's password, as an Argon2id hash that says how it was made (PHC).
CREATE TABLE credential (
    user_id    INTEGER PRIMARY KEY REFERENCES user (id),
    password   TEXT NOT NULL CHECK (password LIKE '$argon2id$%'),
    set_at     TEXT NOT NULL,
    initial_id INTEGER REFERENCES code (id)  -- the initial password that it is, to be changed first; NULL: chosen by the user
) STRICT;
CREATE INDEX credential_initial ON credential (initial_id);

-- Failed attempts in a row, each way in by itself, so that codes that went wrong by SMS leave the app usable.
CREATE TABLE login_failure (
    user_id  INTEGER NOT NULL REFERENCES user (id),
    channel  TEXT NOT NULL CHECK (channel IN ('password', 'app', 'sms', 'emergency')),
    failures INTEGER NOT NULL CHECK (failures > 0),
    last_at  TEXT NOT NULL,
    PRIMARY KEY (user_id, channel)
) STRICT, WITHOUT ROWID;

-- A second step: an authenticator app, or a number for SMS (C-09: not the contact phone).
CREATE TABLE factor (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES user (id),
    method       TEXT NOT NULL CHECK (method IN ('app', 'sms')),
    secret       BLOB,                       -- of the app, sealed with the key file
    last_step    INTEGER,                    -- of the last code taken; neither it nor an earlier one is taken again
    phone        TEXT,                       -- E.164
    created_at   TEXT NOT NULL,
    confirmed_at TEXT,                       -- NULL: pending until one code was right
    CHECK ((method = 'app') = (secret IS NOT NULL)),
    CHECK ((method = 'sms') = (phone IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX factor_in_use ON factor (user_id, method) WHERE confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX factor_pending ON factor (user_id) WHERE confirmed_at IS NULL;
CREATE INDEX factor_user ON factor (user_id);

-- The emergency code (V-014): a hash keyed with the key file. A new one takes the old one's place.
CREATE TABLE emergency_code (
    user_id      INTEGER PRIMARY KEY REFERENCES user (id),
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    created_at   TEXT NOT NULL,
    confirmed_at TEXT,                       -- when its owner said that it is kept safe; before, it opens nothing
    used_at      TEXT
) STRICT;
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
