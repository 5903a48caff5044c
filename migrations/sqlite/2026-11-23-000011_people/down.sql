ALTER TABLE submissions DROP COLUMN due_at;
ALTER TABLE votes DROP COLUMN signer;
ALTER TABLE votes DROP COLUMN signature;
ALTER TABLE addresses DROP COLUMN proof;
