DROP TABLE history;
ALTER TABLE bounties DROP COLUMN closed;
ALTER TABLE bounties DROP COLUMN probe;
ALTER TABLE votes DROP COLUMN offer;
ALTER TABLE votes DROP COLUMN ground;
CREATE TABLE held (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    key TEXT COLLATE "C" NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
    function TEXT COLLATE "C" NOT NULL,
    submission BIGINT NOT NULL CHECK (submission >= 0),
    PRIMARY KEY (program, key, function)
);
INSERT INTO held SELECT program, key, function, submission FROM evidence WHERE alone = 1;
DROP TABLE evidence;
ALTER TABLE held RENAME TO evidence;
ALTER TABLE evidence RENAME CONSTRAINT held_pkey TO evidence_pkey;
ALTER TABLE evidence RENAME CONSTRAINT held_program_fkey TO evidence_program_fkey;
CREATE INDEX evidence_by_submission ON evidence (program, submission, key);
