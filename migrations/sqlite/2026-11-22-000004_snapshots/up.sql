-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- States of programs after `size` events, cut into parts: a help for the start, never the truth, and safe to delete.
-- Part 0 is written last, so a snapshot that has it has them all. `build` is the code that gives the bytes their meaning;
-- `leaf` and `root` are the journal's at that size; `digest` is the SHA-256 of all parts together.
CREATE TABLE snapshots (
    program TEXT NOT NULL REFERENCES programs (id),
    build TEXT NOT NULL CHECK (length(build) = 64 AND build NOT GLOB '*[^0-9a-f]*'),
    size INTEGER NOT NULL CHECK (size >= 1),
    part INTEGER NOT NULL CHECK (part >= 0 AND part < parts),
    parts INTEGER NOT NULL,
    leaf TEXT NOT NULL CHECK (length(leaf) = 64 AND leaf NOT GLOB '*[^0-9a-f]*'),
    root TEXT NOT NULL CHECK (length(root) = 64 AND root NOT GLOB '*[^0-9a-f]*'),
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    bytes BLOB NOT NULL,
    PRIMARY KEY (program, build, size, part)
) STRICT;
