-- Who may sign in: outside the journal, never rebuilt. (`accounts` are those of the books.)
-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Accounts of people. A higher `session_epoch` ends every session that began before.
CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL CHECK (length(id) = 36),
    handle TEXT COLLATE "C" NOT NULL CHECK (handle ~ '^[a-z][a-z0-9-]{1,39}$'),
    password_hash TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL CHECK (created_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    session_epoch BIGINT NOT NULL CHECK (session_epoch >= 0),
    PRIMARY KEY (id),
    UNIQUE (handle)
);

-- Refresh tokens, each good for one use: `id` is the token's SHA-256, never the token.
-- All that came from one sign-in are a family and end together.
CREATE TABLE refresh_tokens (
    id TEXT COLLATE "C" NOT NULL CHECK (id ~ '^[0-9a-f]{64}$'),
    family TEXT COLLATE "C" NOT NULL CHECK (length(family) = 36),
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    issued_at TEXT COLLATE "C" NOT NULL CHECK (issued_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    expires_at TEXT COLLATE "C" NOT NULL CHECK (expires_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    family_expires_at TEXT COLLATE "C" NOT NULL CHECK (family_expires_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    used_at TEXT COLLATE "C" CHECK (used_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    revoked_at TEXT COLLATE "C" CHECK (revoked_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (id)
);
CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_of_account ON refresh_tokens (account);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (family_expires_at);

-- Which account a member of a program is.
CREATE TABLE memberships (
    program TEXT COLLATE "C" NOT NULL REFERENCES programs (id),
    member BIGINT NOT NULL CHECK (member >= 1),
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    PRIMARY KEY (program, member),
    UNIQUE (program, account)
);
CREATE INDEX memberships_of_account ON memberships (account);
