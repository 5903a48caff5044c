-- Indexes that end in a list's key: a page is one range of one index, in order, whatever it is filtered by.
DROP INDEX submissions_by_state;
DROP INDEX submissions_by_member;
CREATE INDEX submissions_by_state ON submissions (program, state, number);
CREATE INDEX submissions_by_member ON submissions (program, member, number);
CREATE INDEX submissions_by_category ON submissions (program, category, number);
CREATE INDEX submissions_by_period ON submissions (program, period, number);
CREATE INDEX submissions_by_bounty ON submissions (program, bounty, number);
CREATE INDEX bounties_by_period ON bounties (program, period, number);
CREATE INDEX bounties_by_category ON bounties (program, category, number);
CREATE INDEX addresses_by_member ON addresses (program, member, position);
CREATE INDEX evidence_by_submission ON evidence (program, submission, key);

-- What a category was given as of any event is one look-up.
CREATE INDEX allotments_by_seq ON allotments (program, period, category, seq);
