//! The OpenAPI document: made from the code, completed with what holds for every operation.

mod bounds;
mod codes;
mod headers;

use actix_web::http::Method;
use domain::permission::{self, Access, Permission};
use serde::Serialize;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder,
    Schema, Type,
};
use utoipa::{OpenApi as _, ToSchema};

use super::problem::PROBLEM_JSON;
use crate::app::shape;
use codes::{Body, Form};

pub use codes::meanings;

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
    document.info.description = Some(DESCRIPTION.to_owned());
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(SCHEME, SecurityScheme::Http(scheme));
    document
}

const DESCRIPTION: &str = "Pays the people who help a decentralised network grow, and proves every payment.\n\n\
    Amounts of LPT are decimal strings with at most 18 decimals; whole numbers are written without a fraction. \
    Times are RFC 3339 in UTC. Lists are read page by page: `limit` up to 200, `cursor`, `next_cursor`, `items`. \
    Reads carry an `ETag` and answer 304 to `If-None-Match`; HEAD is answered as GET. Every write under `/programs` \
    needs an `Idempotency-Key`: a repeat with the same key and body is answered again with \
    `Idempotent-Replayed: true`, and does nothing twice. Every problem is `application/problem+json` with a code \
    that never changes: each operation lists those it can answer with, and `/api/errors` explains them all.";

/// Adds to every operation what follows from its form and from the permission table.
pub fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (path, item) in &mut document.paths.paths {
        let PathItem { get, post, delete, .. } = item;
        for (method, operation) in [(Method::GET, get), (Method::POST, post), (Method::DELETE, delete)] {
            if let Some(operation) = operation {
                complete_one(path, &method, operation, components);
            }
        }
    }
    bounds::add(document);
    headers::add(document);
}

fn complete_one(path: &str, method: &Method, operation: &mut Operation, components: &mut Components) {
    let id = operation.operation_id.clone().unwrap_or_default();
    let mut parameters = operation.parameters.take().unwrap_or_default();
    let query = parameters.iter().any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => false,
    });
    for name in parts(path) {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
        parameters.push(parameter.required(Required::True).schema(Some(part_of_path(name))).build().into());
    }
    // Whatever writes an event; what else is repeated changes nothing.
    let key = permission::find(&id).is_some_and(|permission| permission.kind.is_some());
    if key {
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
    let problem = ResponseBuilder::new().description("A fault of the ledger").content(PROBLEM_JSON, content);
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem.build()));
    let Some(permission) = permission::find(&id) else { return };
    let body = match operation.request_body {
        Some(_) => Body::Json,
        None if *method == Method::DELETE => Body::Empty,
        None => Body::Unread,
    };
    // Sign-in, and what people keep about themselves.
    let about_oneself = path.contains("/me/") && *method != Method::GET && id != "address_typed_data";
    let keeps = path.contains("/auth/") || about_oneself || id == "make_sign_in_link";
    let form = Form { path, permission, body, key, keeps, query };
    operation.responses.responses.extend(codes::responses(&form, components));
    if permission.access != Access::Public {
        operation.security = Some(vec![SecurityRequirement::new(SCHEME, Vec::<String>::new())]);
    }
    let text = operation.description.take().filter(|text| !text.is_empty());
    let words = [text, Some(access(permission))].into_iter().flatten();
    operation.description = Some(words.collect::<Vec<_>>().join("\n\n"));
}

/// Who may, in words.
fn access(permission: &Permission) -> String {
    let roles: Vec<&str> = permission.access.roles().iter().map(|role| role.as_str()).collect();
    let who = match permission.access {
        Access::Public => "Needs no token.".to_owned(),
        Access::SignedIn => "Needs an account.".to_owned(),
        Access::Member => "Members only.".to_owned(),
        Access::System => "The ledger itself only.".to_owned(),
        Access::Roles(_) => format!("Needs one of these roles: {}.", roles.join(", ")),
    };
    let scopes: Vec<&str> = permission.scopes.iter().map(|scope| scope.as_str()).collect();
    let tokens = (permission.access != Access::Public).then(|| {
        if scopes.is_empty() {
            "No API token may ask.".to_owned()
        } else {
            format!("API tokens: scope {}.", scopes.join(" or "))
        }
    });
    let fresh = permission.fresh.then(|| "Needs a proof of the last quarter of an hour.".to_owned());
    let separations = permission.separations.iter().map(|separation| format!("{separation}."));
    [who].into_iter().chain(tokens).chain(fresh).chain(separations).collect::<Vec<_>>().join(" ")
}

/// What a part of a path looks like.
fn part_of_path(name: &str) -> RefOr<Schema> {
    match name {
        "slug" => Ref::from_schema_name("ShortName").into(),
        "digest" | "invite" => Ref::from_schema_name("Digest").into(),
        "session" | "token" => Ref::from_schema_name("Id").into(),
        "role" => Ref::from_schema_name("RoleName").into(),
        _ => shape::whole_number().into(),
    }
}

/// The names in a path's braces.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
