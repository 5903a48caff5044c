-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- API tokens: what scripts sign in with. `digest` is the token's SHA-256, never the token.
CREATE TABLE api_tokens (
    id TEXT NOT NULL CHECK (length(id) = 36),
    digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
    account TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    -- In the order of the words, with spaces between them.
    scopes TEXT NOT NULL,
    made_at TEXT NOT NULL CHECK (made_at GLOB '????-??-??T??:??:??.??????Z'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????Z'),
    -- Written at most once a minute.
    used_at TEXT CHECK (used_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id),
    UNIQUE (digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_tokens_of_account ON api_tokens (account, made_at);
