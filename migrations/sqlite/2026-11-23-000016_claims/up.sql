-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- What a live or paid claim holds, with its share in percent. The backstop for "evidence is unique per function": of
-- claims that say that all of it is theirs and contest nobody, one is alone.
CREATE TABLE held (
    program TEXT NOT NULL REFERENCES programs (id),
    key TEXT NOT NULL CHECK (length(key) = 64 AND key NOT GLOB '*[^0-9a-f]*'),
    function TEXT NOT NULL,
    submission INTEGER NOT NULL CHECK (submission >= 0),
    share INTEGER NOT NULL CHECK (share BETWEEN 1 AND 100),
    alone INTEGER NOT NULL CHECK (alone IN (0, 1)),
    PRIMARY KEY (program, key, function, submission)
) STRICT, WITHOUT ROWID;
INSERT INTO held SELECT program, key, function, submission, 100, 1 FROM evidence;
DROP TABLE evidence;
ALTER TABLE held RENAME TO evidence;
CREATE UNIQUE INDEX evidence_alone ON evidence (program, key, function) WHERE alone = 1;
CREATE INDEX evidence_by_submission ON evidence (program, submission, key);

-- What a rejection rests on, and what would be approved.
ALTER TABLE votes ADD COLUMN ground TEXT;
ALTER TABLE votes ADD COLUMN offer TEXT CHECK (length(offer) = 39 AND offer NOT GLOB '*[^0-9]*');

-- Feelers, and the event that ended an offer.
ALTER TABLE bounties ADD COLUMN probe TEXT NOT NULL DEFAULT 'no';
ALTER TABLE bounties ADD COLUMN closed INTEGER CHECK (closed >= 0);

-- What happened to a claim beside revisions and votes; `text` is a document, `member` is none for the ledger itself.
CREATE TABLE history (
    program TEXT NOT NULL REFERENCES programs (id),
    submission INTEGER NOT NULL CHECK (submission >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    kind TEXT NOT NULL,
    member INTEGER CHECK (member >= 0),
    text TEXT CHECK (length(text) = 64 AND text NOT GLOB '*[^0-9a-f]*'),
    until TEXT CHECK (until GLOB '????-??-??T??:??:??.??????Z'),
    verdict TEXT,
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (program, submission, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('evidence', 'evidence', '2000000 2000000 1 1 1'),
    ('evidence', 'evidence_alone', '2000000 2000000 1 1'),
    ('evidence', 'evidence_by_submission', '2000000 2000000 2 1'),
    ('history', 'history', '500000 500000 2 1');
