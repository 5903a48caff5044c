-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- How far the chain was read for a program: outside the journal, and found again if it is lost. What the Safe's
-- nonce and balance were at the end of that block shows whether nodes leave anything out after it.
CREATE TABLE marks (
    program TEXT NOT NULL PRIMARY KEY REFERENCES programs (id),
    block INTEGER NOT NULL CHECK (block >= 0),
    block_hash TEXT NOT NULL CHECK (length(block_hash) = 64 AND block_hash NOT GLOB '*[^0-9a-f]*'),
    nonce INTEGER NOT NULL CHECK (nonce >= 0),
    balance TEXT NOT NULL CHECK (length(balance) = 39 AND balance NOT GLOB '*[^0-9]*')
) STRICT, WITHOUT ROWID;
