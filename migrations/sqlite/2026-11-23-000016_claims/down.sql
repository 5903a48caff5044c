DROP TABLE history;
ALTER TABLE bounties DROP COLUMN closed;
ALTER TABLE bounties DROP COLUMN probe;
ALTER TABLE votes DROP COLUMN offer;
ALTER TABLE votes DROP COLUMN ground;
CREATE TABLE held (
    program TEXT NOT NULL REFERENCES programs (id),
    key TEXT NOT NULL CHECK (length(key) = 64 AND key NOT GLOB '*[^0-9a-f]*'),
    function TEXT NOT NULL,
    submission INTEGER NOT NULL CHECK (submission >= 0),
    PRIMARY KEY (program, key, function)
) STRICT, WITHOUT ROWID;
INSERT INTO held SELECT program, key, function, submission FROM evidence WHERE alone = 1;
DROP TABLE evidence;
ALTER TABLE held RENAME TO evidence;
CREATE INDEX evidence_by_submission ON evidence (program, submission, key);
