-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- Links that set a new password, each good once: `id` is the SHA-256 of the secret in it, never the secret.
CREATE TABLE sign_in_links (
    id TEXT NOT NULL CHECK (length(id) = 64 AND id NOT GLOB '*[^0-9a-f]*'),
    account TEXT NOT NULL REFERENCES users (id),
    -- The lead who made it: they have to lead whatever the account is a member of, also when it is used.
    made_by TEXT NOT NULL REFERENCES users (id),
    -- Whether it takes the second factor away as well.
    drops_factor INTEGER NOT NULL CHECK (drops_factor IN (0, 1)),
    made_at TEXT NOT NULL CHECK (made_at GLOB '????-??-??T??:??:??.??????Z'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_links_of_account ON sign_in_links (account);
