//! A lean HTTP/1.1 client: requests that are ready to send, over connections that are kept alive.
//!
//! It shares the processors with the server it measures, so it does no more than it must.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tokio::net::TcpStream;

use super::BenchError;
use super::crowd::{Answered, CALLERS, Caller};

/// Bytes that are read at a time.
const CHUNK: usize = 32 * 1_024;

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Request(Vec<u8>);

impl Request {
    pub fn get(path: &str, token: Option<&str>) -> Self {
        Self::new("GET", path, token, "", "")
    }

    /// A write of JSON with an idempotency key.
    pub fn post(path: &str, token: &str, key: &str, body: &str) -> Self {
        let more = format!(
            "Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        Self::new("POST", path, Some(token), &more, body)
    }

    fn new(method: &str, path: &str, token: Option<&str>, more: &str, body: &str) -> Self {
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = "Host: 127.0.0.1\r\nUser-Agent: bounty-ledger-bench\r\nAccept: application/json\r\n";
        Self(format!("{method} {path} HTTP/1.1\r\n{head}{token}{more}\r\n{body}").into_bytes())
    }
}

/// A connection to the server, for one request after another.
pub(super) struct Connection {
    stream: TcpStream,
    chunk: Vec<u8>,
}

/// What the head of an answer says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Bytes of the whole answer.
    length: usize,
}

impl Connection {
    /// A connection for each caller.
    pub async fn open_all(address: SocketAddr) -> Result<Vec<Self>, BenchError> {
        let mut connections = Vec::new();
        for _ in 0..CALLERS {
            connections.push(Self::open(address).await?);
        }
        Ok(connections)
    }

    async fn open(address: SocketAddr) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(address).await.map_err(BenchError::Http)?;
        stream.set_nodelay(true).map_err(BenchError::Http)?;
        Ok(Self { stream, chunk: vec![0; CHUNK] })
    }

    /// Sends a request; gives the status of its answer and all that came.
    pub async fn ask(&mut self, request: &Request) -> Result<(u16, Vec<u8>), BenchError> {
        self.send(&request.0).await.map_err(BenchError::Http)?;
        let mut answer = Vec::new();
        let head = loop {
            self.receive(&mut answer).await?;
            if let Some(head) = head_of(&answer)? {
                break head;
            }
        };
        while answer.len() < head.length {
            self.receive(&mut answer).await?;
        }
        if answer.len() > head.length { Err(BenchError::Answer) } else { Ok((head.status, answer)) }
    }

    async fn send(&self, mut bytes: &[u8]) -> std::io::Result<()> {
        while !bytes.is_empty() {
            self.stream.writable().await?;
            match self.stream.try_write(bytes) {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits for more of an answer.
    async fn receive(&mut self, answer: &mut Vec<u8>) -> Result<(), BenchError> {
        loop {
            self.stream.readable().await.map_err(BenchError::Http)?;
            match self.stream.try_read(&mut self.chunk) {
                Ok(0) => return Err(BenchError::Answer),
                Ok(come) => {
                    answer.extend_from_slice(self.chunk.get(..come).unwrap_or_default());
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(BenchError::Http(error)),
            }
        }
    }
}

/// Reads the head of an answer; `None` while it has not come whole.
fn head_of(answer: &[u8]) -> Result<Option<Head>, BenchError> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = answer.windows(END.len()).position(|bytes| bytes == END) else { return Ok(None) };
    let text = answer.get(..end).and_then(|head| std::str::from_utf8(head).ok()).ok_or(BenchError::Answer)?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|word| word.parse().ok());
    let named = lines.filter_map(|line| line.split_once(':'));
    let mut lengths = named.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    // Answers of an unknown length are none of this server's JSON.
    let length: Option<usize> = lengths.next().and_then(|(_, length)| length.trim().parse().ok());
    let length = length.and_then(|length| length.checked_add(end)?.checked_add(END.len()));
    let (status, length) = status.zip(length).ok_or(BenchError::Answer)?;
    Ok(Some(Head { status, length }))
}

impl Caller for Connection {
    type Work = Request;

    async fn call(&mut self, request: Request) -> Result<Answered, BenchError> {
        match self.ask(&request).await? {
            (200, _) => Ok(Answered::Done),
            (503, _) => Ok(Answered::Busy),
            (status, answer) => Err(BenchError::Refused {
                status,
                said: String::from_utf8_lossy(&answer).lines().last().unwrap_or_default().to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::time::Duration;

    use super::*;
    use crate::bench::crowd::gather;

    #[test]
    fn a_head_is_read_once_it_is_whole_and_says_how_long_the_answer_is() {
        let answer = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nContent-Length: 2\r\n\r\n{}";
        for come in 0..answer.len() - 2 {
            assert_eq!(head_of(&answer[..come]).unwrap(), None, "{come}");
        }
        let head = Head { status: 503, length: answer.len() };
        assert_eq!(head_of(answer).unwrap(), Some(head));
    }

    /// Answers one request after another on one connection, piece by piece.
    fn answering(answers: &'static [&'static [&'static str]]) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            for pieces in answers {
                while !request.ends_with(b"\r\n\r\n{}") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).unwrap();
                    request.extend(byte);
                }
                request.clear();
                for piece in *pieces {
                    stream.write_all(piece.as_bytes()).unwrap();
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn busy_answers_are_counted_and_other_refusals_end_the_run() {
        const DONE: &[&str] = &["HTTP/1.1 200 OK\r\ncontent-le", "ngth: 4\r\n\r", "\n[1", "2]"];
        const BUSY: &[&str] = &["HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}"];
        const REFUSED: &[&str] = &["HTTP/1.1 409 Conflict\r\ncontent-length: 5\r\n\r\n\"why\""];
        let request = || Request::post("/votes", "token", "key", "{}");

        let open = |address| async move { Connection::open(address).await.unwrap() };
        let connection = open(answering(&[DONE, BUSY, DONE])).await;
        let seen = gather([connection], vec![request(), request(), request()]).await.unwrap();
        assert_eq!(seen.busy, 1);

        let connection = open(answering(&[DONE, REFUSED])).await;
        let refused = gather([connection], vec![request(), request()]).await.unwrap_err();
        assert!(
            matches!(&refused, BenchError::Refused { status: 409, said } if said == "\"why\""),
            "{refused:?}"
        );

        let connection = open(answering(&[&["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"]])).await;
        let cut = gather([connection], vec![request()]).await.unwrap_err();
        assert!(matches!(cut, BenchError::Answer), "{cut:?}");
    }

    #[test]
    fn an_answer_without_a_status_or_a_length_is_none_of_ours() {
        for text in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n", "\r\n\r\n"] {
            assert!(head_of(text.as_bytes()).is_err(), "{text}");
        }
    }
}
