-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- Captures that wait for a claim to name them: outside the journal, never rebuilt, dropped after a day.
-- What a claim names goes from here to `documents` in the commit of its event.
CREATE TABLE uploads (
    program TEXT NOT NULL REFERENCES programs (id),
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    member INTEGER NOT NULL CHECK (member >= 1),
    salt TEXT NOT NULL CHECK (length(salt) = 32 AND salt NOT GLOB '*[^0-9a-f]*'),
    content BLOB NOT NULL,
    media_type TEXT NOT NULL,
    uploaded_at TEXT NOT NULL CHECK (uploaded_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (program, digest)
) STRICT;
CREATE INDEX uploads_by_time ON uploads (uploaded_at);

-- The digests of a revision's captures, with commas between them.
ALTER TABLE revisions ADD COLUMN captures TEXT NOT NULL DEFAULT '';
