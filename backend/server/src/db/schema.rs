//! The tables as diesel sees them; what they hold is said in `migrations/`.

diesel::table! {
    programs (id) {
        id -> Text,
        slug -> Text,
        chain_id -> Text,
        safe -> Text,
        opened_at -> Text,
    }
}

diesel::table! {
    heads (program) {
        program -> Text,
        size -> BigInt,
        leaf -> Text,
        root -> Text,
        at -> Text,
    }
}

diesel::table! {
    events (program, seq) {
        program -> Text,
        seq -> BigInt,
        bytes -> Binary,
        leaf -> Text,
        at -> Text,
        actor -> Text,
        kind -> Text,
        cause_key -> Nullable<Text>,
        cause_request -> Nullable<Text>,
    }
}

diesel::table! {
    documents (program, digest) {
        program -> Text,
        digest -> Text,
        salt -> Text,
        content -> Binary,
        media_type -> Text,
    }
}

diesel::table! {
    entries (program, seq, line) {
        program -> Text,
        seq -> BigInt,
        line -> BigInt,
        account -> Text,
        side -> Text,
        amount -> Text,
        balance_after -> Text,
    }
}

diesel::table! {
    accounts (program, account) {
        program -> Text,
        account -> Text,
        balance -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    categories (program, slug, seq) {
        program -> Text,
        slug -> Text,
        seq -> BigInt,
        position -> BigInt,
        floor -> Text,
        ceiling -> Text,
    }
}

diesel::table! {
    periods (program, number) {
        program -> Text,
        number -> BigInt,
        kind -> Text,
        starts_at -> Text,
        ends_at -> Text,
        cap -> Text,
        seq -> BigInt,
        closed_seq -> Nullable<BigInt>,
        closed_at -> Nullable<Text>,
        variance -> Nullable<Text>,
    }
}

diesel::table! {
    caps (program, period, seq) {
        program -> Text,
        period -> BigInt,
        seq -> BigInt,
        cap -> Text,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    allotments (program, period, category, version) {
        program -> Text,
        period -> BigInt,
        category -> Text,
        version -> BigInt,
        amount -> Text,
        seq -> BigInt,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    members (program, number) {
        program -> Text,
        number -> BigInt,
        name -> Text,
        roles -> Text,
        added_seq -> BigInt,
    }
}

diesel::table! {
    addresses (program, address) {
        program -> Text,
        address -> Text,
        member -> BigInt,
        position -> BigInt,
        usable_from -> Text,
        twin_of -> Nullable<Text>,
        seq -> BigInt,
        proof -> Nullable<Text>,
    }
}

diesel::table! {
    bounties (program, number) {
        program -> Text,
        number -> BigInt,
        period -> BigInt,
        category -> Text,
        function -> Text,
        brief -> Text,
        reward -> Text,
        slots -> BigInt,
        used -> BigInt,
        opens_at -> Text,
        closes_at -> Text,
        seq -> BigInt,
        probe -> Text,
        closed -> Nullable<BigInt>,
        template -> Nullable<Text>,
    }
}

diesel::table! {
    submissions (program, number) {
        program -> Text,
        number -> BigInt,
        member -> BigInt,
        kind -> Text,
        bounty -> Nullable<BigInt>,
        period -> BigInt,
        category -> Text,
        function -> Text,
        channel -> Text,
        state -> Text,
        revision -> BigInt,
        digest -> Text,
        lane -> Text,
        amount -> Text,
        payee -> Text,
        texts -> Text,
        filed_at -> Text,
        decided_at -> Nullable<Text>,
        batch -> Nullable<BigInt>,
        seq -> BigInt,
        due_at -> Nullable<Text>,
    }
}

diesel::table! {
    revisions (program, submission, revision) {
        program -> Text,
        submission -> BigInt,
        revision -> BigInt,
        digest -> Text,
        amount -> Text,
        payee -> Text,
        texts -> Text,
        lane -> Text,
        seq -> BigInt,
        at -> Text,
        policy -> BigInt,
        captures -> Text,
    }
}

diesel::table! {
    evidence (program, key, function, submission) {
        program -> Text,
        key -> Text,
        function -> Text,
        submission -> BigInt,
        share -> BigInt,
        alone -> BigInt,
    }
}

diesel::table! {
    votes (program, submission, revision, reviewer, ordinal) {
        program -> Text,
        submission -> BigInt,
        revision -> BigInt,
        reviewer -> BigInt,
        ordinal -> BigInt,
        choice -> Text,
        reason -> Text,
        seq -> BigInt,
        at -> Text,
        signature -> Nullable<Text>,
        signer -> Nullable<Text>,
        ground -> Nullable<Text>,
        offer -> Nullable<Text>,
    }
}

diesel::table! {
    history (program, submission, seq) {
        program -> Text,
        submission -> BigInt,
        seq -> BigInt,
        kind -> Text,
        member -> Nullable<BigInt>,
        text -> Nullable<Text>,
        until -> Nullable<Text>,
        verdict -> Nullable<Text>,
        at -> Text,
    }
}

diesel::table! {
    observations (program, seq) {
        program -> Text,
        seq -> BigInt,
        block -> BigInt,
        block_hash -> Text,
        at -> Text,
        nonce -> BigInt,
        owners -> Text,
        threshold -> BigInt,
        singleton -> Text,
        modules -> Text,
        guard -> Nullable<Text>,
        balance -> Text,
        source -> Text,
    }
}

diesel::table! {
    funding (program, seq) {
        program -> Text,
        seq -> BigInt,
        amount -> Text,
        tx_hash -> Text,
        log_index -> BigInt,
        sender -> Nullable<Text>,
        source -> Text,
        withdrawn_seq -> Nullable<BigInt>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    batches (program, number) {
        program -> Text,
        number -> BigInt,
        nonce -> BigInt,
        total -> Text,
        safe_to -> Text,
        operation -> BigInt,
        domain_hash -> Text,
        message_hash -> Text,
        safe_tx_hash -> Text,
        proposed_at -> Text,
        size -> BigInt,
        root -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    payouts (program, batch, line) {
        program -> Text,
        batch -> BigInt,
        line -> BigInt,
        submission -> BigInt,
        payee -> Text,
        amount -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        handle -> Text,
        password_hash -> Text,
        created_at -> Text,
        session_epoch -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> Text,
        family -> Text,
        account -> Text,
        issued_at -> Text,
        expires_at -> Text,
        family_expires_at -> Text,
        used_at -> Nullable<Text>,
        revoked_at -> Nullable<Text>,
    }
}

diesel::table! {
    memberships (program, member) {
        program -> Text,
        member -> BigInt,
        account -> Text,
    }
}

diesel::table! {
    uploads (program, digest) {
        program -> Text,
        digest -> Text,
        member -> BigInt,
        salt -> Text,
        content -> Binary,
        media_type -> Text,
        uploaded_at -> Text,
    }
}

diesel::table! {
    marks (program) {
        program -> Text,
        block -> BigInt,
        block_hash -> Text,
        nonce -> BigInt,
        balance -> Text,
    }
}

diesel::table! {
    snapshots (program, build, size, part) {
        program -> Text,
        build -> Text,
        size -> BigInt,
        part -> BigInt,
        parts -> BigInt,
        leaf -> Text,
        root -> Text,
        digest -> Text,
        bytes -> Binary,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        account -> Text,
        begun_at -> Text,
        used_at -> Text,
        proven_at -> Text,
        proof -> Text,
        agent -> Text,
        ends_at -> Text,
        ended_at -> Nullable<Text>,
    }
}

diesel::table! {
    second_factors (id) {
        id -> Text,
        sealed -> Text,
        begun_at -> Text,
        confirmed_at -> Nullable<Text>,
        last_step -> BigInt,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> Text,
        account -> Text,
        made_at -> Text,
        used_at -> Nullable<Text>,
    }
}

diesel::table! {
    notices (id) {
        id -> Text,
        account -> Text,
        at -> Text,
        what -> Text,
        detail -> Text,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        digest -> Text,
        account -> Text,
        name -> Text,
        scopes -> Text,
        made_at -> Text,
        expires_at -> Text,
        used_at -> Nullable<Text>,
    }
}

diesel::table! {
    sign_in_links (id) {
        id -> Text,
        account -> Text,
        made_by -> Text,
        drops_factor -> BigInt,
        made_at -> Text,
        expires_at -> Text,
    }
}

diesel::table! {
    wallets (id) {
        id -> Text,
        account -> Text,
        linked_at -> Text,
    }
}

diesel::table! {
    siwe_nonces (id) {
        id -> Text,
        account -> Nullable<Text>,
        made_at -> Text,
        expires_at -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(entries, events);
diesel::allow_tables_to_appear_in_same_query!(memberships, programs);
diesel::allow_tables_to_appear_in_same_query!(sessions, users);
