-- Kept equal to migrations/sqlite by the test `both_databases_have_the_same_tables`.

-- Second factors (RFC 6238), by account. The secret is sealed with a key of the data folder. Each code is good once:
-- the step of the last one that was used is kept, and only a later one is taken.
CREATE TABLE second_factors (
    id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    sealed TEXT COLLATE "C" NOT NULL,
    begun_at TEXT COLLATE "C" NOT NULL CHECK (begun_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    confirmed_at TEXT COLLATE "C" CHECK (confirmed_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    last_step BIGINT NOT NULL CHECK (last_step >= 0),
    PRIMARY KEY (id)
);

-- Codes for whoever lost theirs, each good once: `id` is the SHA-256 of account and code, never the code.
CREATE TABLE recovery_codes (
    id TEXT COLLATE "C" NOT NULL CHECK (id ~ '^[0-9a-f]{64}$'),
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    made_at TEXT COLLATE "C" NOT NULL CHECK (made_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    used_at TEXT COLLATE "C" CHECK (used_at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    PRIMARY KEY (id)
);
CREATE INDEX recovery_codes_of_account ON recovery_codes (account);

-- What people are told about their own account, written in the commit of what it tells.
CREATE TABLE notices (
    id TEXT COLLATE "C" NOT NULL CHECK (length(id) = 36),
    account TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    at TEXT COLLATE "C" NOT NULL CHECK (at ~ '^.{4}-..-..T..:..:..[.].{6}Z$'),
    what TEXT COLLATE "C" NOT NULL CHECK (what IN ('signed_in', 'second_factor_set', 'second_factor_removed', 'recovery_code_used', 'password_changed', 'sign_in_link_made', 'sign_in_reset', 'address_recorded', 'token_made', 'wallet_linked', 'wallet_unlinked')),
    detail TEXT COLLATE "C" NOT NULL CHECK (length(detail) <= 200),
    PRIMARY KEY (id)
);
CREATE INDEX notices_of_account ON notices (account, at);
