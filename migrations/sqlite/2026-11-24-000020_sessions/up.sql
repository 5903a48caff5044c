-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- Sessions: what one sign-in began. `id` is the family of its refresh tokens.
CREATE TABLE sessions (
    id TEXT NOT NULL CHECK (length(id) = 36),
    account TEXT NOT NULL REFERENCES users (id),
    begun_at TEXT NOT NULL CHECK (begun_at GLOB '????-??-??T??:??:??.??????Z'),
    used_at TEXT NOT NULL CHECK (used_at GLOB '????-??-??T??:??:??.??????Z'),
    -- When somebody last showed who they are, and how.
    proven_at TEXT NOT NULL CHECK (proven_at GLOB '????-??-??T??:??:??.??????Z'),
    proof TEXT NOT NULL CHECK (proof IN ('password', 'password_and_code', 'recovery_code', 'wallet')),
    -- What the browser says it is, shortened: a text that nobody relies on.
    agent TEXT NOT NULL CHECK (length(agent) <= 100),
    ends_at TEXT NOT NULL CHECK (ends_at GLOB '????-??-??T??:??:??.??????Z'),
    ended_at TEXT CHECK (ended_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_account ON sessions (account, used_at);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- Sessions that were there before: of their sign-in is known what the refresh tokens say.
INSERT INTO sessions (id, account, begun_at, used_at, proven_at, proof, agent, ends_at, ended_at)
SELECT family, min(account), min(issued_at), max(issued_at), min(issued_at), 'password', '', min(family_expires_at), max(revoked_at)
FROM refresh_tokens GROUP BY family;
