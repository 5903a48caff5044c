//! The problems that an operation can answer with, by status.
//!
//! Most codes follow from an operation's form (a token, a body, a key), and those of the rules from the kind of
//! command that it writes; what is left stands in [`own`]. A test holds this against every problem that tests see.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use domain::event::Kind;
use domain::permission::{Access, Permission};
use domain::refusal::{Refusal, codes_of};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{
    AllOfBuilder, Components, ContentBuilder, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, Type,
};

use crate::http::problem::{CODES, PROBLEM_JSON, status_of};

/// What an operation reads of a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// It does not look at it.
    Unread,
    /// It makes sure that there is none.
    Empty,
    Json,
}

/// What an operation takes.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    pub path: &'a str,
    pub permission: &'a Permission,
    pub body: Body,
    pub key: bool,
    /// Whether it changes something outside the journal.
    pub keeps: bool,
    pub query: bool,
}

impl Form<'_> {
    fn codes(&self) -> BTreeSet<&'static str> {
        let Permission { operation, kind, access, fresh, .. } = self.permission;
        let parts = self.path.split('/').filter(|part| part.starts_with('{'));
        let things = parts.filter(|part| *part != "{slug}").count();
        let signed = *access != Access::Public;
        // Whoever opens a program or asks about themselves needs an account only.
        let member = matches!(access, Access::Member | Access::Roles(_)) && *operation != "open_program";
        // What changes something in a program, by one of its members.
        let writes = member && (kind.is_some() || *operation == "upload_capture");
        let rules = kind.iter().flat_map(|kind| codes_of(*kind));
        let program = self.path.contains("{slug}");
        let groups: [(bool, &[&str]); 14] = [
            (true, &["busy", "stopped", "head_too_large"]),
            (self.key || self.keeps, &["storage_full"]),
            (writes, &["second_factor_missing"]),
            (*fresh, &["fresh_proof_needed"]),
            (self.key || program, &["damaged"]),
            (signed || self.keeps, &["clock"]),
            (signed, &["unauthenticated", "invalid_token", "scope_needed"]),
            (member, &["forbidden", "no_such_program"]),
            (program, &["no_such_program"]),
            (things > 0, &["not_found"]),
            (self.query, &["malformed"]),
            (
                self.body == Body::Json,
                &["unsupported_media_type", "too_large", "too_slow", "unreadable", "malformed"],
            ),
            (self.body == Body::Empty, &["too_large", "too_slow", "unreadable"]),
            (
                self.key,
                &[
                    "idempotency_key_missing",
                    "idempotency_key_malformed",
                    "idempotency_key_reused",
                    "conflict",
                ],
            ),
        ];
        let groups = groups.into_iter().filter(|(holds, _)| *holds).flat_map(|(_, codes)| codes);
        let role: &[&str] = if member && kind.is_some() { &["role_needed"] } else { &[] };
        groups.chain(rules).chain(role).copied().chain(own(operation)).collect()
    }
}

/// The codes of an operation that do not follow from its form.
fn own(operation: &str) -> Vec<&'static str> {
    match operation {
        "register" => vec!["too_many_requests", "handle_taken", "conflict"],
        "login" | "prove" => {
            vec![
                "too_many_requests",
                "wrong_credentials",
                "second_factor_needed",
                "wrong_code",
                "session_ended",
            ]
        }
        "reset" => vec!["too_many_requests", "not_found", "damaged"],
        "change_password" => vec![
            "too_many_requests",
            "wrong_credentials",
            "second_factor_needed",
            "wrong_code",
            "session_ended",
        ],
        "make_token" => vec!["too_many_tokens", "second_factor_missing", "damaged"],
        "make_sign_in_link" => vec!["second_factor_missing", "role_needed", "forbidden", "no_such_member"],
        "siwe_verify" | "siwe_prove" => {
            let either =
                ["too_many_requests", "other_message", "nonce_spent", "unknown_wallet", "session_ended"];
            let newcomer: &[&str] = if operation == "siwe_verify" { &["handle_taken"] } else { &[] };
            [&either, newcomer, &["chain_unreadable"]].concat()
        }
        "link_wallet" => {
            vec!["other_message", "nonce_spent", "wallet_taken", "too_many_wallets", "chain_unreadable"]
        }
        "unlink_wallet" => vec!["last_wallet"],
        "begin_second_factor" => vec!["second_factor_stands"],
        "confirm_second_factor" => vec!["second_factor_stands", "no_second_factor", "wrong_code"],
        "remove_second_factor" => vec!["no_second_factor"],
        "refresh" => vec!["forbidden", "unauthenticated", "session_ended"],
        "logout" => vec!["forbidden"],
        // All or nothing: its first period and allotments too.
        "open_program" => {
            let with_it = [Kind::PeriodOpened, Kind::Allotted].map(codes_of).concat();
            [&["slug_taken", "safe_taken"], with_it.as_slice()].concat()
        }
        // They read the programs of whoever asks.
        "get_me" | "list_addresses" | "address_typed_data" => vec!["damaged"],
        "add_member" | "join" => vec!["already_member"],
        "get_budget" => vec!["not_found", "no_such_period"],
        "get_bounty" => vec!["no_such_bounty"],
        "get_submission" | "vote_typed_data" => vec!["no_such_submission"],
        "preview_batch" => vec!["too_many", "no_such_submission", "amount_too_large"],
        "propose_batch" => vec!["unpayable", "unknown_singleton", "chain_unreadable"],
        "attest_execution" => {
            vec!["not_executed", "no_transaction", "not_final", "chain_unreadable"]
        }
        "record_signature" => vec!["not_confirmed", "no_node", "chain_unreadable", "unpayable"],
        "adopt_transaction" => vec!["other_lines", "unpayable", "unknown_singleton"],
        "get_exec_transaction" => vec!["too_few_signatures", "safe_unobserved", "unpayable"],
        "resolve_finding" => [Kind::InflowClassified, Kind::OutflowSettled].map(codes_of).concat(),
        "share_batch" => vec!["too_few_signatures", "no_service", "service_failed", "unpayable"],
        "pull_confirmations" => {
            vec!["not_shared", "no_service", "service_failed", "chain_unreadable", "unpayable"]
        }
        "siwe_nonce" | "file_submission" | "revise_submission" | "cast_vote" => vec!["too_many_requests"],
        "observe_safe" => vec!["read_here"],
        "get_document" => vec!["erased"],
        "upload_capture" => vec!["uploads_wait", "storage_full"],
        _ => Vec::new(),
    }
}

/// A code with its status and what it means.
pub type Meaning = (&'static str, StatusCode, &'static str);

/// Every code with its status and meaning, in order of precedence.
pub fn meanings() -> impl Iterator<Item = Meaning> {
    let rules = Refusal::TABLE.iter();
    let rules = rules.map(|(code, remedy, message)| (*code, status_of(code, *remedy), *message));
    CODES.iter().copied().chain(rules)
}

/// The responses that an operation gives when it fails, by status; those that many give are put among the
/// components.
pub fn responses(form: &Form<'_>, components: &mut Components) -> Vec<(String, RefOr<Response>)> {
    let codes = form.codes();
    let met: Vec<Meaning> = meanings().filter(|(code, ..)| codes.contains(code)).collect();
    let statuses: BTreeSet<u16> = met.iter().map(|(_, status, _)| status.as_u16()).collect();
    let of = |status: u16| met.iter().filter(move |(_, of, _)| of.as_u16() == status).copied();
    statuses
        .into_iter()
        .map(|status| (status.to_string(), response(&of(status).collect::<Vec<_>>(), components)))
        .collect()
}

fn response(meanings: &[Meaning], components: &mut Components) -> RefOr<Response> {
    let common = meanings.iter().all(|(code, ..)| CODES.iter().any(|(common, ..)| common == code));
    let name: String = meanings.iter().map(|(code, ..)| in_camel_case(code)).collect();
    let response = described(meanings);
    if !common {
        return RefOr::T(response);
    }
    components.responses.insert(name.clone(), RefOr::T(response));
    RefOr::Ref(Ref::from_response_name(name))
}

fn described(meanings: &[Meaning]) -> Response {
    let codes: Vec<&str> = meanings.iter().map(|(code, ..)| *code).collect();
    let lines: Vec<String> =
        meanings.iter().map(|(code, _, meaning)| format!("- `{code}`: {meaning}")).collect();
    let code = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes));
    let narrower = ObjectBuilder::new().property("code", code);
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("ProblemView")).item(narrower);
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new().description(lines.join("\n")).content(PROBLEM_JSON, content);
    let later = |status| status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE;
    if !meanings.iter().any(|(_, status, _)| later(*status)) {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(Type::Integer);
    let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait"));
    response.header("Retry-After", header.build()).build()
}

/// `not_found` as `NotFound`.
fn in_camel_case(code: &str) -> String {
    let words = code.split('_').filter_map(|word| word.split_at_checked(1));
    words.map(|(first, rest)| first.to_ascii_uppercase() + rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_means_one_thing() {
        let codes: Vec<&str> = meanings().map(|(code, ..)| code).collect();
        let twice: Vec<_> = (1..)
            .zip(&codes)
            .filter(|(next, code)| codes.iter().skip(*next).any(|other| other == *code))
            .collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn a_code_of_one_operation_is_a_code() {
        let known: BTreeSet<&str> = meanings().map(|(code, ..)| code).collect();
        for permission in domain::permission::TABLE {
            for code in own(permission.operation) {
                assert!(known.contains(code), "{}: {code}", permission.operation);
            }
        }
    }
}
