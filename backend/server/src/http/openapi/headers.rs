//! The headers that answers carry, and the one that reads understand.

use serde_json::Value;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder, Type};

/// The name of the response to a read that changed nothing.
const UNCHANGED: &str = "NotModified";
/// How the paths of files end, which are saved under a name.
const FILES: [&str; 3] = [".json", ".jsonl", ".csv"];
/// How the paths end that begin, renew or end a session.
const SIGNING: [&str; 4] = ["/auth/login", "/auth/refresh", "/auth/logout", "/auth/siwe/verify"];
/// Every header: what it says, of which type, and whether it always comes where it is promised.
const HEADERS: [(&str, &str, Type, bool); 8] = [
    ("Allow", "The methods that this address takes.", Type::String, true),
    ("Content-Disposition", "What the file is called once saved.", Type::String, true),
    ("ETag", "What was answered, in short.", Type::String, true),
    ("Idempotent-Replayed", "`true` if this answers a repeat: nothing was done twice.", Type::String, false),
    ("Location", "Where what was created can be read.", Type::String, true),
    ("Retry-After", "Seconds until another attempt makes sense.", Type::Integer, true),
    ("Set-Cookie", "The refresh token, for pages of this server only.", Type::String, true),
    ("WWW-Authenticate", "Which token is wanted.", Type::String, true),
];

/// Describes the headers of every operation.
pub fn add(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (name, description, kind, always) in HEADERS {
        let schema = ObjectBuilder::new().schema_type(kind);
        let mut header = HeaderBuilder::new().schema(Some(schema)).description(Some(description)).build();
        // The library knows no `required` for headers; OpenAPI does.
        header.extensions = always.then(|| Extensions::from_iter([("required", Value::Bool(true))]));
        components.headers.insert(name.to_owned(), RefOr::T(header));
    }
    let unchanged =
        ResponseBuilder::new().description("Nothing changed since the answer that `If-None-Match` names");
    let mut unchanged = unchanged.build();
    put(&mut unchanged, "ETag");
    components.responses.insert(UNCHANGED.to_owned(), RefOr::T(unchanged));
    for (path, item) in &mut document.paths.paths {
        if let Some(read) = &mut item.get {
            take_tag(read);
        }
        for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
            let writes = operation.parameters.iter().flatten().any(is_key);
            for (status, response) in &mut operation.responses.responses {
                let response = match response {
                    RefOr::T(response) => Some(response),
                    // Problems of the same codes are described once.
                    RefOr::Ref(shared) => match components.responses.get_mut(name_of(shared)) {
                        Some(RefOr::T(response)) => Some(response),
                        Some(RefOr::Ref(_)) | None => None,
                    },
                };
                if let Some(response) = response {
                    describe(status, path, writes, response);
                }
            }
        }
    }
}

/// The name of a component, from where it stands in the document.
fn name_of(shared: &Ref) -> &str {
    shared.ref_location.rsplit('/').next().unwrap_or_default()
}

fn is_key(parameter: &RefOr<utoipa::openapi::path::Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name == "Idempotency-Key")
}

/// Reads carry an entity tag, and answer 304 to it.
fn take_tag(read: &mut Operation) {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let tag = ParameterBuilder::new().name("If-None-Match").parameter_in(ParameterIn::Header);
    let tag = tag
        .schema(Some(text))
        .description(Some("The `ETag` of an earlier answer: 304 if nothing has changed."));
    read.parameters.get_or_insert_default().push(tag.build().into());
    let unchanged = RefOr::Ref(Ref::from_response_name(UNCHANGED));
    read.responses.responses.insert("304".to_owned(), unchanged);
    if let Some(RefOr::T(response)) = read.responses.responses.get_mut("200") {
        put(response, "ETag");
    }
}

fn describe(status: &str, path: &str, writes: bool, response: &mut Response) {
    match status {
        "401" => put(response, "WWW-Authenticate"),
        "405" => put(response, "Allow"),
        "429" | "503" => put(response, "Retry-After"),
        "200" if FILES.iter().any(|ending| path.ends_with(ending)) => {
            put(response, "Content-Disposition");
        }
        "201" if writes => put(response, "Location"),
        "200" | "204" if SIGNING.iter().any(|ending| path.ends_with(ending)) => put(response, "Set-Cookie"),
        _ => {}
    }
    if status.starts_with('2') {
        if writes {
            put(response, "Idempotent-Replayed");
        }
        // OpenAPI wants a description of each.
        if response.description.is_empty() {
            "Done".clone_into(&mut response.description);
        }
    }
}

fn put(response: &mut Response, name: &str) {
    let header = Ref::new(format!("#/components/headers/{name}"));
    response.headers.insert(name.to_owned(), RefOr::Ref(header));
}
