//! A Safe Transaction Service on a port of its own.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, HttpServer, rt};
use serde_json::{Value, json};
use server::chain::Limits;
use server::transaction_service::TransactionService;

use super::rules::Service;
use super::world::limits;

/// Where the API lies; everything else is a page that is not there.
pub const BASE: &str = "/tx-service/arb1/api";

/// A request as the service saw it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    /// Below [`BASE`].
    pub path: String,
    pub query: String,
    pub authorization: Option<String>,
    pub body: Value,
}

/// A service that runs as long as the test.
pub struct ServiceAt {
    pub address: SocketAddr,
    state: Arc<Mutex<Service>>,
    handle: ServerHandle,
}

impl ServiceAt {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(Service::new()));
        let data = Data::new(state.clone());
        let (started, handles) = mpsc::channel();
        thread::spawn(move || {
            rt::System::new().block_on(async {
                let app = move || App::new().app_data(data.clone()).default_service(web::to(answer));
                let server =
                    HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { address, state, handle: handles.recv().unwrap() }
    }

    pub fn service(&self) -> MutexGuard<'_, Service> {
        self.state.lock().unwrap()
    }

    /// What was asked since the last look: method and path.
    pub fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut self.service().asked);
        asked.into_iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }

    /// A client without a key and with room for slow machines.
    pub fn client(&self) -> TransactionService {
        client_at(self.address, None, limits())
    }
}

impl Drop for ServiceAt {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

pub fn client_at(address: SocketAddr, key: Option<&str>, limits: Limits) -> TransactionService {
    let url = format!("http://{address}{BASE}").parse().unwrap();
    TransactionService::new(url, key.map(|key| key.parse().unwrap()), limits).unwrap()
}

async fn answer(request: HttpRequest, body: Bytes, state: Data<Arc<Mutex<Service>>>) -> HttpResponse {
    let Some(path) = request.path().strip_prefix(BASE) else {
        return HttpResponse::NotFound().content_type("text/html").body("<html>Not Found</html>");
    };
    let authorization = request.headers().get(AUTHORIZATION).map(|key| key.to_str().unwrap().to_owned());
    let is_post = request.method() == "POST";
    if is_post && request.content_type() != "application/json" {
        return HttpResponse::UnsupportedMediaType().json(json!({ "detail": "Unsupported media type." }));
    }
    let asked = Asked {
        method: request.method().to_string(),
        path: path.to_owned(),
        query: request.query_string().to_owned(),
        authorization,
        body: if is_post { serde_json::from_slice(&body).unwrap() } else { Value::Null },
    };
    let host = request.connection_info().host().to_owned();
    let (status, body) = state.lock().unwrap().answer(&asked, &host);
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    if body.is_null() { response.finish() } else { response.json(body) }
}
