-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- Wallets that sign in, by their address in small letters; each is one account's.
CREATE TABLE wallets (
    id TEXT NOT NULL CHECK (length(id) = 42 AND id GLOB '0x*' AND substr(id, 3) NOT GLOB '*[^0-9a-f]*'),
    account TEXT NOT NULL REFERENCES users (id),
    linked_at TEXT NOT NULL CHECK (linked_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX wallets_of_account ON wallets (account);

-- Nonces of messages that wallets sign (ERC-4361), each good for one use: `id` is the nonce's SHA-256.
CREATE TABLE siwe_nonces (
    id TEXT NOT NULL CHECK (length(id) = 64 AND id NOT GLOB '*[^0-9a-f]*'),
    -- Whose wallet is to be linked; none for whoever signs in.
    account TEXT REFERENCES users (id),
    made_at TEXT NOT NULL CHECK (made_at GLOB '????-??-??T??:??:??.??????Z'),
    expires_at TEXT NOT NULL CHECK (expires_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX siwe_nonces_by_end ON siwe_nonces (expires_at);
