//! Requests that no route takes: 405 where another method would be taken, else 404. Never HTML.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use utoipa::openapi::{OpenApi, PathItem};

use super::Problem;

/// What every path takes.
#[derive(Clone, Debug)]
pub struct Paths(Arc<Vec<(String, Vec<Method>)>>);

impl Paths {
    /// The paths of the document, and those of the service itself.
    pub fn of(document: &OpenApi) -> Self {
        let documented = document.paths.paths.iter().map(|(path, item)| (path.clone(), methods(item)));
        let service = ["/", "/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/errors"];
        let service = service.into_iter().map(|path| (path.to_owned(), vec![Method::GET]));
        Self(Arc::new(documented.chain(service).collect()))
    }

    /// 405 if the path takes other methods only. A word of its own comes before what may stand in its place.
    pub fn wrong_method(&self, request: &HttpRequest) -> Option<Problem> {
        let (_, methods) = self.0.iter().find(|(pattern, _)| matches(pattern, request.path()))?;
        (!methods.contains(request.method())).then(|| Problem::wrong_method(methods))
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    let taken = [(&item.get, Method::GET), (&item.post, Method::POST), (&item.delete, Method::DELETE)];
    taken.into_iter().filter(|(operation, _)| operation.is_some()).map(|(_, method)| method).collect()
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
