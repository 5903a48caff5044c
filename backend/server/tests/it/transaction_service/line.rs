//! What lies between us and the service, and does not always bring what was sent.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use serde_json::Value;
use server::transaction_service::TransactionService;

use super::service_at::{ServiceAt, client_at};
use super::world::{KEY, limits};
use crate::chain::node_at::{Asked, NodeAt, Reply, http};

/// A line to a service; requests that are not brought there are not seen by it.
pub struct Line {
    pub service: Arc<ServiceAt>,
    node: NodeAt,
}

/// A request on its way.
pub struct Passing<'a> {
    pub asked: &'a Asked,
    service: SocketAddr,
}

impl Passing<'_> {
    pub fn is_post(&self) -> bool {
        self.asked.head.starts_with("POST ")
    }

    /// Brings the request to the service, and back what it answers.
    pub fn answer(&self) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.service).unwrap();
        let Asked { head, text, .. } = self.asked;
        stream.write_all(format!("{head}Connection: close\r\n\r\n{text}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    /// The same, with another body.
    pub fn altered(&self, alter: impl FnOnce(&mut Value)) -> Reply {
        let answer = String::from_utf8(self.answer()).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut json = serde_json::from_str(body).unwrap_or_else(|_| panic!("an answer with JSON: {answer}"));
        alter(&mut json);
        Reply::Bytes(http("200 OK", "Content-Type: application/json\r\n", &json.to_string()))
    }

    pub fn honest(&self) -> Reply {
        Reply::Bytes(self.answer())
    }
}

impl Line {
    /// A line of which this says what becomes of each request.
    pub fn start(service: ServiceAt, pass: impl Fn(&Passing<'_>) -> Reply + Send + Sync + 'static) -> Self {
        let address = service.address;
        let node = NodeAt::start(move |asked| pass(&Passing { asked, service: address }));
        Self { service: Arc::new(service), node }
    }

    pub fn address(&self) -> SocketAddr {
        self.node.address()
    }

    /// How many requests set out.
    pub fn requests(&self) -> usize {
        self.node.seen().len()
    }

    /// A client that shows its key.
    pub fn client(&self) -> TransactionService {
        client_at(self.address(), Some(KEY), limits())
    }
}
