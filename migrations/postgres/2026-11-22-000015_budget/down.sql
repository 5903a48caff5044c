CREATE TABLE transfers (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    tx_hash TEXT COLLATE "C" NOT NULL CHECK (tx_hash ~ '^[0-9a-f]{64}$'),
    log_index BIGINT NOT NULL CHECK (log_index >= 0),
    sender TEXT COLLATE "C" CHECK (sender ~ '^0x[0-9a-f]{40}$'),
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (program, seq),
    UNIQUE (program, tx_hash, log_index)
);
INSERT INTO transfers SELECT program, seq, amount, tx_hash, log_index, sender, source FROM funding
    WHERE withdrawn_seq IS NULL;
DROP TABLE funding;
ALTER TABLE transfers RENAME TO funding;
ALTER INDEX transfers_pkey RENAME TO funding_pkey;
ALTER INDEX transfers_program_tx_hash_log_index_key RENAME TO funding_program_tx_hash_log_index_key;
ALTER TABLE allotments DROP COLUMN reason;
ALTER TABLE periods DROP COLUMN variance;
ALTER TABLE periods DROP COLUMN closed_at;
ALTER TABLE periods DROP COLUMN closed_seq;
DROP TABLE caps;
CREATE TABLE ranges (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    slug TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    floor TEXT COLLATE "C" NOT NULL CHECK (floor ~ '^[0-9]{39}$'),
    ceiling TEXT COLLATE "C" NOT NULL CHECK (ceiling ~ '^[0-9]{39}$'),
    PRIMARY KEY (program, slug),
    CHECK (floor <= ceiling)
);
INSERT INTO ranges SELECT program, slug, position, floor, ceiling FROM categories AS known
    WHERE seq = (SELECT max(later.seq) FROM categories AS later
        WHERE later.program = known.program AND later.slug = known.slug);
DROP TABLE categories;
ALTER TABLE ranges RENAME TO categories;
ALTER INDEX ranges_pkey RENAME TO categories_pkey;
