ALTER TABLE bounties DROP COLUMN template;
ALTER TABLE revisions DROP COLUMN policy;
CREATE TABLE lines (
    program TEXT NOT NULL REFERENCES programs (id),
    batch INTEGER NOT NULL CHECK (batch >= 0),
    line INTEGER NOT NULL CHECK (line >= 0),
    submission INTEGER NOT NULL CHECK (submission >= 0),
    payee TEXT NOT NULL CHECK (length(payee) = 42 AND payee GLOB '0x*' AND substr(payee, 3) NOT GLOB '*[^0-9a-f]*'),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    PRIMARY KEY (program, batch, line),
    UNIQUE (program, submission)
) STRICT, WITHOUT ROWID;
INSERT INTO lines SELECT program, batch, line, submission, payee, amount FROM payouts;
DROP TABLE payouts;
ALTER TABLE lines RENAME TO payouts;
