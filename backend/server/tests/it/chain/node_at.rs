//! A node on a port of its own, which answers what the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use server::chain::{Client, Limits};

/// What a node does with a request.
#[derive(Clone)]
pub enum Reply {
    /// Answers this as its `result`.
    Result(Value),
    /// Answers this as its `error`.
    Error(i64, &'static str),
    /// Answers this body, with status 200.
    Body(String),
    /// Sends these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Sends a body without an end.
    Endless,
    /// Sends these bytes, then nothing, and keeps the connection until the caller is gone.
    Stall(Vec<u8>),
}

/// A request as a node saw it.
pub struct Asked {
    /// How many requests came before.
    pub before: usize,
    /// The line and the headers, as they were sent.
    pub head: String,
    /// The body as it was sent.
    pub text: String,
    /// The body as JSON; null if it is none.
    pub body: Value,
}

impl Asked {
    pub fn method(&self) -> &str {
        self.body["method"].as_str().unwrap()
    }
}

type Answer = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A node that runs as long as the test.
pub struct NodeAt {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl NodeAt {
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let node =
            Self { address: listener.local_addr().unwrap(), over: Arc::default(), seen: Arc::default() };
        let (over, seen, answer) = (node.over.clone(), node.seen.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, seen, answer) = (stream.unwrap(), seen.clone(), answer.clone());
                // A caller may go away at any moment.
                thread::spawn(move || drop(serve(&stream, &seen, &*answer)));
            }
        });
        node
    }

    /// A node that makes these replies one after another, and the last one for ever.
    pub fn replies(replies: impl Into<Vec<Reply>>) -> Self {
        let replies = replies.into();
        Self::start(move |asked| replies[asked.before.min(replies.len() - 1)].clone())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL, with a key.
    pub fn url(&self) -> String {
        format!("http://{}/v2/s3cretKEY?token=s3cretTOKEN", self.address)
    }

    /// The bodies of all requests so far.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// A client with room for slow machines, and pauses that nobody notices.
    pub fn client(&self) -> Client {
        self.client_within(patient())
    }

    pub fn client_within(&self, limits: Limits) -> Client {
        Client::new(self.url().parse().unwrap(), limits).unwrap()
    }
}

impl Drop for NodeAt {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

/// Limits that no test waits for.
pub fn patient() -> Limits {
    Limits {
        per_try: Duration::from_mins(1),
        whole: Duration::from_mins(2),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(2),
        tries: 3,
        answer_bytes: 100_000,
    }
}

/// A whole HTTP answer.
pub fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}")
        .into_bytes()
}

fn serve(mut stream: &TcpStream, seen: &Mutex<Vec<String>>, answer: &Answer) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        if line.trim_end().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    if head.is_empty() {
        return Ok(());
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8(body).unwrap();
    let before = {
        let mut seen = seen.lock().unwrap();
        seen.push(body.clone());
        seen.len() - 1
    };
    let asked = Asked { before, head, body: serde_json::from_str(&body).unwrap_or_default(), text: body };
    let id = &asked.body["id"];
    let rpc = |body: Value| http("200 OK", "", &body.to_string());
    match answer(&asked) {
        Reply::Result(result) => {
            stream.write_all(&rpc(json!({ "jsonrpc": "2.0", "id": id, "result": result })))
        }
        Reply::Error(code, message) => {
            let error = json!({ "code": code, "message": message });
            stream.write_all(&rpc(json!({ "jsonrpc": "2.0", "id": id, "error": error })))
        }
        Reply::Body(body) => stream.write_all(&http("200 OK", "", &body)),
        Reply::Bytes(bytes) => stream.write_all(&bytes),
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(b"1000\r\n")?;
                stream.write_all(&[b' '; 0x1000])?;
                stream.write_all(b"\r\n")?;
            }
        }
        Reply::Stall(bytes) => {
            stream.write_all(&bytes)?;
            reader.read_to_end(&mut Vec::new()).map(drop)
        }
    }
}
