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

-- Without figures SQLite takes a program for ten rows and reads all of it rather than a narrower index. These say
-- what a large program looks like; nothing in the program runs ANALYZE, so they stay. PostgreSQL keeps its own.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('submissions', 'submissions', '1000000 1000000 1'),
    ('submissions', 'submissions_by_state', '1000000 1000000 150000 1'),
    ('submissions', 'submissions_by_member', '1000000 1000000 1000 1'),
    ('submissions', 'submissions_by_category', '1000000 1000000 200000 1'),
    ('submissions', 'submissions_by_period', '1000000 1000000 50000 1'),
    ('submissions', 'submissions_by_bounty', '1000000 1000000 100 1'),
    ('bounties', 'bounties', '100000 100000 1'),
    ('bounties', 'bounties_by_period', '100000 100000 5000 1'),
    ('bounties', 'bounties_by_category', '100000 100000 20000 1'),
    ('events', 'sqlite_autoindex_events_1', '2000000 2000000 1'),
    ('events', 'sqlite_autoindex_events_2', '2000000 2000000 1'),
    ('documents', 'sqlite_autoindex_documents_1', '2000000 2000000 1'),
    ('addresses', 'addresses', '10000 10000 1'),
    ('addresses', 'addresses_by_member', '10000 10000 2 1'),
    ('allotments', 'allotments', '10000 10000 1000 100 1'),
    ('allotments', 'allotments_by_seq', '10000 10000 1000 100 1'),
    ('payouts', 'payouts', '1000000 1000000 20 1'),
    ('payouts', 'sqlite_autoindex_payouts_2', '1000000 1000000 1'),
    ('evidence', 'evidence', '2000000 2000000 1 1'),
    ('evidence', 'evidence_by_submission', '2000000 2000000 2 1'),
    ('revisions', 'revisions', '1500000 1500000 2 1'),
    ('votes', 'votes', '3000000 3000000 3 2 1 1'),
    ('accounts', 'accounts', '1000 1000 1'),
    ('entries', 'entries', '4000000 4000000 4 1'),
    ('entries', 'entries_by_account', '4000000 4000000 40000 2 1');
