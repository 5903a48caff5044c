-- Proofs of addresses, signed votes, and when decisions are due.
ALTER TABLE addresses ADD COLUMN proof TEXT COLLATE "C" CHECK (proof ~ '^[0-9a-f]{130}$');
ALTER TABLE votes ADD COLUMN signature TEXT COLLATE "C" CHECK (signature ~ '^[0-9a-f]{130}$');
ALTER TABLE votes ADD COLUMN signer TEXT COLLATE "C" CHECK (signer ~ '^0x[0-9a-f]{40}$');
ALTER TABLE submissions ADD COLUMN due_at TEXT COLLATE "C" CHECK (due_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$');
