CREATE TABLE transfers (
    program TEXT NOT NULL REFERENCES programs (id),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    tx_hash TEXT NOT NULL CHECK (length(tx_hash) = 64 AND tx_hash NOT GLOB '*[^0-9a-f]*'),
    log_index INTEGER NOT NULL CHECK (log_index >= 0),
    sender TEXT CHECK (length(sender) = 42 AND sender GLOB '0x*' AND substr(sender, 3) NOT GLOB '*[^0-9a-f]*'),
    source TEXT NOT NULL,
    PRIMARY KEY (program, seq),
    UNIQUE (program, tx_hash, log_index)
) STRICT, WITHOUT ROWID;
INSERT INTO transfers SELECT program, seq, amount, tx_hash, log_index, sender, source FROM funding
    WHERE withdrawn_seq IS NULL;
DROP TABLE funding;
ALTER TABLE transfers RENAME TO funding;
ALTER TABLE allotments DROP COLUMN reason;
ALTER TABLE periods DROP COLUMN variance;
ALTER TABLE periods DROP COLUMN closed_at;
ALTER TABLE periods DROP COLUMN closed_seq;
DROP TABLE caps;
CREATE TABLE ranges (
    program TEXT NOT NULL REFERENCES programs (id),
    slug TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    floor TEXT NOT NULL CHECK (length(floor) = 39 AND floor NOT GLOB '*[^0-9]*'),
    ceiling TEXT NOT NULL CHECK (length(ceiling) = 39 AND ceiling NOT GLOB '*[^0-9]*'),
    PRIMARY KEY (program, slug),
    CHECK (floor <= ceiling)
) STRICT, WITHOUT ROWID;
INSERT INTO ranges SELECT program, slug, position, floor, ceiling FROM categories AS known
    WHERE seq = (SELECT max(later.seq) FROM categories AS later
        WHERE later.program = known.program AND later.slug = known.slug);
DROP TABLE categories;
ALTER TABLE ranges RENAME TO categories;
