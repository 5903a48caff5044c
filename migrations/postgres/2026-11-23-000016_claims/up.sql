-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- What a live or paid claim holds, with its share in percent. The backstop for "evidence is unique per function": of
-- claims that say that all of it is theirs and contest nobody, one is alone.
CREATE TABLE held (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    key TEXT COLLATE "C" NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
    function TEXT COLLATE "C" NOT NULL,
    submission BIGINT NOT NULL CHECK (submission >= 0),
    share BIGINT NOT NULL CHECK (share BETWEEN 1 AND 100),
    alone BIGINT NOT NULL CHECK (alone IN (0, 1)),
    PRIMARY KEY (program, key, function, submission)
);
INSERT INTO held SELECT program, key, function, submission, 100, 1 FROM evidence;
DROP TABLE evidence;
ALTER TABLE held RENAME TO evidence;
ALTER TABLE evidence RENAME CONSTRAINT held_pkey TO evidence_pkey;
ALTER TABLE evidence RENAME CONSTRAINT held_program_fkey TO evidence_program_fkey;
CREATE UNIQUE INDEX evidence_alone ON evidence (program, key, function) WHERE alone = 1;
CREATE INDEX evidence_by_submission ON evidence (program, submission, key);

-- What a rejection rests on, and what would be approved.
ALTER TABLE votes ADD COLUMN ground TEXT COLLATE "C";
ALTER TABLE votes ADD COLUMN offer TEXT COLLATE "C" CHECK (offer ~ '^[0-9]{39}$');

-- Feelers, and the event that ended an offer.
ALTER TABLE bounties ADD COLUMN probe TEXT COLLATE "C" NOT NULL DEFAULT 'no';
ALTER TABLE bounties ADD COLUMN closed BIGINT CHECK (closed >= 0);

-- What happened to a claim beside revisions and votes; `text` is a document, `member` is none for the ledger itself.
CREATE TABLE history (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    submission BIGINT NOT NULL CHECK (submission >= 0),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    kind TEXT COLLATE "C" NOT NULL,
    member BIGINT CHECK (member >= 0),
    text TEXT COLLATE "C" CHECK (text ~ '^[0-9a-f]{64}$'),
    until TEXT COLLATE "C" CHECK (until ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    verdict TEXT COLLATE "C",
    at TEXT COLLATE "C" NOT NULL CHECK (at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (program, submission, seq)
);
