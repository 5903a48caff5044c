-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Captures that wait for a claim to name them: outside the journal, never rebuilt, dropped after a day.
-- What a claim names goes from here to `documents` in the commit of its event.
CREATE TABLE uploads (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    digest TEXT COLLATE "C" NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    member BIGINT NOT NULL CHECK (member >= 1),
    salt TEXT COLLATE "C" NOT NULL CHECK (salt ~ '^[0-9a-f]{32}$'),
    content BYTEA NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    uploaded_at TEXT COLLATE "C" NOT NULL CHECK (uploaded_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (program, digest)
);
CREATE INDEX uploads_by_time ON uploads (uploaded_at);

-- The digests of a revision's captures, with commas between them.
ALTER TABLE revisions ADD COLUMN captures TEXT COLLATE "C" NOT NULL DEFAULT '';
