-- Who may sign in: outside the journal, never rebuilt. (`accounts` are those of the books.)
-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- Accounts of people. A higher `session_epoch` ends every session that began before.
CREATE TABLE users (
    id TEXT NOT NULL CHECK (length(id) = 36),
    handle TEXT NOT NULL CHECK (length(handle) BETWEEN 2 AND 40 AND handle GLOB '[a-z]*' AND handle NOT GLOB '*[^a-z0-9-]*'),
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL CHECK (created_at GLOB '????-??-??T??:??:??.??????Z'),
    session_epoch INTEGER NOT NULL CHECK (session_epoch >= 0),
    PRIMARY KEY (id),
    UNIQUE (handle)
) STRICT, WITHOUT ROWID;

-- Refresh tokens, each good for one use: `id` is the token's SHA-256, never the token.
-- All that came from one sign-in are a family and end together.
CREATE TABLE refresh_tokens (
    id TEXT NOT NULL CHECK (length(id) = 64 AND id NOT GLOB '*[^0-9a-f]*'),
    family TEXT NOT NULL CHECK (length(family) = 36),
    account TEXT NOT NULL REFERENCES users (id),
    issued_at TEXT NOT NULL CHECK (issued_at GLOB '????-??-??T??:??:??.??????Z'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????Z'),
    family_expires_at TEXT NOT NULL CHECK (family_expires_at GLOB '????-??-??T??:??:??.??????Z'),
    used_at TEXT CHECK (used_at GLOB '????-??-??T??:??:??.??????Z'),
    revoked_at TEXT CHECK (revoked_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_of_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_of_account ON refresh_tokens (account);
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (family_expires_at);

-- Which account a member of a program is.
CREATE TABLE memberships (
    program TEXT NOT NULL REFERENCES programs (id),
    member INTEGER NOT NULL CHECK (member >= 1),
    account TEXT NOT NULL REFERENCES users (id),
    PRIMARY KEY (program, member),
    UNIQUE (program, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_of_account ON memberships (account);
