-- The latest decision on one right of one person is asked for by all three.
DROP INDEX rights_review_item_user;
CREATE INDEX rights_review_item_place ON rights_review_item (user_id, tenant_id, "right");
-- Agreements: versions, what a document says of itself, how it ended, and the certificate of its signatures.
ALTER TABLE agreement ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE agreement ADD COLUMN pages INTEGER CHECK (pages > 0);
ALTER TABLE agreement ADD COLUMN document_title TEXT;
ALTER TABLE agreement ADD COLUMN terminated_on TEXT;
ALTER TABLE agreement ADD COLUMN replaced_by INTEGER REFERENCES agreement (id);
ALTER TABLE agreement ADD COLUMN certificate INTEGER REFERENCES blob (id);
CREATE INDEX agreement_replaced_by ON agreement (replaced_by);
CREATE INDEX agreement_certificate ON agreement (certificate);
CREATE INDEX agreement_uncertified ON agreement (id) WHERE in_force_at IS NOT NULL AND certificate IS NULL;
CREATE INDEX agreement_ending ON agreement (expires_on) WHERE state = 'in-force' AND expires_on IS NOT NULL;
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
PRAGMA defer_foreign_keys = ON;
-- Annexes belong to a version. A key cannot be changed, so the table is made anew; so for signatures and their UNIQUE.
CREATE TABLE agreement_annex_before AS SELECT * FROM agreement_annex;
DROP TABLE agreement_annex;
CREATE TABLE agreement_annex (
    agreement_id INTEGER NOT NULL REFERENCES agreement (id),
    version      INTEGER NOT NULL,
    position     INTEGER NOT NULL,           -- 1, 2, 3 … as given
    name         TEXT NOT NULL,
    document     INTEGER NOT NULL REFERENCES blob (id),
    PRIMARY KEY (agreement_id, version, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_annex_document ON agreement_annex (document);
INSERT INTO agreement_annex (agreement_id, version, position, name, document)
SELECT agreement_id, 1, position, name, document FROM agreement_annex_before;
DROP TABLE agreement_annex_before;
CREATE TABLE agreement_signature_before AS SELECT * FROM agreement_signature;
DROP TABLE agreement_signature;
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
INSERT INTO agreement_signature (id, agreement_id, party, signer, email, title, role, method, reference, signed_at,
                                 recorded_at, sha256, evidence_name, evidence, version, origin)
SELECT id, agreement_id, party, signer, email, title, role, method, reference, signed_at,
       recorded_at, sha256, evidence_name, evidence, 1, 'recorded' FROM agreement_signature_before;
DROP TABLE agreement_signature_before;
-- Events are chained from here on.
ALTER TABLE agreement_event ADD COLUMN version INTEGER;
ALTER TABLE agreement_event ADD COLUMN real_actor TEXT;
ALTER TABLE agreement_event ADD COLUMN previous TEXT;
ALTER TABLE agreement_event ADD COLUMN hash TEXT;
CREATE TABLE agreement_warning (
    agreement_id INTEGER NOT NULL REFERENCES agreement (id),
    expires_on   TEXT NOT NULL,
    days         INTEGER NOT NULL CHECK (days >= 0),
    at           TEXT NOT NULL,
    PRIMARY KEY (agreement_id, expires_on, days)
) STRICT, WITHOUT ROWID;
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
-- The dashboard's mail names what waits; those that are queued know of nothing.
UPDATE outbox SET params = json_set(params, '$.waiting', json('[]'))
WHERE template = 'signatory.dashboard' AND state = 'queued';
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
-- Cases behind the monthly figures.
ALTER TABLE kpi_import ADD COLUMN kind TEXT NOT NULL DEFAULT 'figures' CHECK (kind IN ('figures', 'items'));
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
