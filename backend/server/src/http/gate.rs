//! How much at once, how large and how long: what one caller or many may take of a server (OWASP API4:2023).

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Problem;

/// The largest head of a request: names and values of its headers, and its address, in bytes.
pub const HEAD_LIMIT: usize = 16 * 1024;
/// What an operator asks is answered however much there is to do.
const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Places for requests and for files; who finds none is told when to come again.
#[derive(Clone, Debug)]
pub struct Gate {
    requests: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    longest: Duration,
}

impl Gate {
    /// So many requests and, of them, so many files at once; each request for so long at most.
    pub fn new(requests: usize, uploads: usize, longest: Duration) -> Self {
        Self {
            requests: Arc::new(Semaphore::new(requests)),
            uploads: Arc::new(Semaphore::new(uploads)),
            longest,
        }
    }

    /// Lets a request in; its place is free again once the permit is dropped.
    ///
    /// # Errors
    /// A head that is too large (431), or no place (503).
    pub fn enter(&self, request: &ServiceRequest) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        if size(request.headers()).saturating_add(request.uri().to_string().len()) > HEAD_LIMIT {
            let detail = format!("address and headers have at most {HEAD_LIMIT} bytes");
            return Err(Problem::head_too_large(detail));
        }
        if ALWAYS.contains(&request.path()) {
            return Ok(None);
        }
        let place = self.requests.clone().try_acquire_owned();
        place.map(Some).map_err(|_| Problem::full("as many requests are being answered as can be at once"))
    }

    /// How long an answer may take, from its first byte asked to its first byte given.
    pub const fn longest(&self) -> Duration {
        self.longest
    }

    /// What a request gets that took longer.
    pub fn too_long(&self) -> Problem {
        let seconds = self.longest.as_secs();
        Problem::full(format!(
            "the answer takes longer than {seconds} s; what was asked may still be done: repeat it with the same key"
        ))
    }

    /// A place for a file, which is held in memory as a whole.
    ///
    /// # Errors
    /// No place (503).
    pub fn upload(request: &HttpRequest) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        let Some(gate) = request.app_data::<Self>() else { return Ok(None) };
        let place = gate.uploads.clone().try_acquire_owned();
        place.map(Some).map_err(|_| Problem::full("as many files are being read as can be at once"))
    }
}

fn size(headers: &HeaderMap) -> usize {
    // Colon, space and the end of the line.
    let lines =
        headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()).saturating_add(4));
    lines.fold(0, usize::saturating_add)
}
