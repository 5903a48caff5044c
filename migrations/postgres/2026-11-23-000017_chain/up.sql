-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Candidates for one nonce share lines: that a claim is paid once is what the journal decides.
ALTER TABLE payouts DROP CONSTRAINT payouts_program_submission_key;
ALTER TABLE payouts ADD UNIQUE (program, batch, submission);

-- The version of the policy that decides about a revision, and the template of a bounty.
ALTER TABLE revisions ADD COLUMN policy BIGINT NOT NULL DEFAULT 1 CHECK (policy >= 1);
ALTER TABLE bounties ADD COLUMN template TEXT COLLATE "C";
