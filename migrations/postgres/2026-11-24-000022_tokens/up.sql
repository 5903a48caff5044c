-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- API tokens: what scripts sign in with. `digest` is the token's SHA-256, never the token.
CREATE TABLE api_tokens (
    id TEXT COLLATE "C" NOT NULL CHECK (length(id) = 36),
    digest TEXT COLLATE "C" NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    name TEXT COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    -- In the order of the words, with spaces between them.
    scopes TEXT COLLATE "C" NOT NULL,
    made_at TEXT COLLATE "C" NOT NULL CHECK (made_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    expires_at TEXT COLLATE "C" NOT NULL CHECK (expires_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    -- Written at most once a minute.
    used_at TEXT COLLATE "C" CHECK (used_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (id),
    UNIQUE (digest)
);
CREATE INDEX api_tokens_of_account ON api_tokens (account, made_at);
