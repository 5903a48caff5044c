//! The OpenAPI document: made from the code, completed with what holds for every operation.

mod bounds;
mod headers;

use domain::permission::{self, Access};
use domain::refusal::Refusal;
use serde::Serialize;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder, Schema, Type,
};
use utoipa::{OpenApi as _, ToSchema};

use super::problem::{CODES, PROBLEM_JSON};
use crate::app::shape;

const SCHEME: &str = "bearer";

/// A problem (RFC 9457). `code` is stable; numbers that the detail speaks of stand beside it by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    /// Where the code is explained.
    #[schema(example = "/api/errors#over_budget")]
    pub r#type: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    pub code: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldProblem>>,
}

/// What is wrong with a field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    pub field: String,
    pub detail: String,
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Bounty Ledger", license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")),
    components(schemas(ProblemView, FieldProblem))
)]
struct Frame;

/// The document before any path is in it.
pub fn frame() -> OpenApi {
    let mut document = Frame::openapi();
    document.info.description = Some(description());
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(SCHEME, SecurityScheme::Http(scheme));
    document
}

fn description() -> String {
    let codes = CODES.iter().map(|(code, ..)| *code).chain(Refusal::CODES.iter().copied());
    let codes: Vec<String> = codes.map(|code| format!("`{code}`")).collect();
    format!(
        "Pays the people who help a decentralised network grow, and proves every payment.\n\n\
         Amounts of LPT are decimal strings with at most 18 decimals; whole numbers are written without a fraction. \
         Times are RFC 3339 in UTC. Lists are read page by page: `limit` up to 200, `cursor`, `next_cursor`, \
         `items`. Reads carry an `ETag` and answer 304 to \
         `If-None-Match`. Every write under `/programs` needs an `Idempotency-Key`: a repeat with the same key and \
         body is answered again with `Idempotent-Replayed: true`, and does nothing twice. Every problem is \
         `application/problem+json` with one of these codes, explained at `/api/errors`: {}.",
        codes.join(", ")
    )
}

/// Adds to every operation what follows from its path and from the permission table.
pub fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let PathItem { get, post, delete, .. } = item;
        for (writes, operation) in [(false, get), (true, post), (true, delete)] {
            if let Some(operation) = operation {
                complete_one(path, writes, operation);
            }
        }
    }
    bounds::add(document);
    headers::add(document);
}

fn complete_one(path: &str, writes: bool, operation: &mut Operation) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let mut parameters = operation.parameters.take().unwrap_or_default();
    for name in parts(path) {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        parameters.push(parameter.required(Required::True).schema(Some(part_of_path(name))).build().into());
    }
    if writes && path.contains("/programs") && !path.ends_with("/preview") || id == "record_address" {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(200))
            .pattern(Some("^[!-~]+$"));
        let parameter = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
        parameters.push(parameter.required(Required::True).schema(Some(schema.build())).build().into());
    }
    operation.parameters = Some(parameters).filter(|parameters| !parameters.is_empty());
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemView"))).build();
    let problem = ResponseBuilder::new().description("A problem").content(PROBLEM_JSON, content).build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
    let Some(permission) = permission::find(&id) else { return };
    if permission.access != Access::Public {
        operation.security = Some(vec![SecurityRequirement::new(SCHEME, Vec::<String>::new())]);
    }
    let roles: Vec<&str> = permission.access.roles().iter().map(|role| role.as_str()).collect();
    let mut words = vec![match permission.access {
        Access::Public => "Needs no token.".to_owned(),
        Access::SignedIn => "Needs an account.".to_owned(),
        Access::Member => "Members only.".to_owned(),
        Access::System => "The ledger itself only.".to_owned(),
        Access::Roles(_) => format!("Needs one of these roles: {}.", roles.join(", ")),
    }];
    words.extend(permission.separations.iter().map(|separation| format!("{separation}.")));
    let text = operation.description.take().filter(|text| !text.is_empty());
    operation.description = Some(text.into_iter().chain([words.join(" ")]).collect::<Vec<_>>().join("\n\n"));
}

/// What a part of a path looks like.
fn part_of_path(name: &str) -> RefOr<Schema> {
    match name {
        "slug" => Ref::from_schema_name("ShortName").into(),
        "digest" => Ref::from_schema_name("Digest").into(),
        "role" => Ref::from_schema_name("RoleName").into(),
        _ => shape::whole_number().into(),
    }
}

/// The names in a path's braces.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
