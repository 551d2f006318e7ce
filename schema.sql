-- The current shape of the data. A new database runs exactly this file; an older one is brought here step by
-- step (src/platform/db/migrations). Times are UTC text `YYYY-MM-DDTHH:MM:SSZ`, dates `YYYY-MM-DD`, months
-- integers `yyyymm`, money øre, percentages basis points. Every table is STRICT; every foreign key has an index.

-- ── The file itself ──────────────────────────────────────────────────────────────────────────────────────

-- What is true of the file as a whole: `created_at`, and `demo` = '1' in an example world.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
-- An example world stays one for good: its clock was not the system's (DESIGN §1 rule 3).
CREATE TRIGGER meta_demo_stays BEFORE DELETE ON meta WHEN old.key = 'demo'
BEGIN SELECT RAISE(ABORT, 'the mark of an example world cannot be removed'); END;
CREATE TRIGGER meta_demo_unchanged BEFORE UPDATE ON meta WHEN old.key = 'demo'
BEGIN SELECT RAISE(ABORT, 'the mark of an example world cannot be changed'); END;

-- Business policy that differs from its default (CLI.md §5). Each key's meaning is in src/platform/settings.rs.
CREATE TABLE setting (
    key        TEXT NOT NULL PRIMARY KEY,
    value      TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- ── The audit trail ──────────────────────────────────────────────────────────────────────────────────────

-- One row per changed object, chained: hash = SHA-256 over the previous hash, seq, at, action and digest.
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,          -- 1, 2, 3 … without a gap
    at        TEXT NOT NULL,
    action    TEXT NOT NULL,                -- `ticket.advance`
    digest    BLOB NOT NULL CHECK (length(digest) = 32),     -- salted digest of the readable part
    prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),  -- 32 zero bytes before the first
    hash      BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- The readable part of an audit row. It stands apart, so that a person's data can leave while the chain stays whole.
CREATE TABLE audit_detail (
    seq             INTEGER PRIMARY KEY REFERENCES audit (seq),
    salt            BLOB NOT NULL CHECK (length(salt) = 16),
    actor           TEXT NOT NULL,          -- who really did it: `operator:anna@host`, `user:…`, `job:…`
    effective_actor TEXT NOT NULL,          -- with whose rights
    reason          TEXT,
    object          TEXT NOT NULL,          -- `kind:key`, such as `tenant:oekonomistyrelsen`
    before          TEXT,                   -- canonical JSON, NULL for what did not exist
    after           TEXT                    -- canonical JSON, NULL for what exists no longer
) STRICT;
CREATE INDEX audit_detail_object ON audit_detail (object);
CREATE INDEX audit_detail_actor ON audit_detail (actor);
CREATE TRIGGER audit_detail_no_update BEFORE UPDATE ON audit_detail
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_detail_no_delete BEFORE DELETE ON audit_detail
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- ── Files ────────────────────────────────────────────────────────────────────────────────────────────────

-- A file's bytes, stored once whatever they are called.
CREATE TABLE blob (
    id         INTEGER PRIMARY KEY,
    sha256     TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
    size       INTEGER NOT NULL CHECK (size >= 0),
    created_at TEXT NOT NULL
) STRICT;
-- 256 KiB a row, so that nothing holds a whole file in memory.
CREATE TABLE blob_chunk (
    blob_id INTEGER NOT NULL REFERENCES blob (id),
    n       INTEGER NOT NULL CHECK (n >= 0),
    data    BLOB NOT NULL CHECK (length(data) <= 262144),
    PRIMARY KEY (blob_id, n)
) STRICT, WITHOUT ROWID;

-- ── Institutions and units ───────────────────────────────────────────────────────────────────────────────

-- An institution. The CVR is not unique: two authorities can share one (DOMAIN §0.5).
CREATE TABLE tenant (
    id              INTEGER PRIMARY KEY,
    code            TEXT NOT NULL UNIQUE CHECK (code <> ''),
    cvr             TEXT NOT NULL CHECK (length(cvr) = 8),
    name            TEXT NOT NULL CHECK (name <> ''),
    ministry        TEXT,                    -- ministry area (ministerområde)
    account_manager TEXT,                    -- Key Account Manager
    status          TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    created_at      TEXT NOT NULL
) STRICT;
CREATE INDEX tenant_cvr ON tenant (cvr);

-- Further SE numbers of an institution, in the order given.
CREATE TABLE tenant_se_number (
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    number    TEXT NOT NULL CHECK (length(number) = 8),
    position  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, number)
) STRICT, WITHOUT ROWID;

-- EAN/GLN location numbers of an institution, in the order given.
CREATE TABLE tenant_gln (
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    number    TEXT NOT NULL CHECK (length(number) = 13),
    position  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, number)
) STRICT, WITHOUT ROWID;

-- An accounting circle (bogføringskreds) or a pay group (løngruppe) with its technical master data (K-015, K-142).
CREATE TABLE unit (
    id         INTEGER PRIMARY KEY,
    tenant_id  INTEGER NOT NULL REFERENCES tenant (id),   -- whose it is now; see unit_period for figures
    kind       TEXT NOT NULL CHECK (kind IN ('accounting', 'payroll')),
    number     TEXT NOT NULL,                -- canonical: five digits, or a pay group padded to three
    name       TEXT,
    server     TEXT,
    database   TEXT,
    ldv        TEXT,
    status     TEXT NOT NULL CHECK (status IN ('active', 'archived')),
    created_at TEXT NOT NULL,
    applied_at TEXT,                         -- when `state apply` created it, which alone may prune it; NULL: otherwise made
    archived_at TEXT,                        -- since when it is out of use; NULL: it is in use, or nobody knows
    UNIQUE (kind, number)
) STRICT;
CREATE INDEX unit_tenant ON unit (tenant_id);

-- Whose figures a unit's months are: the row with the latest from_month not after the month. A move adds a row.
CREATE TABLE unit_period (
    unit_id    INTEGER NOT NULL REFERENCES unit (id),
    from_month INTEGER NOT NULL,             -- yyyymm; 0 = from the beginning
    tenant_id  INTEGER NOT NULL REFERENCES tenant (id),
    PRIMARY KEY (unit_id, from_month)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_period_tenant ON unit_period (tenant_id);

-- ── People ───────────────────────────────────────────────────────────────────────────────────────────────

-- A person, a shared mailbox, or a member of the provider's staff. The e-mail is the user name (K-064).
CREATE TABLE user (
    id              INTEGER PRIMARY KEY,
    email           TEXT NOT NULL,
    email_key       TEXT NOT NULL UNIQUE,    -- lower case throughout: user names do not differ by case
    name            TEXT NOT NULL CHECK (name <> ''),
    b_number        TEXT,                    -- state employee id, needed for reports (K-151)
    phone           TEXT,
    title           TEXT,
    language        TEXT CHECK (language IN ('da', 'nb', 'en')),
    kind            TEXT NOT NULL CHECK (kind IN ('person', 'shared-mailbox')),
    staff           TEXT CHECK (staff IN ('caseworker', 'system-administrator')),  -- NULL: not of the provider
    status          TEXT NOT NULL CHECK (status IN ('invited', 'active', 'disabled')),
    mfa             TEXT,                    -- the second step in use, NULL for none
    last_login_at   TEXT,
    activated_at    TEXT,
    disabled_at     TEXT,
    disabled_reason TEXT,
    created_at      TEXT NOT NULL,
    notifications   INTEGER NOT NULL DEFAULT 1 CHECK (notifications IN (0, 1)),    -- what the user wants to hear of
    email_reminders INTEGER NOT NULL DEFAULT 1 CHECK (email_reminders IN (0, 1)),
    staff_since     TEXT,                    -- when the staff role was given
    digest_at       TEXT                     -- when the last mail of reminders was queued: at most one a day (A-032)
) STRICT;
CREATE UNIQUE INDEX user_b_number ON user (b_number) WHERE b_number IS NOT NULL;
CREATE INDEX user_staff ON user (staff) WHERE staff IS NOT NULL;

-- A rights group: one right of one user at one institution. A set, not one value (C-03).
CREATE TABLE user_right (
    user_id    INTEGER NOT NULL REFERENCES user (id),
    tenant_id  INTEGER NOT NULL REFERENCES tenant (id),
    "right"    TEXT NOT NULL CHECK ("right" IN ('administrator', 'editor', 'reader', 'reports')),
    granted_at TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    applied_at TEXT,                         -- as in unit
    PRIMARY KEY (user_id, tenant_id, "right")
) STRICT, WITHOUT ROWID;
CREATE INDEX user_right_tenant ON user_right (tenant_id, "right");

-- A periodic review of rights, as it was read from a sheet.
CREATE TABLE rights_review (
    id         INTEGER PRIMARY KEY,
    at         TEXT NOT NULL,
    brought_by TEXT NOT NULL,                -- with whose rights it was read
    file       TEXT NOT NULL,
    sha256     TEXT NOT NULL CHECK (length(sha256) = 64)
) STRICT;
-- What a review certified of a right: who decided what, and when.
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
CREATE INDEX rights_review_item_place ON rights_review_item (user_id, tenant_id, "right");
CREATE INDEX rights_review_item_tenant ON rights_review_item (tenant_id);
-- The same of a staff role, which is at no institution.
CREATE TABLE staff_review_item (
    review_id   INTEGER NOT NULL REFERENCES rights_review (id),
    user_id     INTEGER NOT NULL REFERENCES user (id),
    staff       TEXT NOT NULL CHECK (staff IN ('caseworker', 'system-administrator')),
    since       TEXT NOT NULL,               -- since when it was held
    decision    TEXT NOT NULL CHECK (decision IN ('keep', 'remove')),
    reviewer    TEXT NOT NULL,
    reviewed_on TEXT NOT NULL,
    PRIMARY KEY (review_id, user_id, staff)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_review_item_user ON staff_review_item (user_id, staff);

-- Who may sign which agreements of an institution. One present row per scope; history stays (K-051..K-053).
CREATE TABLE signatory (
    id        INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    scope     TEXT NOT NULL CHECK (scope IN ('customer', 'data-processing', 'other')),
    name      TEXT NOT NULL CHECK (name <> ''),
    email     TEXT NOT NULL,
    email_key TEXT NOT NULL,
    title     TEXT NOT NULL,
    phone     TEXT NOT NULL,
    since     TEXT NOT NULL,
    until     TEXT,                           -- NULL: the present one
    applied_at TEXT                           -- as in unit
) STRICT;
CREATE UNIQUE INDEX signatory_present ON signatory (tenant_id, scope) WHERE until IS NULL;
CREATE INDEX signatory_tenant ON signatory (tenant_id);
CREATE INDEX signatory_email ON signatory (email_key);

-- A one-time or standing link. Its token is derived from the key file and this row, never stored.
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

-- ── Coming in ────────────────────────────────────────────────────────────────────────────────────────────

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

-- ── Contacts and their roles ─────────────────────────────────────────────────────────────────────────────

-- The role catalogue: data, seeded with the sixteen of K-195 (C-06, K-196, K-197).
CREATE TABLE role (
    id           INTEGER PRIMARY KEY,        -- also the order in which people list them
    code         TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    managed_by   TEXT NOT NULL CHECK (managed_by IN ('tenant', 'provider')),
    secure_email INTEGER NOT NULL CHECK (secure_email IN (0, 1)),  -- only contacts with a secure address may hold it
    description  TEXT,
    status       TEXT NOT NULL CHECK (status IN ('active', 'retired'))
) STRICT;
-- The tabs of the portal on which the holders of a role are shown besides their own place (K-195).
CREATE TABLE role_tab (
    role_id INTEGER NOT NULL REFERENCES role (id),
    tab     TEXT NOT NULL CHECK (tab IN ('general', 'accounting', 'payroll')),
    PRIMARY KEY (role_id, tab)
) STRICT, WITHOUT ROWID;

-- A contact person at an institution or at one of its units (K-180..K-185, K-193).
CREATE TABLE contact (
    id           INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL REFERENCES tenant (id),
    unit_id      INTEGER REFERENCES unit (id),
    key          TEXT NOT NULL,              -- how files name the contact
    title        TEXT,
    name         TEXT NOT NULL CHECK (name <> ''),
    email        TEXT,
    secure_email INTEGER NOT NULL CHECK (secure_email IN (0, 1)),  -- whether `email` is a secure address
    shared_email TEXT,                       -- fællesmail
    phone        TEXT CHECK (length(phone) = 8),                   -- K-194
    remarks      TEXT,
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    applied_at   TEXT,                       -- as in unit
    UNIQUE (tenant_id, key),
    -- An address cannot be secure that is not there.
    CHECK (secure_email = 0 OR email IS NOT NULL)
) STRICT;
CREATE INDEX contact_unit ON contact (unit_id);
CREATE TABLE contact_role (
    contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    role_id    INTEGER NOT NULL REFERENCES role (id),
    PRIMARY KEY (contact_id, role_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contact_role_role ON contact_role (role_id);

-- ── Agreements ───────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE agreement (
    id            INTEGER PRIMARY KEY,
    tenant_id     INTEGER NOT NULL REFERENCES tenant (id),
    kind          TEXT NOT NULL CHECK (kind IN ('customer', 'addon', 'dispensation', 'data-processing', 'other')),
    title         TEXT NOT NULL CHECK (title <> ''),
    state         TEXT NOT NULL CHECK (state IN ('draft', 'awaiting-signature', 'partly-signed', 'in-force',
                                                 'terminated', 'declined', 'withdrawn', 'replaced')),
    effective_on  TEXT,
    expires_on    TEXT,                      -- inclusive, Copenhagen; `expired` is what this date says, never stored
    supplements   INTEGER REFERENCES agreement (id),
    service       TEXT,                      -- the extra service bought (tilkøbt ydelse)
    document_name TEXT NOT NULL,
    document      INTEGER NOT NULL REFERENCES blob (id),
    sha256        TEXT NOT NULL,             -- of the document's bytes
    created_at    TEXT NOT NULL,
    sent_at       TEXT,
    in_force_at   TEXT,                      -- when the second signature was recorded
    version       INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),   -- a change after it was sent makes the next one
    pages         INTEGER CHECK (pages > 0), -- NULL: not known, from before pages were counted
    document_title TEXT,                     -- the title that the document gives itself
    terminated_on TEXT,                      -- the last day that it holds, where it was terminated
    replaced_by   INTEGER REFERENCES agreement (id),
    replaced_on   TEXT,                      -- since which day, Copenhagen
    certificate   INTEGER REFERENCES blob (id),   -- of its signatures; made once, when it came into force
    CHECK (expires_on IS NULL OR effective_on IS NULL OR expires_on >= effective_on)
) STRICT;
CREATE INDEX agreement_tenant ON agreement (tenant_id);
CREATE INDEX agreement_document ON agreement (document);
CREATE INDEX agreement_supplements ON agreement (supplements);
CREATE INDEX agreement_replaced_by ON agreement (replaced_by);
CREATE INDEX agreement_certificate ON agreement (certificate);
CREATE INDEX agreement_uncertified ON agreement (id) WHERE in_force_at IS NOT NULL AND certificate IS NULL;
CREATE INDEX agreement_ending ON agreement (expires_on) WHERE state = 'in-force' AND expires_on IS NOT NULL;
-- What an agreement was before its present version.
CREATE TABLE agreement_version (
    agreement_id  INTEGER NOT NULL REFERENCES agreement (id),
    version       INTEGER NOT NULL,
    title         TEXT NOT NULL,
    effective_on  TEXT,
    expires_on    TEXT,
    document_name TEXT NOT NULL,
    document      INTEGER NOT NULL REFERENCES blob (id),
    sha256        TEXT NOT NULL,
    pages         INTEGER,
    superseded_at TEXT NOT NULL,
    PRIMARY KEY (agreement_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_version_document ON agreement_version (document);
CREATE TABLE agreement_annex (
    agreement_id INTEGER NOT NULL REFERENCES agreement (id),
    version      INTEGER NOT NULL,
    position     INTEGER NOT NULL,           -- 1, 2, 3 … as given
    name         TEXT NOT NULL,
    document     INTEGER NOT NULL REFERENCES blob (id),
    PRIMARY KEY (agreement_id, version, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_annex_document ON agreement_annex (document);
-- A signature binds one party to the document's hash at that moment (K-203).
CREATE TABLE agreement_signature (
    id            INTEGER PRIMARY KEY,
    agreement_id  INTEGER NOT NULL REFERENCES agreement (id),
    party         TEXT NOT NULL CHECK (party IN ('customer', 'provider')),
    signer        TEXT NOT NULL,             -- name
    email         TEXT NOT NULL,
    title         TEXT,
    role          TEXT NOT NULL,             -- the right to sign, as it was then
    method        TEXT NOT NULL,             -- `MitID Erhverv`, paper …
    reference     TEXT,                      -- transaction id at the signing service
    signed_at     TEXT NOT NULL,
    recorded_at   TEXT NOT NULL,
    sha256        TEXT NOT NULL,             -- of what was signed
    evidence_name TEXT,
    evidence      INTEGER REFERENCES blob (id),
    version       INTEGER NOT NULL,          -- of the agreement
    origin        TEXT NOT NULL CHECK (origin IN ('portal', 'recorded')),   -- given here, or made elsewhere
    second_step   TEXT CHECK (second_step IN ('app', 'sms', 'emergency')),   -- NULL: none, or not known
    right_since   TEXT,                      -- since when the signer held that right; NULL: not known
    voided_at     TEXT                       -- NULL: it counts. A new version voids it
) STRICT;
CREATE UNIQUE INDEX agreement_signature_party ON agreement_signature (agreement_id, party) WHERE voided_at IS NULL;
CREATE INDEX agreement_signature_agreement ON agreement_signature (agreement_id);
CREATE INDEX agreement_signature_evidence ON agreement_signature (evidence);
-- What happened to an agreement, append-only and chained: a hash covers its row and the hash before it.
CREATE TABLE agreement_event (
    id           INTEGER PRIMARY KEY,
    agreement_id INTEGER NOT NULL REFERENCES agreement (id),
    at           TEXT NOT NULL,
    kind         TEXT NOT NULL,              -- created, sent, signed, in-force …
    actor        TEXT NOT NULL,              -- with whose rights
    sha256       TEXT NOT NULL,              -- of the document then
    detail       TEXT,
    version      INTEGER,                    -- of the agreement; these four are NULL in rows from before the chain,
    real_actor   TEXT,                       -- who really did it
    previous     TEXT,                       -- which the first hash after them covers
    hash         TEXT
) STRICT;
CREATE INDEX agreement_event_agreement ON agreement_event (agreement_id);
CREATE TRIGGER agreement_event_no_update BEFORE UPDATE ON agreement_event
BEGIN SELECT RAISE(ABORT, 'the events of an agreement are append-only'); END;
CREATE TRIGGER agreement_event_no_delete BEFORE DELETE ON agreement_event
BEGIN SELECT RAISE(ABORT, 'the events of an agreement are append-only'); END;
-- Which warnings of an end were given: once each for a date and a number of days before it.
CREATE TABLE agreement_warning (
    agreement_id INTEGER NOT NULL REFERENCES agreement (id),
    expires_on   TEXT NOT NULL,
    days         INTEGER NOT NULL CHECK (days >= 0),
    at           TEXT NOT NULL,
    PRIMARY KEY (agreement_id, expires_on, days)
) STRICT, WITHOUT ROWID;
-- Which authority does a task for an institution that Statens Administration must ask there (K-099).
CREATE TABLE third_party (
    id        INTEGER PRIMARY KEY,
    tenant_id INTEGER NOT NULL REFERENCES tenant (id),
    task      TEXT NOT NULL CHECK (task <> ''),
    task_key  TEXT NOT NULL,                 -- the task without regard to case
    authority TEXT NOT NULL CHECK (authority <> ''),
    contact   TEXT,                          -- a person or an office there
    email     TEXT,
    phone     TEXT,
    remarks   TEXT,
    updated_at TEXT NOT NULL,
    UNIQUE (tenant_id, task_key)
) STRICT;

-- ── KPI figures ──────────────────────────────────────────────────────────────────────────────────────────

-- What is measured (K-153..K-158); more can come (K-170).
CREATE TABLE kpi_measure (
    id         INTEGER PRIMARY KEY,
    code       TEXT NOT NULL UNIQUE,         -- A1 … B3
    name       TEXT NOT NULL,
    basis      TEXT NOT NULL CHECK (basis IN ('within-limit', 'without-error', 'not-lost')),  -- which columns of a file it reads
    unit_kind  TEXT CHECK (unit_kind IN ('accounting', 'payroll')),  -- NULL: either
    direction  TEXT NOT NULL CHECK (direction IN ('higher-is-better', 'lower-is-better')),
    status     TEXT NOT NULL CHECK (status IN ('active', 'retired'))
) STRICT;
-- Targets change over time: a row holds from its date until the next one's (DOMAIN §0.1).
CREATE TABLE kpi_target (
    measure_id INTEGER NOT NULL REFERENCES kpi_measure (id),
    from_date  TEXT NOT NULL,
    target_bp  INTEGER CHECK (target_bp BETWEEN 0 AND 10000),   -- NULL: no percentage agreed (C-11)
    max_days   INTEGER CHECK (max_days >= 0),                   -- working days within which a case is in time
    PRIMARY KEY (measure_id, from_date)
) STRICT, WITHOUT ROWID;
-- Service areas as the files name them; '' is "(Tom)" (K-163).
CREATE TABLE service_area (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
-- One import of a file.
CREATE TABLE kpi_import (
    id      INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    file    TEXT NOT NULL,
    sha256  TEXT NOT NULL,
    rows    INTEGER NOT NULL,
    kind    TEXT NOT NULL DEFAULT 'figures' CHECK (kind IN ('figures', 'items'))   -- monthly figures, or cases that add up to them
) STRICT;
-- A figure of one measure, month, unit and service area. Amounts in øre where the measure is in øre.
CREATE TABLE kpi_fact (
    measure_id   INTEGER NOT NULL REFERENCES kpi_measure (id),
    month        INTEGER NOT NULL,
    unit_id      INTEGER NOT NULL REFERENCES unit (id),
    area_id      INTEGER NOT NULL REFERENCES service_area (id),
    numerator    INTEGER NOT NULL CHECK (numerator >= 0),
    denominator  INTEGER NOT NULL,
    within_limit INTEGER,                    -- the counts behind, where the measure has them
    over_limit   INTEGER,
    errors       INTEGER,
    import_id    INTEGER NOT NULL REFERENCES kpi_import (id),
    PRIMARY KEY (measure_id, month, unit_id, area_id),
    CHECK (numerator <= denominator)
) STRICT, WITHOUT ROWID;
-- What a figure was before it was corrected.
CREATE TABLE kpi_fact_history (
    id           INTEGER PRIMARY KEY,
    measure_id   INTEGER NOT NULL REFERENCES kpi_measure (id),
    month        INTEGER NOT NULL,
    unit_id      INTEGER NOT NULL REFERENCES unit (id),
    area_id      INTEGER NOT NULL REFERENCES service_area (id),
    numerator    INTEGER NOT NULL,
    denominator  INTEGER NOT NULL,
    within_limit INTEGER,
    over_limit   INTEGER,
    errors       INTEGER,
    import_id    INTEGER NOT NULL REFERENCES kpi_import (id),
    replaced_by  INTEGER NOT NULL REFERENCES kpi_import (id),
    replaced_at  TEXT NOT NULL
) STRICT;
CREATE INDEX kpi_fact_history_fact ON kpi_fact_history (measure_id, month, unit_id, area_id);
CREATE INDEX kpi_fact_history_unit ON kpi_fact_history (unit_id);
CREATE INDEX kpi_fact_history_area ON kpi_fact_history (area_id);
CREATE INDEX kpi_fact_history_import ON kpi_fact_history (import_id);
CREATE INDEX kpi_fact_history_replaced_by ON kpi_fact_history (replaced_by);
-- A case behind the figures of a measure that is reached within a limit (`kpi import --items`). Those that were handled
-- add up to the figures of their month; what was handled later than the limit is `working_days > max_days`.
CREATE TABLE kpi_item (
    measure_id   INTEGER NOT NULL REFERENCES kpi_measure (id),
    unit_id      INTEGER NOT NULL REFERENCES unit (id),
    case_number  TEXT NOT NULL CHECK (case_number <> ''),
    area_id      INTEGER NOT NULL REFERENCES service_area (id),
    received     TEXT NOT NULL,
    handled      TEXT,                       -- NULL: not yet
    month        INTEGER,                    -- yyyymm of handled
    working_days INTEGER,                    -- how old it was then (DOMAIN §2.3)
    max_days     INTEGER NOT NULL,           -- the limit in force on the day of its receipt
    import_id    INTEGER NOT NULL REFERENCES kpi_import (id),
    PRIMARY KEY (measure_id, unit_id, case_number),
    CHECK ((handled IS NULL) = (month IS NULL) AND (handled IS NULL) = (working_days IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX kpi_item_month ON kpi_item (measure_id, month, unit_id, area_id, working_days, max_days);
-- What a case was before it was corrected.
CREATE TABLE kpi_item_history (
    id           INTEGER PRIMARY KEY,
    measure_id   INTEGER NOT NULL REFERENCES kpi_measure (id),
    unit_id      INTEGER NOT NULL REFERENCES unit (id),
    case_number  TEXT NOT NULL,
    area_id      INTEGER NOT NULL REFERENCES service_area (id),
    received     TEXT NOT NULL,
    handled      TEXT,
    working_days INTEGER,
    max_days     INTEGER NOT NULL,
    import_id    INTEGER NOT NULL REFERENCES kpi_import (id),
    replaced_by  INTEGER NOT NULL REFERENCES kpi_import (id),
    replaced_at  TEXT NOT NULL
) STRICT;
CREATE INDEX kpi_item_history_item ON kpi_item_history (measure_id, unit_id, case_number);
CREATE INDEX kpi_item_history_unit ON kpi_item_history (unit_id);
CREATE INDEX kpi_item_history_area ON kpi_item_history (area_id);
CREATE INDEX kpi_item_history_import ON kpi_item_history (import_id);
CREATE INDEX kpi_item_history_replaced_by ON kpi_item_history (replaced_by);
-- Months that have been closed at some time. A month that is not here is open (K-165).
CREATE TABLE kpi_month (
    month      INTEGER NOT NULL PRIMARY KEY,
    state      TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    changed_at TEXT NOT NULL
) STRICT;
-- The figures of a closed month over all customers, summed when it is closed: until it is opened again they are final.
-- Triggers keep them, so that no way of closing a month forgets them.
CREATE TABLE kpi_closed_sum (
    month        INTEGER NOT NULL,
    measure_id   INTEGER NOT NULL REFERENCES kpi_measure (id),
    area_id      INTEGER NOT NULL REFERENCES service_area (id),
    numerator    INTEGER NOT NULL,
    denominator  INTEGER NOT NULL,
    within_limit INTEGER,
    over_limit   INTEGER,
    PRIMARY KEY (month, measure_id, area_id)
) STRICT, WITHOUT ROWID;
-- The same by unit and year: over the months of the year that are closed now.
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

-- The services of the service-target report (K-084). Their names are labels.
CREATE TABLE service (
    id          INTEGER PRIMARY KEY,
    code        TEXT NOT NULL UNIQUE CHECK (code <> ''),
    position    INTEGER NOT NULL,            -- in the report
    within_days INTEGER NOT NULL CHECK (within_days BETWEEN 0 AND 3)   -- up to so many days is in time
) STRICT;
-- How many cases of a service a unit had in a month, by the days that they took.
CREATE TABLE service_figure (
    month      INTEGER NOT NULL,
    service_id INTEGER NOT NULL REFERENCES service (id),
    unit_id    INTEGER NOT NULL REFERENCES unit (id),
    days_0     INTEGER NOT NULL CHECK (days_0 >= 0),
    days_1     INTEGER NOT NULL CHECK (days_1 >= 0),
    days_2     INTEGER NOT NULL CHECK (days_2 >= 0),
    days_3     INTEGER NOT NULL CHECK (days_3 >= 0),
    days_more  INTEGER NOT NULL CHECK (days_more >= 0),
    imported_at TEXT,                        -- when it came in; NULL: before that was noted
    PRIMARY KEY (month, service_id, unit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX service_figure_service ON service_figure (service_id);
CREATE INDEX service_figure_unit ON service_figure (unit_id, month);
-- What such a figure was before it was corrected.
CREATE TABLE service_figure_history (
    id          INTEGER PRIMARY KEY,
    month       INTEGER NOT NULL,
    service_id  INTEGER NOT NULL REFERENCES service (id),
    unit_id     INTEGER NOT NULL REFERENCES unit (id),
    days_0      INTEGER NOT NULL,
    days_1      INTEGER NOT NULL,
    days_2      INTEGER NOT NULL,
    days_3      INTEGER NOT NULL,
    days_more   INTEGER NOT NULL,
    replaced_at TEXT NOT NULL
) STRICT;
CREATE INDEX service_figure_history_service ON service_figure_history (service_id);
CREATE INDEX service_figure_history_unit ON service_figure_history (unit_id);

-- Days that are not working days besides weekends and statutory holidays (DOMAIN §10), such as 24 December.
CREATE TABLE closed_day (
    day  TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> '')
) STRICT, WITHOUT ROWID;

-- ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE ticket_type (
    id     INTEGER PRIMARY KEY,
    code   TEXT NOT NULL UNIQUE,
    name   TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'retired'))
) STRICT;
-- The last sequence number used in a month of Copenhagen time: no gap, no duplicate (S-005).
CREATE TABLE ticket_counter (
    yymm INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL CHECK (last > 0)
) STRICT;
CREATE TABLE ticket (
    id           INTEGER PRIMARY KEY,
    number       TEXT NOT NULL UNIQUE,       -- `SAM 2404-1030`
    yymm         INTEGER NOT NULL,
    sequence     INTEGER NOT NULL,
    tenant_id    INTEGER NOT NULL REFERENCES tenant (id),
    requester_id INTEGER NOT NULL REFERENCES user (id),
    assignee_id  INTEGER REFERENCES user (id),
    type_id      INTEGER REFERENCES ticket_type (id),
    subject      TEXT NOT NULL CHECK (subject <> ''),
    status       TEXT NOT NULL CHECK (status IN ('registered', 'started', 'assigned', 'awaiting-internal',
                                                 'awaiting-requester', 'done', 'closed')),
    created_at   TEXT NOT NULL,
    updated_at   TEXT NOT NULL,
    done_at      TEXT,                       -- set exactly while the status is done, kept when it then closes
    closed_at    TEXT,
    follows_id   INTEGER REFERENCES ticket (id), -- the closed one that this one goes on from
    reminded_at  TEXT,                       -- when the requester was told that this done one will close
    UNIQUE (yymm, sequence),
    CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
    CHECK (status <> 'done' OR done_at IS NOT NULL)
) STRICT;
CREATE INDEX ticket_tenant ON ticket (tenant_id);
CREATE INDEX ticket_requester ON ticket (requester_id);
CREATE INDEX ticket_assignee ON ticket (assignee_id);
CREATE INDEX ticket_type_of ON ticket (type_id);
CREATE INDEX ticket_follows ON ticket (follows_id) WHERE follows_id IS NOT NULL;
-- What close-due looks for, and nothing else.
CREATE INDEX ticket_due ON ticket (done_at) WHERE status = 'done';
-- The open ones are what most lists ask for.
CREATE INDEX ticket_open ON ticket (updated_at) WHERE status <> 'closed';
-- Lists of all begin with what changed last, and mostly end soon.
CREATE INDEX ticket_updated ON ticket (updated_at);
-- The thread of a ticket, append-only (S-007).
CREATE TABLE ticket_entry (
    id        INTEGER PRIMARY KEY,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    at        TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('message', 'note', 'status', 'assignment', 'sharing', 'mail')),
    author_id INTEGER REFERENCES user (id),  -- NULL: the provider's operator or a job
    author    TEXT NOT NULL,                 -- as shown: a person's name, or `Ansvarlig`
    internal  INTEGER NOT NULL CHECK (internal IN (0, 1)),  -- hidden from the requester
    text      TEXT NOT NULL,                 -- of a mail: without what it quotes
    mail_id   INTEGER REFERENCES inbox (id)  -- the mail that it came by
) STRICT;
CREATE INDEX ticket_entry_ticket ON ticket_entry (ticket_id);
CREATE INDEX ticket_entry_author ON ticket_entry (author_id);
CREATE INDEX ticket_entry_mail ON ticket_entry (mail_id) WHERE mail_id IS NOT NULL;
CREATE TABLE ticket_attachment (
    entry_id INTEGER NOT NULL REFERENCES ticket_entry (id),
    position INTEGER NOT NULL,
    name     TEXT NOT NULL,
    blob_id  INTEGER NOT NULL REFERENCES blob (id),
    scan     TEXT NOT NULL DEFAULT 'unscanned' CHECK (scan IN ('unscanned', 'clean')),  -- what is infected is not taken
    PRIMARY KEY (entry_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_attachment_blob ON ticket_attachment (blob_id);
-- With whom of the same institution a ticket is shared (S-013).
CREATE TABLE ticket_share (
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    user_id   INTEGER NOT NULL REFERENCES user (id),
    shared_at TEXT NOT NULL,
    PRIMARY KEY (ticket_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_share_user ON ticket_share (user_id);

-- ── Mail ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Mails and SMS, queued in the transaction of their cause and rendered when they are sent.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    channel    TEXT NOT NULL CHECK (channel IN ('mail', 'sms')),
    state      TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed', 'unknown', 'cancelled')),
    recipient  TEXT NOT NULL,
    subject    TEXT,
    language   TEXT NOT NULL CHECK (language IN ('da', 'nb', 'en')),
    cause      TEXT NOT NULL,                -- why it was queued: an action and its object
    template   TEXT NOT NULL,
    params     TEXT NOT NULL,                -- JSON for the template; never a secret
    link_id    INTEGER REFERENCES link (id), -- whose token the text holds
    message_id TEXT NOT NULL,                -- fixed when queued
    queued_at  TEXT NOT NULL,
    sent_at    TEXT,
    attempts   INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    code_id    INTEGER,                      -- whose code or password the text holds; which table, the template tells
    reply_tag  TEXT,                         -- what the signed reply address names, such as a ticket's number
    not_before TEXT,                         -- after a temporary refusal: when it is tried again
    lease      TEXT,                         -- the run that has taken it on, while it is queued
    lease_ends TEXT,                         -- from when another run may take it on
    leaving_at TEXT,                         -- since when its text is on the way: whoever dies now leaves it unknown
    merged_into INTEGER REFERENCES outbox (id) -- the mail that said this too
) STRICT;
CREATE INDEX outbox_queued ON outbox (id) WHERE state = 'queued';
CREATE INDEX outbox_queued_to ON outbox (recipient) WHERE state = 'queued';
CREATE INDEX outbox_sent_to ON outbox (recipient, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX outbox_message_id ON outbox (message_id);
CREATE INDEX outbox_merged_into ON outbox (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX outbox_leaving ON outbox (lease_ends) WHERE leaving_at IS NOT NULL;
CREATE INDEX outbox_link ON outbox (link_id);
CREATE INDEX outbox_code ON outbox (code_id) WHERE code_id IS NOT NULL;

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

-- ── Jobs ─────────────────────────────────────────────────────────────────────────────────────────────────

-- Runs of jobs, the last hundred of each; they are not in the audit. One without an end goes on, or was killed.
CREATE TABLE job_run (
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL,
    started_at  TEXT NOT NULL,
    finished_at TEXT,
    result      TEXT CHECK (result IN ('done', 'nothing', 'failed')),
    detail      TEXT,                        -- JSON: what was counted, or why it failed
    CHECK ((finished_at IS NULL) = (result IS NULL))
) STRICT;
CREATE INDEX job_run_name ON job_run (name, id);

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
