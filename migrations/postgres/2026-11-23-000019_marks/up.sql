-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- How far the chain was read for a program: outside the journal, and found again if it is lost. What the Safe's
-- nonce and balance were at the end of that block shows whether nodes leave anything out after it.
CREATE TABLE marks (
    program TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES programs (id),
    block BIGINT NOT NULL CHECK (block >= 0),
    block_hash TEXT COLLATE "C" NOT NULL CHECK (block_hash ~ '^[0-9a-f]{64}$'),
    nonce BIGINT NOT NULL CHECK (nonce >= 0),
    balance TEXT COLLATE "C" NOT NULL CHECK (balance ~ '^[0-9]{39}$')
);
