-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Wallets that sign in, by their address in small letters; each is one account's.
CREATE TABLE wallets (
    id TEXT COLLATE "C" NOT NULL CHECK (id ~ '^0x[0-9a-f]{40}$'),
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    linked_at TEXT COLLATE "C" NOT NULL CHECK (linked_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (id)
);
CREATE INDEX wallets_of_account ON wallets (account);

-- Nonces of messages that wallets sign (ERC-4361), each good for one use: `id` is the nonce's SHA-256.
CREATE TABLE siwe_nonces (
    id TEXT COLLATE "C" NOT NULL CHECK (id ~ '^[0-9a-f]{64}$'),
    -- Whose wallet is to be linked; none for whoever signs in.
    account TEXT COLLATE "C" REFERENCES users (id),
    made_at TEXT COLLATE "C" NOT NULL CHECK (made_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    expires_at TEXT COLLATE "C" NOT NULL CHECK (expires_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (id)
);
CREATE INDEX siwe_nonces_by_end ON siwe_nonces (expires_at);
