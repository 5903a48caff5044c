-- Proofs of addresses, signed votes, and when decisions are due.
ALTER TABLE addresses ADD COLUMN proof TEXT CHECK (length(proof) = 130 AND proof NOT GLOB '*[^0-9a-f]*');
ALTER TABLE votes ADD COLUMN signature TEXT CHECK (length(signature) = 130 AND signature NOT GLOB '*[^0-9a-f]*');
ALTER TABLE votes ADD COLUMN signer TEXT CHECK (length(signer) = 42 AND signer GLOB '0x*' AND substr(signer, 3) NOT GLOB '*[^0-9a-f]*');
ALTER TABLE submissions ADD COLUMN due_at TEXT CHECK (due_at GLOB '????-??-??T??:??:??.??????Z');
