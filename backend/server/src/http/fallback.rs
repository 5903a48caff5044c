//! Requests that no route takes: 405 where another method would be taken, else 404. Never HTML.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, PathItem};

use super::Problem;

/// Paths of the service itself.
const SERVICE: [&str; 9] = [
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/style.css",
    "/api/docs",
    "/api/docs/",
    "/api/openapi.json",
    "/api/errors",
];

/// The methods that a path takes, each with its operation; those of the service itself have none.
type Taken = Vec<(Method, Option<String>)>;

/// What every path takes.
#[derive(Clone, Debug)]
pub struct Paths(Arc<Vec<(String, Taken)>>);

impl Paths {
    /// The paths of the document, and those of the service itself.
    pub fn of(document: &OpenApi) -> Self {
        let documented = document.paths.paths.iter().map(|(path, item)| (path.clone(), taken(item)));
        let read = || vec![(Method::GET, None), (Method::HEAD, None)];
        let service = SERVICE.iter().map(|path| ((*path).to_owned(), read()));
        Self(Arc::new(documented.chain(service).collect()))
    }

    /// The operation behind a route.
    pub fn operation(&self, method: &Method, route: &str) -> Option<String> {
        let (_, taken) = self.0.iter().find(|(pattern, _)| pattern == route)?;
        taken.iter().find(|(of, _)| of == method)?.1.clone()
    }

    /// 405 if the path takes other methods only. A word of its own comes before what may stand in its place.
    pub fn wrong_method(&self, request: &HttpRequest) -> Option<Problem> {
        let (_, taken) = self.0.iter().find(|(pattern, _)| matches(pattern, request.path()))?;
        let methods: Vec<Method> = taken.iter().map(|(method, _)| method.clone()).collect();
        (!methods.contains(request.method())).then(|| Problem::wrong_method(&methods))
    }
}

fn taken(item: &PathItem) -> Taken {
    let operations = [
        (&item.get, Method::GET),
        // Answered as GET.
        (&item.get, Method::HEAD),
        (&item.post, Method::POST),
        (&item.delete, Method::DELETE),
    ];
    let named = |(operation, method): (&Option<Operation>, _)| {
        Some((method, operation.as_ref()?.operation_id.clone()))
    };
    operations.into_iter().filter_map(named).collect()
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given => {}
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
            _ => return false,
        }
    }
}

/// Answers what no route takes.
///
/// # Errors
/// Always: 404 or 405.
pub async fn fallback(request: HttpRequest, paths: Data<Paths>) -> Result<HttpResponse, Problem> {
    let missing = || Problem::no_such_path("see /api/docs for what there is");
    Err(paths.wrong_method(&request).unwrap_or_else(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_its_own_pattern_only() {
        for (pattern, path, same) in [
            ("/programs/{slug}", "/programs/degen", true),
            ("/programs/{slug}", "/programs/", false),
            ("/programs/{slug}", "/programs/degen/", false),
            ("/programs/{slug}/budget", "/programs/degen/budget", true),
            ("/programs", "/programs/degen", false),
        ] {
            assert_eq!(matches(pattern, path), same, "{pattern} {path}");
        }
    }
}
