-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- Budget lines, range by range: each row stands from its event on, until the next one of its name.
CREATE TABLE ranges (
    program TEXT NOT NULL REFERENCES programs (id),
    slug TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 0),
    position INTEGER NOT NULL CHECK (position >= 0),
    floor TEXT NOT NULL CHECK (length(floor) = 39 AND floor NOT GLOB '*[^0-9]*'),
    ceiling TEXT NOT NULL CHECK (length(ceiling) = 39 AND ceiling NOT GLOB '*[^0-9]*'),
    PRIMARY KEY (program, slug, seq),
    CHECK (floor <= ceiling)
) STRICT, WITHOUT ROWID;
INSERT INTO ranges SELECT program, slug, 0, position, floor, ceiling FROM categories;
DROP TABLE categories;
ALTER TABLE ranges RENAME TO categories;

-- The caps of a period, from the event on that set each; `reason` is a document, none for the first.
CREATE TABLE caps (
    program TEXT NOT NULL REFERENCES programs (id),
    period INTEGER NOT NULL CHECK (period >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    cap TEXT NOT NULL CHECK (length(cap) = 39 AND cap NOT GLOB '*[^0-9]*'),
    reason TEXT CHECK (length(reason) = 64 AND reason NOT GLOB '*[^0-9a-f]*'),
    PRIMARY KEY (program, period, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO caps SELECT program, number, seq, cap, NULL FROM periods;

-- How a period was closed, and why it spent what it spent: a document.
ALTER TABLE periods ADD COLUMN closed_seq INTEGER CHECK (closed_seq >= 0);
ALTER TABLE periods ADD COLUMN closed_at TEXT CHECK (closed_at GLOB '????-??-??T??:??:??.??????Z');
ALTER TABLE periods ADD COLUMN variance TEXT CHECK (length(variance) = 64 AND variance NOT GLOB '*[^0-9a-f]*');

-- Why an allotment was changed: a document.
ALTER TABLE allotments ADD COLUMN reason TEXT CHECK (length(reason) = 64 AND reason NOT GLOB '*[^0-9a-f]*');

-- LPT that came into the Safe; one that was wrong is withdrawn, and its transfer may then be recorded again.
CREATE TABLE transfers (
    program TEXT NOT NULL REFERENCES programs (id),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    tx_hash TEXT NOT NULL CHECK (length(tx_hash) = 64 AND tx_hash NOT GLOB '*[^0-9a-f]*'),
    log_index INTEGER NOT NULL CHECK (log_index >= 0),
    sender TEXT CHECK (length(sender) = 42 AND sender GLOB '0x*' AND substr(sender, 3) NOT GLOB '*[^0-9a-f]*'),
    source TEXT NOT NULL,
    withdrawn_seq INTEGER CHECK (withdrawn_seq >= 0),
    reason TEXT CHECK (length(reason) = 64 AND reason NOT GLOB '*[^0-9a-f]*'),
    PRIMARY KEY (program, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO transfers SELECT program, seq, amount, tx_hash, log_index, sender, source, NULL, NULL FROM funding;
DROP TABLE funding;
ALTER TABLE transfers RENAME TO funding;
CREATE UNIQUE INDEX funding_once ON funding (program, tx_hash, log_index) WHERE withdrawn_seq IS NULL;
