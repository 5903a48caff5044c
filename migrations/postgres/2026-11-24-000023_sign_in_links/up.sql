-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Links that set a new password, each good once: `id` is the SHA-256 of the secret in it, never the secret.
CREATE TABLE sign_in_links (
    id TEXT COLLATE "C" NOT NULL CHECK (id ~ '^[0-9a-f]{64}$'),
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- The lead who made it: they have to lead whatever the account is a member of, also when it is used.
    made_by TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- Whether it takes the second factor away as well.
    drops_factor BIGINT NOT NULL CHECK (drops_factor IN (0, 1)),
    made_at TEXT COLLATE "C" NOT NULL CHECK (made_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    expires_at TEXT COLLATE "C" NOT NULL CHECK (expires_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (id)
);
CREATE INDEX sign_in_links_of_account ON sign_in_links (account);
