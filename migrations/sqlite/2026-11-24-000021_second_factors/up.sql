-- Kept equal to migrations/postgres by the test `both_databases_have_the_same_tables`.

-- Second factors (RFC 6238), by account. The secret is sealed with a key of the data folder. Each code is good once:
-- the step of the last one that was used is kept, and only a later one is taken.
CREATE TABLE second_factors (
    id TEXT NOT NULL REFERENCES users (id),
    sealed TEXT NOT NULL,
    begun_at TEXT NOT NULL CHECK (begun_at GLOB '????-??-??T??:??:??.??????Z'),
    confirmed_at TEXT CHECK (confirmed_at GLOB '????-??-??T??:??:??.??????Z'),
    last_step INTEGER NOT NULL CHECK (last_step >= 0),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- Codes for whoever lost theirs, each good once: `id` is the SHA-256 of account and code, never the code.
CREATE TABLE recovery_codes (
    id TEXT NOT NULL CHECK (length(id) = 64 AND id NOT GLOB '*[^0-9a-f]*'),
    account TEXT NOT NULL REFERENCES users (id),
    made_at TEXT NOT NULL CHECK (made_at GLOB '????-??-??T??:??:??.??????Z'),
    used_at TEXT CHECK (used_at GLOB '????-??-??T??:??:??.??????Z'),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recovery_codes_of_account ON recovery_codes (account);

-- What people are told about their own account, written in the commit of what it tells.
CREATE TABLE notices (
    id TEXT NOT NULL CHECK (length(id) = 36),
    account TEXT NOT NULL REFERENCES users (id),
    at TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.??????Z'),
    what TEXT NOT NULL CHECK (what IN ('signed_in', 'second_factor_set', 'second_factor_removed', 'recovery_code_used', 'password_changed', 'sign_in_link_made', 'sign_in_reset', 'address_recorded', 'token_made', 'wallet_linked', 'wallet_unlinked')),
    detail TEXT NOT NULL CHECK (length(detail) <= 200),
    PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_of_account ON notices (account, at);
