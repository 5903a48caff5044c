-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- States of programs after `size` events, cut into parts: a help for the start, never the truth, and safe to delete.
-- Part 0 is written last, so a snapshot that has it has them all. `build` is the code that gives the bytes their meaning;
-- `leaf` and `root` are the journal's at that size; `digest` is the SHA-256 of all parts together.
CREATE TABLE snapshots (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    build TEXT COLLATE "C" NOT NULL CHECK (build ~ '^[0-9a-f]{64}$'),
    size BIGINT NOT NULL CHECK (size >= 1),
    part BIGINT NOT NULL CHECK (part >= 0 AND part < parts),
    parts BIGINT NOT NULL,
    leaf TEXT COLLATE "C" NOT NULL CHECK (leaf ~ '^[0-9a-f]{64}$'),
    root TEXT COLLATE "C" NOT NULL CHECK (root ~ '^[0-9a-f]{64}$'),
    digest TEXT COLLATE "C" NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    bytes BYTEA NOT NULL,
    PRIMARY KEY (program, build, size, part)
);
