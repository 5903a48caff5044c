-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.
-- Amounts: 39 digits. Times: 27 characters. Hashes: 64 hexadecimal digits. Addresses: lower case.
-- WITHOUT ROWID keeps a row in its key's tree, not beside it; events and documents are too large for that.

-- Which programs exist. Not a projection: a Safe and a slug belong to one program of this database.
CREATE TABLE programs (
    id TEXT NOT NULL CHECK (length(id) = 36),
    slug TEXT NOT NULL,
    chain_id TEXT NOT NULL,
    safe TEXT NOT NULL CHECK (length(safe) = 42 AND safe GLOB '0x*' AND substr(safe, 3) NOT GLOB '*[^0-9a-f]*'),
    opened_at TEXT NOT NULL CHECK (opened_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id),
    UNIQUE (slug),
    UNIQUE (chain_id, safe)
) STRICT, WITHOUT ROWID;

-- Where each journal ends. The writer locks this row; `size` counts events, `leaf` is the last one's hash.
CREATE TABLE heads (
    program TEXT NOT NULL REFERENCES programs (id),
    size INTEGER NOT NULL CHECK (size >= 0),
    leaf TEXT NOT NULL CHECK (length(leaf) = 64 AND leaf NOT GLOB '*[^0-9a-f]*'),
    root TEXT NOT NULL CHECK (length(root) = 64 AND root NOT GLOB '*[^0-9a-f]*'),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (program)
) STRICT, WITHOUT ROWID;

-- The journal: canonical bytes, append-only.
CREATE TABLE events (
    program TEXT NOT NULL REFERENCES programs (id),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    bytes BLOB NOT NULL,
    leaf TEXT NOT NULL CHECK (length(leaf) = 64 AND leaf NOT GLOB '*[^0-9a-f]*'),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????Z'),
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    cause_key TEXT CHECK (length(cause_key) = 64 AND cause_key NOT GLOB '*[^0-9a-f]*'),
    cause_request TEXT CHECK (length(cause_request) = 64 AND cause_request NOT GLOB '*[^0-9a-f]*'),
    PRIMARY KEY (program, seq),
    UNIQUE (program, cause_key),
    CHECK ((cause_key IS NULL) = (cause_request IS NULL))
) STRICT;

-- Texts and files, bound to the journal by SHA-256(salt, content).
CREATE TABLE documents (
    program TEXT NOT NULL REFERENCES programs (id),
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    salt TEXT NOT NULL CHECK (length(salt) = 32 AND salt NOT GLOB '*[^0-9a-f]*'),
    content BLOB NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (program, digest)
) STRICT;

-- Postings with the balance after each, so that a report as of any moment is one look-up.
CREATE TABLE entries (
    program TEXT NOT NULL REFERENCES programs (id),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    line INTEGER NOT NULL CHECK (line >= 0),
    account TEXT NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('D', 'C')),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    balance_after TEXT NOT NULL CHECK (length(balance_after) = 39 AND balance_after NOT GLOB '*[^0-9]*'),
    PRIMARY KEY (program, seq, line)
) STRICT, WITHOUT ROWID;

-- Balances now; `seq` is the last event that moved the account.
CREATE TABLE accounts (
    program TEXT NOT NULL REFERENCES programs (id),
    account TEXT NOT NULL,
    balance TEXT NOT NULL CHECK (length(balance) = 39 AND balance NOT GLOB '*[^0-9]*'),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, account)
) STRICT, WITHOUT ROWID;

-- Budget lines.
CREATE TABLE categories (
    program TEXT NOT NULL REFERENCES programs (id),
    slug TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    floor TEXT NOT NULL CHECK (length(floor) = 39 AND floor NOT GLOB '*[^0-9]*'),
    ceiling TEXT NOT NULL CHECK (length(ceiling) = 39 AND ceiling NOT GLOB '*[^0-9]*'),
    PRIMARY KEY (program, slug),
    CHECK (floor <= ceiling)
) STRICT, WITHOUT ROWID;

-- Months or quarters with a cap.
CREATE TABLE periods (
    program TEXT NOT NULL REFERENCES programs (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    kind TEXT NOT NULL,
    starts_at TEXT NOT NULL CHECK (starts_at GLOB '????-??-??T??:??:??.??????Z'),
    ends_at TEXT NOT NULL CHECK (ends_at GLOB '????-??-??T??:??:??.??????Z'),
    cap TEXT NOT NULL CHECK (length(cap) = 39 AND cap NOT GLOB '*[^0-9]*'),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number)
) STRICT, WITHOUT ROWID;

-- What a category was given, version by version.
CREATE TABLE allotments (
    program TEXT NOT NULL REFERENCES programs (id),
    period INTEGER NOT NULL CHECK (period >= 0),
    category TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 0),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, period, category, version)
) STRICT, WITHOUT ROWID;

-- Who takes part; `name` is a document, `roles` are sorted and separated by commas.
CREATE TABLE members (
    program TEXT NOT NULL REFERENCES programs (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    name TEXT NOT NULL CHECK (length(name) = 64 AND name NOT GLOB '*[^0-9a-f]*'),
    roles TEXT NOT NULL,
    added_seq INTEGER NOT NULL CHECK (added_seq >= 0),
    PRIMARY KEY (program, number)
) STRICT, WITHOUT ROWID;

-- Recorded addresses; one belongs to one member.
CREATE TABLE addresses (
    program TEXT NOT NULL REFERENCES programs (id),
    address TEXT NOT NULL CHECK (length(address) = 42 AND address GLOB '0x*' AND substr(address, 3) NOT GLOB '*[^0-9a-f]*'),
    member INTEGER NOT NULL CHECK (member >= 0),
    position INTEGER NOT NULL CHECK (position >= 0),
    usable_from TEXT NOT NULL CHECK (usable_from GLOB '????-??-??T??:??:??.??????Z'),
    twin_of TEXT CHECK (length(twin_of) = 42 AND twin_of GLOB '0x*' AND substr(twin_of, 3) NOT GLOB '*[^0-9a-f]*'),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, address)
) STRICT, WITHOUT ROWID;

-- Offers and how many of their slots are used.
CREATE TABLE bounties (
    program TEXT NOT NULL REFERENCES programs (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    period INTEGER NOT NULL CHECK (period >= 0),
    category TEXT NOT NULL,
    function TEXT NOT NULL,
    brief TEXT NOT NULL CHECK (length(brief) = 64 AND brief NOT GLOB '*[^0-9a-f]*'),
    reward TEXT NOT NULL CHECK (length(reward) = 39 AND reward NOT GLOB '*[^0-9]*'),
    slots INTEGER NOT NULL CHECK (slots >= 0),
    used INTEGER NOT NULL CHECK (used >= 0),
    opens_at TEXT NOT NULL CHECK (opens_at GLOB '????-??-??T??:??:??.??????Z'),
    closes_at TEXT NOT NULL CHECK (closes_at GLOB '????-??-??T??:??:??.??????Z'),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number),
    CHECK (used <= slots)
) STRICT, WITHOUT ROWID;

-- Claims as they stand; `seq` is the last event that touched one.
CREATE TABLE submissions (
    program TEXT NOT NULL REFERENCES programs (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    member INTEGER NOT NULL CHECK (member >= 0),
    kind TEXT NOT NULL,
    bounty INTEGER CHECK (bounty >= 0),
    period INTEGER NOT NULL CHECK (period >= 0),
    category TEXT NOT NULL,
    function TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision >= 0),
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    lane TEXT NOT NULL,
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    payee TEXT NOT NULL CHECK (length(payee) = 42 AND payee GLOB '0x*' AND substr(payee, 3) NOT GLOB '*[^0-9a-f]*'),
    texts TEXT NOT NULL,
    filed_at TEXT NOT NULL CHECK (filed_at GLOB '????-??-??T??:??:??.??????Z'),
    decided_at TEXT CHECK (decided_at GLOB '????-??-??T??:??:??.??????Z'),
    batch INTEGER CHECK (batch >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number)
) STRICT, WITHOUT ROWID;

-- Every version of a claim, as voted on.
CREATE TABLE revisions (
    program TEXT NOT NULL REFERENCES programs (id),
    submission INTEGER NOT NULL CHECK (submission >= 0),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    payee TEXT NOT NULL CHECK (length(payee) = 42 AND payee GLOB '0x*' AND substr(payee, 3) NOT GLOB '*[^0-9a-f]*'),
    texts TEXT NOT NULL,
    lane TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 0),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (program, submission, revision)
) STRICT, WITHOUT ROWID;

-- What a live or paid claim holds: the backstop for "evidence is unique per function".
CREATE TABLE evidence (
    program TEXT NOT NULL REFERENCES programs (id),
    key TEXT NOT NULL CHECK (length(key) = 64 AND key NOT GLOB '*[^0-9a-f]*'),
    function TEXT NOT NULL,
    submission INTEGER NOT NULL CHECK (submission >= 0),
    PRIMARY KEY (program, key, function)
) STRICT, WITHOUT ROWID;

-- Every vote ever cast; the highest ordinal of a reviewer counts.
CREATE TABLE votes (
    program TEXT NOT NULL REFERENCES programs (id),
    submission INTEGER NOT NULL CHECK (submission >= 0),
    revision INTEGER NOT NULL CHECK (revision >= 0),
    reviewer INTEGER NOT NULL CHECK (reviewer >= 0),
    ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
    choice TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (length(reason) = 64 AND reason NOT GLOB '*[^0-9a-f]*'),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (program, submission, revision, reviewer, ordinal)
) STRICT, WITHOUT ROWID;

-- What was read from the Safe.
CREATE TABLE observations (
    program TEXT NOT NULL REFERENCES programs (id),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    block INTEGER NOT NULL CHECK (block >= 0),
    block_hash TEXT NOT NULL CHECK (length(block_hash) = 64 AND block_hash NOT GLOB '*[^0-9a-f]*'),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????Z'),
    nonce INTEGER NOT NULL CHECK (nonce >= 0),
    owners TEXT NOT NULL,
    threshold INTEGER NOT NULL CHECK (threshold >= 0),
    singleton TEXT NOT NULL CHECK (length(singleton) = 42 AND singleton GLOB '0x*' AND substr(singleton, 3) NOT GLOB '*[^0-9a-f]*'),
    modules TEXT NOT NULL,
    guard TEXT CHECK (length(guard) = 42 AND guard GLOB '0x*' AND substr(guard, 3) NOT GLOB '*[^0-9a-f]*'),
    balance TEXT NOT NULL CHECK (length(balance) = 39 AND balance NOT GLOB '*[^0-9]*'),
    source TEXT NOT NULL,
    PRIMARY KEY (program, seq)
) STRICT, WITHOUT ROWID;

-- LPT that came into the Safe.
CREATE TABLE funding (
    program TEXT NOT NULL REFERENCES programs (id),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    tx_hash TEXT NOT NULL CHECK (length(tx_hash) = 64 AND tx_hash NOT GLOB '*[^0-9a-f]*'),
    log_index INTEGER NOT NULL CHECK (log_index >= 0),
    sender TEXT CHECK (length(sender) = 42 AND sender GLOB '0x*' AND substr(sender, 3) NOT GLOB '*[^0-9a-f]*'),
    source TEXT NOT NULL,
    PRIMARY KEY (program, seq),
    UNIQUE (program, tx_hash, log_index)
) STRICT, WITHOUT ROWID;

-- Proposed payouts: candidates for a Safe nonce, never edited. `size` and `root` are the journal's when proposed.
CREATE TABLE batches (
    program TEXT NOT NULL REFERENCES programs (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    nonce INTEGER NOT NULL CHECK (nonce >= 0),
    total TEXT NOT NULL CHECK (length(total) = 39 AND total NOT GLOB '*[^0-9]*'),
    safe_to TEXT NOT NULL CHECK (length(safe_to) = 42 AND safe_to GLOB '0x*' AND substr(safe_to, 3) NOT GLOB '*[^0-9a-f]*'),
    operation INTEGER NOT NULL CHECK (operation >= 0),
    domain_hash TEXT NOT NULL CHECK (length(domain_hash) = 64 AND domain_hash NOT GLOB '*[^0-9a-f]*'),
    message_hash TEXT NOT NULL CHECK (length(message_hash) = 64 AND message_hash NOT GLOB '*[^0-9a-f]*'),
    safe_tx_hash TEXT NOT NULL CHECK (length(safe_tx_hash) = 64 AND safe_tx_hash NOT GLOB '*[^0-9a-f]*'),
    proposed_at TEXT NOT NULL CHECK (proposed_at GLOB '????-??-??T??:??:??.??????Z'),
    size INTEGER NOT NULL CHECK (size >= 0),
    root TEXT NOT NULL CHECK (length(root) = 64 AND root NOT GLOB '*[^0-9a-f]*'),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number),
    UNIQUE (program, safe_tx_hash)
) STRICT, WITHOUT ROWID;

-- Lines of the batches.
CREATE TABLE payouts (
    program TEXT NOT NULL REFERENCES programs (id),
    batch INTEGER NOT NULL CHECK (batch >= 0),
    line INTEGER NOT NULL CHECK (line >= 0),
    submission INTEGER NOT NULL CHECK (submission >= 0),
    payee TEXT NOT NULL CHECK (length(payee) = 42 AND payee GLOB '0x*' AND substr(payee, 3) NOT GLOB '*[^0-9a-f]*'),
    amount TEXT NOT NULL CHECK (length(amount) = 39 AND amount NOT GLOB '*[^0-9]*'),
    PRIMARY KEY (program, batch, line),
    UNIQUE (program, submission)
) STRICT, WITHOUT ROWID;

CREATE INDEX entries_by_account ON entries (program, account, seq, line);
CREATE INDEX submissions_by_state ON submissions (program, state);
CREATE INDEX submissions_by_member ON submissions (program, member);

-- The journal only grows.
CREATE TRIGGER events_keep_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never changed or deleted');
END;
CREATE TRIGGER events_keep_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never changed or deleted');
END;
