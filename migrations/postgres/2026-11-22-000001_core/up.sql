-- Text compares by its bytes, as in SQLite: COLLATE "C" everywhere.
-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Which programs exist. Not a projection: a Safe and a slug belong to one program of this database.
CREATE TABLE programs (
    id TEXT COLLATE "C" NOT NULL CHECK (length(id) = 36),
    slug TEXT COLLATE "C" NOT NULL,
    chain_id TEXT COLLATE "C" NOT NULL,
    safe TEXT COLLATE "C" NOT NULL CHECK (safe ~ '^0x[0-9a-f]{40}$'),
    opened_at TEXT COLLATE "C" NOT NULL CHECK (opened_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (id),
    UNIQUE (slug),
    UNIQUE (chain_id, safe)
);

-- Where each journal ends. The writer locks this row; `size` counts events, `leaf` is the last one's hash.
CREATE TABLE heads (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    size BIGINT NOT NULL CHECK (size >= 0),
    leaf TEXT COLLATE "C" NOT NULL CHECK (leaf ~ '^[0-9a-f]{64}$'),
    root TEXT COLLATE "C" NOT NULL CHECK (root ~ '^[0-9a-f]{64}$'),
    at TEXT COLLATE "C" NOT NULL CHECK (at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (program)
);

-- The journal: canonical bytes, append-only.
CREATE TABLE events (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    bytes BYTEA NOT NULL,
    leaf TEXT COLLATE "C" NOT NULL CHECK (leaf ~ '^[0-9a-f]{64}$'),
    at TEXT COLLATE "C" NOT NULL CHECK (at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    actor TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    cause_key TEXT COLLATE "C" CHECK (cause_key ~ '^[0-9a-f]{64}$'),
    cause_request TEXT COLLATE "C" CHECK (cause_request ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (program, seq),
    UNIQUE (program, cause_key),
    CHECK ((cause_key IS NULL) = (cause_request IS NULL))
);

-- Texts and files, bound to the journal by SHA-256(salt, content).
CREATE TABLE documents (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    digest TEXT COLLATE "C" NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    salt TEXT COLLATE "C" NOT NULL CHECK (salt ~ '^[0-9a-f]{32}$'),
    content BYTEA NOT NULL,
    media_type TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (program, digest)
);

-- Postings with the balance after each, so that a report as of any moment is one look-up.
CREATE TABLE entries (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    line BIGINT NOT NULL CHECK (line >= 0),
    account TEXT COLLATE "C" NOT NULL,
    side TEXT COLLATE "C" NOT NULL CHECK (side IN ('D', 'C')),
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    balance_after TEXT COLLATE "C" NOT NULL CHECK (balance_after ~ '^[0-9]{39}$'),
    PRIMARY KEY (program, seq, line)
);

-- Balances now; `seq` is the last event that moved the account.
CREATE TABLE accounts (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    account TEXT COLLATE "C" NOT NULL,
    balance TEXT COLLATE "C" NOT NULL CHECK (balance ~ '^[0-9]{39}$'),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, account)
);

-- Budget lines.
CREATE TABLE categories (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    slug TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0),
    floor TEXT COLLATE "C" NOT NULL CHECK (floor ~ '^[0-9]{39}$'),
    ceiling TEXT COLLATE "C" NOT NULL CHECK (ceiling ~ '^[0-9]{39}$'),
    PRIMARY KEY (program, slug),
    CHECK (floor <= ceiling)
);

-- Months or quarters with a cap.
CREATE TABLE periods (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    number BIGINT NOT NULL CHECK (number >= 0),
    kind TEXT COLLATE "C" NOT NULL,
    starts_at TEXT COLLATE "C" NOT NULL CHECK (starts_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    ends_at TEXT COLLATE "C" NOT NULL CHECK (ends_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    cap TEXT COLLATE "C" NOT NULL CHECK (cap ~ '^[0-9]{39}$'),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number)
);

-- What a category was given, version by version.
CREATE TABLE allotments (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    period BIGINT NOT NULL CHECK (period >= 0),
    category TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 0),
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, period, category, version)
);

-- Who takes part; `name` is a document, `roles` are sorted and separated by commas.
CREATE TABLE members (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    number BIGINT NOT NULL CHECK (number >= 0),
    name TEXT COLLATE "C" NOT NULL CHECK (name ~ '^[0-9a-f]{64}$'),
    roles TEXT COLLATE "C" NOT NULL,
    added_seq BIGINT NOT NULL CHECK (added_seq >= 0),
    PRIMARY KEY (program, number)
);

-- Recorded addresses; one belongs to one member.
CREATE TABLE addresses (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    address TEXT COLLATE "C" NOT NULL CHECK (address ~ '^0x[0-9a-f]{40}$'),
    member BIGINT NOT NULL CHECK (member >= 0),
    position BIGINT NOT NULL CHECK (position >= 0),
    usable_from TEXT COLLATE "C" NOT NULL CHECK (usable_from ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    twin_of TEXT COLLATE "C" CHECK (twin_of ~ '^0x[0-9a-f]{40}$'),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, address)
);

-- Offers and how many of their slots are used.
CREATE TABLE bounties (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    number BIGINT NOT NULL CHECK (number >= 0),
    period BIGINT NOT NULL CHECK (period >= 0),
    category TEXT COLLATE "C" NOT NULL,
    function TEXT COLLATE "C" NOT NULL,
    brief TEXT COLLATE "C" NOT NULL CHECK (brief ~ '^[0-9a-f]{64}$'),
    reward TEXT COLLATE "C" NOT NULL CHECK (reward ~ '^[0-9]{39}$'),
    slots BIGINT NOT NULL CHECK (slots >= 0),
    used BIGINT NOT NULL CHECK (used >= 0),
    opens_at TEXT COLLATE "C" NOT NULL CHECK (opens_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    closes_at TEXT COLLATE "C" NOT NULL CHECK (closes_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number),
    CHECK (used <= slots)
);

-- Claims as they stand; `seq` is the last event that touched one.
CREATE TABLE submissions (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    number BIGINT NOT NULL CHECK (number >= 0),
    member BIGINT NOT NULL CHECK (member >= 0),
    kind TEXT COLLATE "C" NOT NULL,
    bounty BIGINT CHECK (bounty >= 0),
    period BIGINT NOT NULL CHECK (period >= 0),
    category TEXT COLLATE "C" NOT NULL,
    function TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL CHECK (revision >= 0),
    digest TEXT COLLATE "C" NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    lane TEXT COLLATE "C" NOT NULL,
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    payee TEXT COLLATE "C" NOT NULL CHECK (payee ~ '^0x[0-9a-f]{40}$'),
    texts TEXT COLLATE "C" NOT NULL,
    filed_at TEXT COLLATE "C" NOT NULL CHECK (filed_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    decided_at TEXT COLLATE "C" CHECK (decided_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    batch BIGINT CHECK (batch >= 0),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number)
);

-- Every version of a claim, as voted on.
CREATE TABLE revisions (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    submission BIGINT NOT NULL CHECK (submission >= 0),
    revision BIGINT NOT NULL CHECK (revision >= 0),
    digest TEXT COLLATE "C" NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    payee TEXT COLLATE "C" NOT NULL CHECK (payee ~ '^0x[0-9a-f]{40}$'),
    texts TEXT COLLATE "C" NOT NULL,
    lane TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 0),
    at TEXT COLLATE "C" NOT NULL CHECK (at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (program, submission, revision)
);

-- What a live or paid claim holds: the backstop for "evidence is unique per function".
CREATE TABLE evidence (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    key TEXT COLLATE "C" NOT NULL CHECK (key ~ '^[0-9a-f]{64}$'),
    function TEXT COLLATE "C" NOT NULL,
    submission BIGINT NOT NULL CHECK (submission >= 0),
    PRIMARY KEY (program, key, function)
);

-- Every vote ever cast; the highest ordinal of a reviewer counts.
CREATE TABLE votes (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    submission BIGINT NOT NULL CHECK (submission >= 0),
    revision BIGINT NOT NULL CHECK (revision >= 0),
    reviewer BIGINT NOT NULL CHECK (reviewer >= 0),
    ordinal BIGINT NOT NULL CHECK (ordinal >= 0),
    choice TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL CHECK (reason ~ '^[0-9a-f]{64}$'),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    at TEXT COLLATE "C" NOT NULL CHECK (at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (program, submission, revision, reviewer, ordinal)
);

-- What was read from the Safe.
CREATE TABLE observations (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    block BIGINT NOT NULL CHECK (block >= 0),
    block_hash TEXT COLLATE "C" NOT NULL CHECK (block_hash ~ '^[0-9a-f]{64}$'),
    at TEXT COLLATE "C" NOT NULL CHECK (at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    nonce BIGINT NOT NULL CHECK (nonce >= 0),
    owners TEXT COLLATE "C" NOT NULL,
    threshold BIGINT NOT NULL CHECK (threshold >= 0),
    singleton TEXT COLLATE "C" NOT NULL CHECK (singleton ~ '^0x[0-9a-f]{40}$'),
    modules TEXT COLLATE "C" NOT NULL,
    guard TEXT COLLATE "C" CHECK (guard ~ '^0x[0-9a-f]{40}$'),
    balance TEXT COLLATE "C" NOT NULL CHECK (balance ~ '^[0-9]{39}$'),
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (program, seq)
);

-- LPT that came into the Safe.
CREATE TABLE funding (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    tx_hash TEXT COLLATE "C" NOT NULL CHECK (tx_hash ~ '^[0-9a-f]{64}$'),
    log_index BIGINT NOT NULL CHECK (log_index >= 0),
    sender TEXT COLLATE "C" CHECK (sender ~ '^0x[0-9a-f]{40}$'),
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (program, seq),
    UNIQUE (program, tx_hash, log_index)
);

-- Proposed payouts: candidates for a Safe nonce, never edited. `size` and `root` are the journal's when proposed.
CREATE TABLE batches (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    number BIGINT NOT NULL CHECK (number >= 0),
    nonce BIGINT NOT NULL CHECK (nonce >= 0),
    total TEXT COLLATE "C" NOT NULL CHECK (total ~ '^[0-9]{39}$'),
    safe_to TEXT COLLATE "C" NOT NULL CHECK (safe_to ~ '^0x[0-9a-f]{40}$'),
    operation BIGINT NOT NULL CHECK (operation >= 0),
    domain_hash TEXT COLLATE "C" NOT NULL CHECK (domain_hash ~ '^[0-9a-f]{64}$'),
    message_hash TEXT COLLATE "C" NOT NULL CHECK (message_hash ~ '^[0-9a-f]{64}$'),
    safe_tx_hash TEXT COLLATE "C" NOT NULL CHECK (safe_tx_hash ~ '^[0-9a-f]{64}$'),
    proposed_at TEXT COLLATE "C" NOT NULL CHECK (proposed_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    size BIGINT NOT NULL CHECK (size >= 0),
    root TEXT COLLATE "C" NOT NULL CHECK (root ~ '^[0-9a-f]{64}$'),
    seq BIGINT NOT NULL CHECK (seq >= 0),
    PRIMARY KEY (program, number),
    UNIQUE (program, safe_tx_hash)
);

-- Lines of the batches.
CREATE TABLE payouts (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    batch BIGINT NOT NULL CHECK (batch >= 0),
    line BIGINT NOT NULL CHECK (line >= 0),
    submission BIGINT NOT NULL CHECK (submission >= 0),
    payee TEXT COLLATE "C" NOT NULL CHECK (payee ~ '^0x[0-9a-f]{40}$'),
    amount TEXT COLLATE "C" NOT NULL CHECK (amount ~ '^[0-9]{39}$'),
    PRIMARY KEY (program, batch, line),
    UNIQUE (program, submission)
);

CREATE INDEX entries_by_account ON entries (program, account, seq, line);
CREATE INDEX submissions_by_state ON submissions (program, state);
CREATE INDEX submissions_by_member ON submissions (program, member);

-- The journal only grows.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are never changed or deleted';
END
$$;
CREATE TRIGGER events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
