//! Accounts of people, their sessions, which members they are, and what they uploaded: outside the journal, never
//! rebuilt.

use super::row;

row! {
    /// Who may sign in.
    insert User in users [id: String] {
        handle: String,
        password_hash: String,
        created_at: String,
        session_epoch: i64,
    }
}

row! {
    /// Sessions: what one sign-in began, by the family of its refresh tokens.
    insert Session in sessions [id: String] {
        account: String,
        begun_at: String,
        used_at: String,
        proven_at: String,
        proof: String,
        agent: String,
        ends_at: String,
        ended_at: Option<String>,
    }
}

row! {
    /// Refresh tokens by their SHA-256; those that came from one sign-in are a family.
    insert RefreshToken in refresh_tokens [id: String] {
        family: String,
        account: String,
        issued_at: String,
        expires_at: String,
        family_expires_at: String,
        used_at: Option<String>,
        revoked_at: Option<String>,
    }
}

row! {
    /// Second factors, by account.
    upsert SecondFactor in second_factors [id: String] {
        sealed: String,
        begun_at: String,
        confirmed_at: Option<String>,
        last_step: i64,
    }
}

row! {
    /// Recovery codes by their SHA-256.
    insert RecoveryCode in recovery_codes [id: String] {
        account: String,
        made_at: String,
        used_at: Option<String>,
    }
}

row! {
    /// API tokens, never the token itself.
    insert ApiToken in api_tokens [id: String] {
        digest: String,
        account: String,
        name: String,
        scopes: String,
        made_at: String,
        expires_at: String,
        used_at: Option<String>,
    }
}

row! {
    /// Wallets that sign in, by their address.
    insert Wallet in wallets [id: String] {
        account: String,
        linked_at: String,
    }
}

row! {
    /// Nonces of what wallets sign, by their SHA-256.
    insert SiweNonce in siwe_nonces [id: String] {
        account: Option<String>,
        made_at: String,
        expires_at: String,
    }
}

row! {
    /// Links that set a new password, by the SHA-256 of their secret.
    insert SignInLink in sign_in_links [id: String] {
        account: String,
        made_by: String,
        drops_factor: i64,
        made_at: String,
        expires_at: String,
    }
}

row! {
    /// What people are told about their own account.
    insert Notice in notices [id: String] {
        account: String,
        at: String,
        what: String,
        detail: String,
    }
}

row! {
    /// Which account a member is.
    insert Membership in memberships [program: String, member: i64] {
        account: String,
    }
}

row! {
    /// Captures that wait for a claim to name them.
    insert Upload in uploads [program: String, digest: String] {
        member: i64,
        salt: String,
        content: Vec<u8>,
        media_type: String,
        uploaded_at: String,
    }
}
