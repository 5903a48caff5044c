-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Budget lines, range by range: each row stands from its event on, until the next one of its name.
CREATE TABLE ranges (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    slug TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 0),
    position BIGINT NOT NULL CHECK (position >= 0),
    floor TEXT COLLATE "C" NOT NULL CHECK (floor ~ '^[0-9]{39}$'),
    ceiling TEXT COLLATE "C" NOT NULL CHECK (ceiling ~ '^[0-9]{39}$'),
    PRIMARY KEY (program, slug, seq),
    CHECK (floor <= ceiling)
);
INSERT INTO ranges SELECT program, slug, 0, position, floor, ceiling FROM categories;
DROP TABLE categories;
ALTER TABLE ranges RENAME TO categories;
ALTER INDEX ranges_pkey RENAME TO categories_pkey;

-- The caps of a period, from the event on that set each; `reason` is a document, none for the first.
CREATE TABLE caps (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    period BIGINT NOT NULL CHECK (period >= 0),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    cap TEXT COLLATE "C" NOT NULL CHECK (cap ~ '^[0-9]{39}$'),
    reason TEXT COLLATE "C" CHECK (reason ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (program, period, seq)
);
INSERT INTO caps SELECT program, number, seq, cap, NULL FROM periods;

-- How a period was closed, and why it spent what it spent: a document.
ALTER TABLE periods ADD COLUMN closed_seq BIGINT CHECK (closed_seq >= 0);
ALTER TABLE periods ADD COLUMN closed_at TEXT COLLATE "C" CHECK (closed_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$');
ALTER TABLE periods ADD COLUMN variance TEXT COLLATE "C" CHECK (variance ~ '^[0-9a-f]{64}$');

-- Why an allotment was changed: a document.
ALTER TABLE allotments ADD COLUMN reason TEXT COLLATE "C" CHECK (reason ~ '^[0-9a-f]{64}$');

-- LPT that came into the Safe; one that was wrong is withdrawn, and its transfer may then be recorded again.
CREATE TABLE transfers (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    tx_hash TEXT COLLATE "C" NOT NULL CHECK (tx_hash ~ '^[0-9a-f]{64}$'),
    log_index BIGINT NOT NULL CHECK (log_index >= 0),
    sender TEXT COLLATE "C" CHECK (sender ~ '^0x[0-9a-f]{40}$'),
    source TEXT COLLATE "C" NOT NULL,
    withdrawn_seq BIGINT CHECK (withdrawn_seq >= 0),
    reason TEXT COLLATE "C" CHECK (reason ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (program, seq)
);
INSERT INTO transfers SELECT program, seq, amount, tx_hash, log_index, sender, source, NULL, NULL FROM funding;
DROP TABLE funding;
ALTER TABLE transfers RENAME TO funding;
ALTER INDEX transfers_pkey RENAME TO funding_pkey;
CREATE UNIQUE INDEX funding_once ON funding (program, tx_hash, log_index) WHERE withdrawn_seq IS NULL;
