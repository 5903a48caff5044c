//! The callers: authors, reviewers, a lead and two treasurers at their desks, all at the same time.

pub mod book;
mod people;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::rng::Rng;
use crate::served::Served;
use book::{Answer, Book, Receipt, Request};
use people::{AUTHORS, CATEGORIES, LEAD, REVIEWERS, TREASURER, claim};

/// Access tokens last ten minutes.
const RENEW_AFTER: Duration = Duration::from_mins(6);
/// A hung server is a fault of its own.
const PATIENCE: Duration = Duration::from_secs(30);
/// Claims that wait for a reviewer before authors pause.
const PILE: usize = 40;
/// How many acknowledged requests are sent again after a crash.
const REPEATED: usize = 5;

/// A server, as callers reach it.
#[derive(Clone)]
pub struct Reach {
    client: Client,
    url: String,
}

impl Reach {
    pub fn of(url: &str) -> Self {
        let client = Client::builder().timeout(PATIENCE).build().unwrap();
        Self { client, url: format!("{url}/api/v1") }
    }

    fn post(&self, token: &str, path: &str, key: &str, body: String) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url)).header("idempotency-key", key);
        request.bearer_auth(token).header("content-type", "application/json").body(body)
    }

    /// A write that must succeed, before any trouble begins.
    async fn set_up(&self, token: &str, path: &str, body: &Value) -> Value {
        let request = self.post(token, path, "set-up", body.to_string());
        let answer = request.send().await.unwrap();
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    async fn send(&self, token: &str, request: &Request, town: &Town) -> Answer {
        let path = format!("/programs/crashes/{}", request.path);
        let sent = self.post(token, &path, &request.key, request.body.clone()).send().await;
        let Ok(answer) = sent.map_err(|error| assert!(!error.is_timeout(), "no answer: {request:?}")) else {
            return Answer::Nothing;
        };
        let (status, headers) = (answer.status(), answer.headers().clone());
        // Only a whole answer is one.
        let Ok(body) = answer.json::<Value>().await else { return Answer::Nothing };
        let code = || body["code"].as_str().unwrap_or_default().to_owned();
        match status {
            StatusCode::OK | StatusCode::CREATED => Answer::Written {
                receipt: Receipt {
                    seq: body["seq"].as_u64().unwrap(),
                    leaf: body["leaf_hash"].as_str().unwrap().to_owned(),
                },
                replayed: headers.get("idempotent-replayed").is_some(),
                body,
            },
            StatusCode::SERVICE_UNAVAILABLE => Answer::Later(code()),
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => Answer::Refused(code()),
            other => {
                town.explains(other, &body);
                Answer::Later(code())
            }
        }
    }
}

/// A claim that a reviewer has not seen.
#[derive(Clone)]
struct Ballot {
    claim: u64,
    digest: String,
}

/// Everybody's side of one ledger. It outlives every server.
pub struct Town {
    tokens: Mutex<([String; 6], Instant)>,
    factors: people::Factors,
    book: Mutex<Book>,
    ballots: [Mutex<Vec<Ballot>>; 2],
    /// LPT asked for so far, by category.
    asked: [AtomicU64; 2],
    next: AtomicU64,
    /// What servers say, for when one answers nonsense.
    log: PathBuf,
    /// Whether pages of the file are missing, and the server is about to notice and end.
    pub pages_are_missing: AtomicBool,
}

impl Town {
    /// Opens the program on a fresh ledger.
    pub async fn found(served: &Served) -> Arc<Self> {
        let (tokens, factors) = people::found(&Reach::of(&served.url)).await;
        Arc::new(Self {
            tokens: Mutex::new((tokens, Instant::now())),
            factors,
            book: Mutex::default(),
            ballots: Default::default(),
            asked: Default::default(),
            next: AtomicU64::new(1),
            log: served.log.clone(),
            pages_are_missing: AtomicBool::new(false),
        })
    }

    /// Nobody is told of a fault of ours, but who reads a page while the disk loses it.
    #[track_caller]
    fn explains(&self, status: StatusCode, body: &Value) {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        let torn = self.pages_are_missing.load(Ordering::SeqCst) && last.contains("disk image is malformed");
        assert!(
            status == StatusCode::INTERNAL_SERVER_ERROR && torn,
            "{status} {body}; the last words: {last}"
        );
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// A request under the program with a key that was never used.
    fn request(&self, who: usize, operation: &'static str, path: String, body: &Value) -> Request {
        let key = format!("key-{}", self.next.fetch_add(1, Ordering::SeqCst));
        Request { who, operation, path, body: body.to_string(), key }
    }

    fn token(&self, who: usize) -> String {
        self.tokens.lock().unwrap().0[who].clone()
    }

    /// Everybody signs in again if their tokens grow old.
    pub async fn renew(&self, reach: &Reach) {
        let old = self.tokens.lock().unwrap().1.elapsed() > RENEW_AFTER;
        if old {
            let tokens = people::sign_in(reach, &self.factors).await;
            *self.tokens.lock().unwrap() = (tokens, Instant::now());
        }
    }

    /// Sends a request once, or twice at the same time, and notes what it came to.
    pub async fn ask(&self, reach: &Reach, request: &Request, times: usize) -> Vec<Answer> {
        self.book().asked(request);
        let token = self.token(request.who);
        let answers = if times == 1 {
            vec![reach.send(&token, request, self).await]
        } else {
            let (first, second) =
                tokio::join!(reach.send(&token, request, self), reach.send(&token, request, self));
            vec![first, second]
        };
        let news = self.book().told(request, &answers);
        if let Some(body) = news {
            self.learn(request, &body);
        }
        answers
    }

    /// What an event means for the callers: a new claim is to be decided.
    fn learn(&self, request: &Request, body: &Value) {
        if request.operation != "file_submission" {
            return;
        }
        let submission = &body["submission"];
        let ballot = Ballot {
            claim: submission["number"].as_u64().unwrap(),
            digest: submission["digest"].as_str().unwrap().to_owned(),
        };
        for pile in &self.ballots {
            pile.lock().unwrap().push(ballot.clone());
        }
        let asked: Value = serde_json::from_str(&request.body).unwrap();
        let place = CATEGORIES.iter().position(|category| asked["category"] == **category).unwrap();
        let amount = asked["amount"].as_str().unwrap().parse().unwrap();
        self.asked[place].fetch_add(amount, Ordering::SeqCst);
    }

    /// Asks everything that was not answered again, with the same keys, and some of what was; all at once.
    pub async fn ask_again(self: &Arc<Self>, reach: &Reach, rng: &mut Rng) {
        let mut asked = JoinSet::new();
        for request in self.again(rng) {
            let (town, reach) = (self.clone(), reach.clone());
            asked.spawn(async move { town.ask_once_more(&reach, &request).await });
        }
        while let Some(done) = asked.join_next().await {
            done.unwrap();
        }
    }

    fn again(&self, rng: &mut Rng) -> Vec<Request> {
        let book = self.book();
        let mut again: Vec<Request> = book.open.values().cloned().collect();
        let known: Vec<&Request> = book.acknowledged.values().map(|(_, request)| request).collect();
        again.extend((0..REPEATED).filter_map(|_| rng.pick(&known).map(|request| (*request).clone())));
        again
    }

    async fn ask_once_more(&self, reach: &Reach, request: &Request) {
        let known = self.book().acknowledged.contains_key(&request.cause());
        loop {
            let answer = self.ask(reach, request, 1).await.remove(0);
            let mut book = self.book();
            match answer {
                // The book compares the receipts.
                Answer::Written { replayed: true, .. } if known => book.repeated += 1,
                Answer::Written { replayed: true, .. } => book.written_unanswered += 1,
                Answer::Written { .. } | Answer::Refused(_) if !known => book.not_written += 1,
                Answer::Later(_) => continue,
                other => panic!("{other:?} to {request:?}, acknowledged: {known}"),
            }
            return;
        }
    }

    /// A claim, as its author files it.
    pub fn new_claim(&self, author: usize, rng: &mut Rng) -> Request {
        let n = self.next.fetch_add(1, Ordering::SeqCst);
        let body = claim(AUTHORS[author], rng.of(CATEGORIES), 1 + rng.below(9), n);
        self.request(AUTHORS[author], "file_submission", "submissions".to_owned(), &body)
    }

    /// An approval of a claim that this reviewer has not seen.
    pub fn new_vote(&self, reviewer: usize) -> Option<Request> {
        let Ballot { claim, digest } = self.ballots[reviewer].lock().unwrap().pop()?;
        let body = json!({ "choice": "approve", "revision": digest, "ordinal": 1, "reason": "It was done." });
        Some(self.request(REVIEWERS[reviewer], "cast_vote", format!("submissions/{claim}/votes"), &body))
    }

    /// A little more for a category, and never enough.
    pub fn new_allotment(&self, rng: &mut Rng) -> Request {
        let place = rng.place(CATEGORIES.len());
        let amount = 10 + self.asked[place].load(Ordering::SeqCst) * 9 / 10;
        let body = json!({ "period": 1, "allotments": { CATEGORIES[place]: amount.to_string() } });
        self.request(LEAD, "allot", "allotments".to_owned(), &body)
    }

    /// Some of the claims that were approved last: the other desk may choose the same.
    async fn new_batch(&self, reach: &Reach, rng: &mut Rng) -> Option<Request> {
        let list = format!("{}/programs/crashes/submissions?state=approved&limit=10", reach.url);
        let answer = reach.client.get(list).send().await.ok()?;
        let (status, list) = (answer.status(), answer.json::<Value>().await.ok()?);
        if status != 200 && status != 503 {
            self.explains(status, &list);
        }
        let mut chosen: Vec<&Value> = list["items"].as_array()?.iter().map(|item| &item["number"]).collect();
        while chosen.len() > 1 + rng.place(4) {
            chosen.swap_remove(rng.place(chosen.len()));
        }
        let body = json!({ "submissions": chosen, "evidence_up": true });
        (!chosen.is_empty()).then(|| self.request(TREASURER, "propose_batch", "batches".to_owned(), &body))
    }
}

/// Who sits at a desk.
#[derive(Clone, Copy)]
enum Desk {
    Author(usize),
    Reviewer(usize),
    Lead,
    Treasurer,
}

const DESKS: [Desk; 9] = [
    Desk::Author(0),
    Desk::Author(1),
    Desk::Reviewer(0),
    Desk::Reviewer(0),
    Desk::Reviewer(1),
    Desk::Reviewer(1),
    Desk::Lead,
    Desk::Treasurer,
    Desk::Treasurer,
];

/// Everybody at work, until the server is gone or they are told to stop.
pub struct Load {
    desks: JoinSet<()>,
    stop: Arc<AtomicBool>,
}

impl Load {
    pub fn begin(town: &Arc<Town>, url: &str, rng: &mut Rng) -> Self {
        let (reach, stop) = (Reach::of(url), Arc::new(AtomicBool::new(false)));
        let mut desks = JoinSet::new();
        for desk in DESKS {
            let (town, reach, stop, rng) = (town.clone(), reach.clone(), stop.clone(), Rng::new(rng.next()));
            desks.spawn(async move { town.sit(desk, &reach, rng, &stop).await });
        }
        Self { desks, stop }
    }

    /// Everybody answers for what they have seen, once the server is gone or this is the end of the day.
    pub async fn end(mut self) {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(desk) = self.desks.join_next().await {
            desk.unwrap();
        }
    }
}

impl Town {
    async fn sit(&self, desk: Desk, reach: &Reach, mut rng: Rng, stop: &AtomicBool) {
        while !stop.load(Ordering::SeqCst) {
            let request = match desk {
                Desk::Author(_) if self.ballots[0].lock().unwrap().len() > PILE => None,
                Desk::Author(author) => Some(self.new_claim(author, &mut rng)),
                Desk::Reviewer(reviewer) => self.new_vote(reviewer),
                Desk::Lead => Some(self.new_allotment(&mut rng)),
                Desk::Treasurer => self.new_batch(reach, &mut rng).await,
            };
            let Some(request) = request else {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            };
            if !self.insist(reach, &request, &mut rng, stop).await {
                return;
            }
        }
    }

    /// Asks until there is an answer. Tells whether the server is still there.
    async fn insist(&self, reach: &Reach, request: &Request, rng: &mut Rng, stop: &AtomicBool) -> bool {
        loop {
            let times = if rng.percent(10) { 2 } else { 1 };
            let answers = self.ask(reach, request, times).await;
            if answers.iter().any(|answer| matches!(answer, Answer::Nothing)) {
                return false;
            }
            let later = answers.iter().any(|answer| matches!(answer, Answer::Later(_)));
            if !later || stop.load(Ordering::SeqCst) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
