-- The latest decision on one right of one person is asked for by all three.
DROP INDEX rights_review_item_user;
CREATE INDEX rights_review_item_place ON rights_review_item (user_id, tenant_id, "right");
-- Agreements: versions, what a document says of itself, how it ended, and the certificate of its signatures.
ALTER TABLE agreement ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);
ALTER TABLE agreement ADD COLUMN pages INTEGER CHECK (pages > 0);
ALTER TABLE agreement ADD COLUMN document_title TEXT;
ALTER TABLE agreement ADD COLUMN terminated_on TEXT;
ALTER TABLE agreement ADD COLUMN replaced_by INTEGER REFERENCES agreement (id);
ALTER TABLE agreement ADD COLUMN replaced_on TEXT;
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
-- Events are chained from here on: those so far are noted, so that no later one can do without its hash.
INSERT INTO meta (key, value) SELECT 'agreement_events_unchained', CAST(max(id) AS TEXT) FROM agreement_event HAVING max(id) IS NOT NULL;
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
-- The dashboard's mail names what waits; those that are queued know of nothing.
UPDATE outbox SET params = json_set(params, '$.waiting', json('[]'), '$.changed', NULL)
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
CREATE TRIGGER kpi_month_known AFTER INSERT ON kpi_month WHEN new.state = 'closed'
BEGIN
    INSERT INTO kpi_closed_sum
    SELECT month, measure_id, area_id, sum(numerator), sum(denominator), sum(within_limit), sum(over_limit)
    FROM kpi_fact WHERE measure_id IN (SELECT id FROM kpi_measure) AND month = new.month
    GROUP BY month, measure_id, area_id;
END;
CREATE TRIGGER kpi_month_changed AFTER UPDATE OF state ON kpi_month
BEGIN
    DELETE FROM kpi_closed_sum WHERE month = new.month;
    INSERT INTO kpi_closed_sum
    SELECT month, measure_id, area_id, sum(numerator), sum(denominator), sum(within_limit), sum(over_limit)
    FROM kpi_fact WHERE new.state = 'closed' AND measure_id IN (SELECT id FROM kpi_measure) AND month = new.month
    GROUP BY month, measure_id, area_id;
END;
INSERT INTO kpi_closed_sum
SELECT f.month, f.measure_id, f.area_id, sum(f.numerator), sum(f.denominator), sum(f.within_limit), sum(f.over_limit)
FROM kpi_fact f JOIN kpi_month m ON m.month = f.month AND m.state = 'closed' GROUP BY f.month, f.measure_id, f.area_id;
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
INSERT INTO service (code, position, within_days) VALUES
    ('creditor', 1, 1), ('debtor', 2, 1), ('ddi-postings', 3, 1), ('ddi-master-data', 4, 1), ('period-accounts', 5, 0),
    ('travel', 6, 1);
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
