//! What goes wrong, as RFC 9457 problems: one shape, stable codes, never HTML.

use actix_web::http::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use domain::refusal::{Refusal, Remedy};
use safe::eip55::in_text;
use serde_json::{Map, Value, json};

use crate::app::{AuthError, CaptureError, Erased, Error};
use crate::db::{Trouble, is_cut, trouble};

/// Content type of every problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A request that was not carried out, and what the caller can do.
#[derive(Clone, Debug)]
pub struct Problem {
    pub status: StatusCode,
    pub code: &'static str,
    title: &'static str,
    detail: String,
    more: Box<More>,
}

/// What only some problems say.
#[derive(Clone, Debug, Default)]
struct More {
    /// What is wrong with each field.
    fields: Vec<(String, String)>,
    /// Values that the detail speaks of.
    facts: Vec<(&'static str, String)>,
    retry_after_s: Option<u32>,
    allow: Option<String>,
}

/// Declares the problems that are no refusals of the domain: constructor, code, status, title.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:ident, $title:literal;)+) => {
        /// Codes that are no refusals of the domain, with status and title, in order of precedence.
        pub const CODES: &[(&str, StatusCode, &str)] = &[$(($code, StatusCode::$status, $title)),+];

        impl Problem {
            $($(#[$doc])* pub fn $name(detail: impl Into<String>) -> Self {
                Self::new(StatusCode::$status, $code, $title, detail)
            })+
        }
    };
}

problems! {
    no_such_path = "no_such_path", NOT_FOUND, "There is nothing at this address";
    method_not_allowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take this method";
    too_many_requests = "too_many_requests", TOO_MANY_REQUESTS, "Too many attempts";
    unauthenticated = "unauthenticated", UNAUTHORIZED, "Sign in first";
    invalid_token = "invalid_token", UNAUTHORIZED, "The token is not valid";
    session_ended = "session_ended", UNAUTHORIZED, "The session has ended";
    wrong_credentials = "wrong_credentials", UNAUTHORIZED, "Handle or password is wrong";
    second_factor_needed = "second_factor_needed", UNAUTHORIZED, "A code of the second factor is needed";
    wrong_code = "wrong_code", UNAUTHORIZED, "The code is wrong or was used";
    nonce_spent = "nonce_spent", UNAUTHORIZED, "The nonce is good no more";
    unknown_wallet = "unknown_wallet", UNAUTHORIZED, "No account is linked to the wallet";
    scope_needed = "scope_needed", FORBIDDEN, "The API token is not for this";
    forbidden = "forbidden", FORBIDDEN, "Not allowed";
    second_factor_missing = "second_factor_missing", FORBIDDEN, "Who leads or pays needs a second factor";
    fresh_proof_needed = "fresh_proof_needed", FORBIDDEN, "Show again who you are";
    no_such_program = "no_such_program", NOT_FOUND, "There is no such program";
    not_found = "not_found", NOT_FOUND, "There is no such thing";
    gone = "erased", GONE, "The document was erased";
    key_missing = "idempotency_key_missing", BAD_REQUEST, "An idempotency key is needed";
    key_malformed = "idempotency_key_malformed", BAD_REQUEST, "This is no idempotency key";
    unsupported_media_type = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is of a type that is not taken here";
    too_large = "too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    head_too_large = "head_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE, "Address and headers are too large";
    too_slow = "too_slow", REQUEST_TIMEOUT, "The body took too long";
    unreadable = "unreadable", BAD_REQUEST, "The request cannot be read";
    malformed = "malformed", UNPROCESSABLE_ENTITY, "A field does not hold a value";
    other_message = "other_message", UNPROCESSABLE_ENTITY, "Something else was signed";
    key_reused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The idempotency key was used before";
    handle_taken = "handle_taken", CONFLICT, "The handle is taken";
    second_factor_stands = "second_factor_stands", CONFLICT, "The account has a second factor";
    no_second_factor = "no_second_factor", CONFLICT, "There is no second factor";
    too_many_tokens = "too_many_tokens", CONFLICT, "There are too many API tokens";
    wallet_taken = "wallet_taken", CONFLICT, "The wallet is linked already";
    too_many_wallets = "too_many_wallets", CONFLICT, "There are too many wallets";
    last_wallet = "last_wallet", CONFLICT, "Nothing else signs in";
    slug_taken = "slug_taken", CONFLICT, "The short name is taken";
    safe_taken = "safe_taken", CONFLICT, "The Safe is taken";
    already_member = "already_member", CONFLICT, "The account or the member is linked already";
    uploads_wait = "uploads_wait", CONFLICT, "Too many uploads wait to be used";
    unpayable = "unpayable", UNPROCESSABLE_ENTITY, "This cannot be paid";
    other_lines = "other_lines", UNPROCESSABLE_ENTITY, "The transaction does not pay the batch's lines";
    not_confirmed = "not_confirmed", CONFLICT, "The chain does not show that the owner agreed";
    too_few_signatures = "too_few_signatures", CONFLICT, "More owners have to sign";
    not_executed = "not_executed", UNPROCESSABLE_ENTITY, "The transaction does not execute the batch";
    no_transaction = "no_transaction", CONFLICT, "The chain has no such transaction yet";
    not_final = "not_final", CONFLICT, "The transaction may still be undone";
    unknown_singleton = "unknown_singleton", CONFLICT, "The Safe runs code that is not trusted";
    no_service = "no_service", CONFLICT, "Nothing is shared with a Safe Transaction Service";
    not_shared = "not_shared", CONFLICT, "The service does not know the batch";
    service_failed = "service_failed", BAD_GATEWAY, "The Safe Transaction Service failed";
    read_here = "read_here", CONFLICT, "The ledger reads the chain itself";
    no_node = "no_node", CONFLICT, "The chain is not read here";
    chain_unreadable = "chain_unreadable", BAD_GATEWAY, "The chain cannot be read";
    conflict = "conflict", CONFLICT, "Somebody else changed the same thing";
    busy = "busy", SERVICE_UNAVAILABLE, "The ledger is busy";
    storage_full = "storage_full", SERVICE_UNAVAILABLE, "The disk is full";
    damaged = "damaged", SERVICE_UNAVAILABLE, "The program's records are damaged";
    clock = "clock", SERVICE_UNAVAILABLE, "The clock is wrong";
    stopped = "stopped", SERVICE_UNAVAILABLE, "The ledger has stopped";
    internal = "internal", INTERNAL_SERVER_ERROR, "The ledger failed";
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, title, detail: detail.into(), more: Box::default() }
    }

    /// The same problem, with what is wrong about one field.
    pub fn with_field(mut self, field: impl Into<String>, detail: impl Into<String>) -> Self {
        self.more.fields.push((field.into(), detail.into()));
        self
    }

    /// A document that is no more.
    pub fn erased(erased: Erased) -> Self {
        let Erased { event, class } = erased;
        let mut problem = Self::gone(format!("event {event} erased this document: {class}"));
        problem.more.facts = vec![("event", event.to_string()), ("class", class.to_string())];
        problem
    }

    /// There is no room for a request now.
    pub fn full(detail: impl Into<String>) -> Self {
        Self::busy(detail).retry_after(1)
    }

    fn retry_after(mut self, seconds: u32) -> Self {
        self.more.retry_after_s = Some(seconds);
        self
    }

    /// A method that this path does not take; `allowed` are those it takes.
    pub fn wrong_method(allowed: &[Method]) -> Self {
        let names: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        let allow = names.join(", ");
        let mut problem = Self::method_not_allowed(format!("use one of: {allow}"));
        problem.more.allow = Some(allow);
        problem
    }

    /// A fault of ours: logged once, here; the caller learns nothing of our insides.
    pub fn fault(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "request failed");
        Self::internal("this is a fault of the ledger, and it was logged")
    }

    /// Its code, its detail, and the values that the detail speaks of.
    pub fn into_parts(self) -> (&'static str, String, Vec<(&'static str, String)>) {
        (self.code, self.detail, self.more.facts)
    }

    /// The JSON of the problem.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        for (name, value) in &self.more.facts {
            body.insert((*name).to_owned(), json!(value));
        }
        body.insert("type".to_owned(), json!(format!("/api/errors#{}", self.code)));
        body.insert("title".to_owned(), json!(self.title));
        body.insert("status".to_owned(), json!(self.status.as_u16()));
        body.insert("detail".to_owned(), json!(self.detail));
        body.insert("code".to_owned(), json!(self.code));
        if !self.more.fields.is_empty() {
            let fields = self.more.fields.iter();
            let errors: Vec<Value> =
                fields.map(|(field, detail)| json!({ "field": field, "detail": detail })).collect();
            body.insert("errors".to_owned(), json!(errors));
        }
        Value::Object(body)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type(PROBLEM_JSON);
        if let Some(seconds) = self.more.retry_after_s {
            response.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(allow) = self.more.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            response.insert_header((ALLOW, allow));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let known = self.code == "invalid_token";
            let challenge = if known { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            response.insert_header((WWW_AUTHENTICATE, challenge));
        }
        response.body(self.body().to_string())
    }
}

/// The status of a refusal, by what the caller can do about it.
pub fn status_of(code: &str, remedy: Remedy) -> StatusCode {
    match remedy {
        // The books refusing what the rules allowed is a defect of ours.
        _ if code == "books" => StatusCode::INTERNAL_SERVER_ERROR,
        Remedy::AskDifferently => StatusCode::UNPROCESSABLE_ENTITY,
        Remedy::AskSomeoneElse => StatusCode::FORBIDDEN,
        Remedy::AskForSomethingElse => StatusCode::NOT_FOUND,
        Remedy::AskWhenThingsChange => StatusCode::CONFLICT,
        Remedy::AskLater => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const fn title_of(remedy: Remedy) -> &'static str {
    match remedy {
        Remedy::AskDifferently => "A value cannot be accepted",
        Remedy::AskSomeoneElse => "Somebody else has to do this",
        Remedy::AskForSomethingElse => "There is no such thing",
        Remedy::AskWhenThingsChange => "Not as things stand",
        Remedy::AskLater => "Not at this moment",
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (code, remedy) = (refusal.code(), refusal.remedy());
        let detail = in_text(&refusal.to_string());
        let mut problem = Self::new(status_of(code, remedy), code, title_of(remedy), detail);
        let facts = refusal.facts().into_iter();
        problem.more.facts = facts.map(|(name, value)| (name, in_text(&value))).collect();
        if remedy == Remedy::AskLater { problem.retry_after(1) } else { problem }
    }
}

impl From<CaptureError> for Problem {
    fn from(error: CaptureError) -> Self {
        match error {
            CaptureError::Unknown | CaptureError::Declared { .. } | CaptureError::Heic { .. } => {
                Self::unsupported_media_type(error.to_string())
            }
            CaptureError::Damaged { .. } => {
                Self::malformed(error.to_string()).with_field("body", error.to_string())
            }
            CaptureError::TooLarge => Self::too_large(error.to_string()),
        }
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::HandleTaken => Self::handle_taken(error.to_string()),
            AuthError::WrongCredentials => Self::wrong_credentials(error.to_string()),
            AuthError::SecondFactorNeeded => Self::second_factor_needed(error.to_string()),
            AuthError::WrongCode => Self::wrong_code(error.to_string()),
            AuthError::SecondFactorStands => Self::second_factor_stands(error.to_string()),
            AuthError::NoSecondFactor => Self::no_second_factor(error.to_string()),
            AuthError::SecondFactorMissing => Self::second_factor_missing(error.to_string()),
            AuthError::OtherMessage { .. } => Self::other_message(error.to_string()),
            AuthError::NonceSpent => Self::nonce_spent(error.to_string()),
            AuthError::UnknownWallet => Self::unknown_wallet(error.to_string()),
            AuthError::WalletTaken => Self::wallet_taken(error.to_string()),
            AuthError::TooManyWallets { .. } => Self::too_many_wallets(error.to_string()),
            AuthError::LastWallet => Self::last_wallet(error.to_string()),
            AuthError::TooManyTokens { .. } => Self::too_many_tokens(error.to_string()),
            AuthError::TooManyAttempts { retry_after_s } => {
                Self::too_many_requests(error.to_string()).retry_after(retry_after_s)
            }
            AuthError::Token(_) => Self::invalid_token(error.to_string()),
            AuthError::SessionEnded => Self::session_ended(error.to_string()),
            AuthError::Ledger(error) => error.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed { field, error } => {
                Self::malformed(format!("{field}: {error}")).with_field(field, error.to_string())
            }
            Error::Refused(refusal) => refusal.into(),
            Error::NoSuchProgram { slug } => Self::no_such_program(format!("there is no program {slug}")),
            Error::NoSuchBatch { .. }
            | Error::OfRejection { .. }
            | Error::NoSuchAccount
            | Error::NoSuchSession
            | Error::NoSuchWallet
            | Error::NoSuchToken
            | Error::NoSuchLink
            | Error::NoSuchFinding { .. }
            | Error::NoSuchDocument { .. } => Self::not_found(error.to_string()),
            Error::AlreadyMember { .. } | Error::MemberHasAccount { .. } => {
                Self::already_member(error.to_string())
            }
            Error::OwnSignIn | Error::OthersSignIn => Self::forbidden(error.to_string()),
            Error::KeyReused => Self::key_reused(error.to_string()),
            Error::SlugTaken { .. } => Self::slug_taken(error.to_string()),
            Error::SafeTaken { .. } => Self::safe_taken(error.to_string()),
            Error::Capture(error) => error.into(),
            Error::UploadsWait { .. } => Self::uploads_wait(error.to_string()),
            Error::NotTheLines { .. } => Self::other_lines(error.to_string()),
            Error::NotApproved { .. } | Error::ContractRefuses { .. } => {
                Self::not_confirmed(error.to_string())
            }
            Error::TooFewSignatures { .. } | Error::Unsigned { .. } => {
                Self::too_few_signatures(error.to_string())
            }
            Error::NotExecuted { .. } => Self::not_executed(error.to_string()),
            Error::NoTransaction { .. } => Self::no_transaction(error.to_string()),
            Error::NotFinal { .. } => Self::not_final(error.to_string()),
            Error::UnknownSingleton { .. } => Self::unknown_singleton(error.to_string()),
            Error::NoService => Self::no_service(error.to_string()),
            Error::NotShared { .. } => Self::not_shared(error.to_string()),
            Error::Service(_) => Self::service_failed(error.to_string()),
            Error::ReadHere => Self::read_here(error.to_string()),
            Error::NoNode => Self::no_node(error.to_string()),
            Error::Chain(_) => Self::chain_unreadable(error.to_string()),
            Error::Payout(error) => Self::unpayable(in_text(&error.to_string())),
            Error::Conflict => Self::conflict(error.to_string()).retry_after(1),
            Error::QuotaSpent { retry_after_s, .. } => {
                Self::too_many_requests(error.to_string()).retry_after(retry_after_s)
            }
            Error::Busy { retry_after_s } => Self::busy(error.to_string()).retry_after(retry_after_s),
            Error::Pool(_) => Self::busy("no connection to the database came free: try again").retry_after(1),
            Error::ClockBehind { .. } | Error::ClocksDiffer { .. } | Error::Clock => {
                Self::clock(error.to_string()).retry_after(30)
            }
            Error::Full => Self::storage_full(error.to_string()).retry_after(30),
            // Logged when it was found; only an operator can mend it.
            Error::SetAside(_) => Self::damaged(error.to_string()),
            Error::Stopped => Self::stopped(error.to_string()).retry_after(5),
            Error::Query(fault) if trouble(&fault) == Trouble::Busy => {
                Self::busy("the database is busy: try again").retry_after(1)
            }
            error if error.of_database().is_some_and(is_cut) => {
                tracing::warn!(%error, "the connection to the database broke");
                Self::busy("the connection to the database broke: try again").retry_after(1)
            }
            Error::DocumentMissing { .. }
            | Error::BuilderFile(_)
            | Error::Airdrop(_)
            | Error::NoEntropy
            | Error::Hash(_)
            | Error::Key(_)
            | Error::Sign
            | Error::Event(_)
            | Error::Apply(_)
            | Error::MemoryDiffers
            | Error::InProgram { .. }
            | Error::Journal(_)
            | Error::Open(_)
            | Error::Query(_)
            | Error::Corrupt(_)
            | Error::Altered { .. }
            | Error::HeadDiffers
            | Error::DocumentLost { .. }
            | Error::OldTables
            | Error::NewTables
            | Error::LostTables { .. }
            | Error::NoProgramOf { .. }
            | Error::NoTables { .. }
            | Error::Violated(_)
            | Error::Csv(_)
            | Error::NotText
            | Error::Json(_) => Self::fault(&error),
        }
    }
}
