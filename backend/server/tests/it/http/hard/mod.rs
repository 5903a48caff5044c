//! Callers who ask badly, slowly, or too much; and a ledger that cannot do what it is asked.

mod bodies;
mod codes;
mod crowd;
mod nonsense;
mod paths;
mod queue;
mod service;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::Api;

/// An answer as it came over the wire.
#[derive(Debug)]
pub(super) struct Raw {
    pub status: u16,
    /// Names in small letters.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A problem with this status and code, and nothing but a problem.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"));
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
    }
}

/// A connection to the server; what it sends is waited for a while.
pub(super) fn connect(api: &Api) -> TcpStream {
    let stream = TcpStream::connect(api.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// Sends a request's first line and headers as they are, and reads until the server closes.
pub(super) async fn raw(api: &Api, head: &str) -> Raw {
    let (mut stream, text) =
        (connect(api), format!("{head}\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
    let read = tokio::task::spawn_blocking(move || {
        stream.write_all(text.as_bytes()).unwrap();
        raw_answer(&mut stream)
    });
    read.await.unwrap()
}

/// A login that says it has a hundred bytes to send, of which one comes.
pub(super) fn begin_body(api: &Api) -> TcpStream {
    let mut stream = connect(api);
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// What the server says to that, until it closes.
pub(super) fn raw_answer(stream: &mut TcpStream) -> Raw {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Raw {
    let end =
        bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or_else(|| panic!("{bytes:?}"));
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let (first, lines) = head.split_once("\r\n").unwrap();
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    let header =
        |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    Raw { status, headers: lines.split("\r\n").filter_map(header).collect(), body: bytes[end + 4..].to_vec() }
}
