ALTER TABLE bounties DROP COLUMN template;
ALTER TABLE revisions DROP COLUMN policy;
ALTER TABLE payouts DROP CONSTRAINT payouts_program_batch_submission_key;
ALTER TABLE payouts ADD UNIQUE (program, submission);
