//! The order of system calls, as `strace` sees it: no answer before the fsync of what it acknowledges.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::TestDb;
use crate::kills::all_is_well;
use crate::served::{Home, Served, fresh, run};
use crate::town::book::{Answer, Receipt, Request};
use crate::town::{Load, Reach, Town};

/// Long enough for a page or an answer in which every byte is spelt out.
const WHOLE: &str = "20000";

/// A system call, from the line at which it began to the one at which it was done.
#[derive(Debug)]
struct Call {
    name: String,
    text: String,
    begun: usize,
    done: usize,
}

impl Call {
    fn is_on_log(&self) -> bool {
        self.text.split('>').next().is_some_and(|file| file.ends_with("-wal"))
    }

    fn writes_log(&self) -> bool {
        self.is_on_log() && ["write", "pwrite64", "writev"].contains(&self.name.as_str())
    }

    fn syncs_log(&self) -> bool {
        self.is_on_log() && ["fsync", "fdatasync"].contains(&self.name.as_str()) && self.text.ends_with("= 0")
    }

    fn answers(&self) -> bool {
        let file = self.text.split('>').next();
        file.is_some_and(|file| file.contains("<socket:")) && self.text.contains("\"HTTP/1.1 20")
    }
}

/// Reads what strace wrote: a call in one line, or begun in one and resumed in a later one.
fn read(trace: &Path) -> Vec<Call> {
    // What the arguments hold is spelt in ASCII.
    let trace = fs::read_to_string(trace).unwrap();
    let (mut calls, mut begun) = (Vec::new(), HashMap::new());
    for (place, line) in trace.lines().enumerate() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if rest.starts_with("---") || rest.starts_with("+++") {
            continue;
        }
        if let Some(first) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(thread.to_owned(), (first.to_owned(), place));
            continue;
        }
        let (text, start) = match rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            Some((_, last)) => {
                let (first, start) = begun.remove(thread).unwrap();
                (first + last, start)
            }
            None => (rest.to_owned(), place),
        };
        let name = text.split('(').next().unwrap().to_owned();
        calls.push(Call { name, text, begun: start, done: place });
    }
    calls
}

/// What one trace shows.
struct Trace(Vec<Call>);

impl Trace {
    /// The answer that carries this leaf hash.
    fn answer(&self, leaf: &str) -> &Call {
        let found = self.0.iter().find(|call| call.answers() && call.text.contains(leaf));
        found.unwrap_or_else(|| panic!("no answer with {leaf}"))
    }

    /// Whether the event was written to the log, then the log was synced, and then the answer began.
    fn is_in_order(&self, cause: &str, receipt: &Receipt) -> bool {
        let answer = self.answer(&receipt.leaf);
        let written = self.0.iter().find(|call| call.writes_log() && call.text.contains(cause));
        let Some(written) = written else { panic!("event {} was never written", receipt.seq) };
        let synced = self.0.iter().find(|call| call.syncs_log() && call.begun > written.done);
        synced.is_some_and(|synced| synced.done < answer.begun)
    }

    /// Whether everything that was ever written to the log was synced when this answer began.
    fn is_all_synced(&self, receipt: &Receipt) -> bool {
        let answer = self.answer(&receipt.leaf);
        let written = self.0.iter().filter(|call| call.writes_log() && call.begun < answer.begun);
        let last = written.map(|call| call.done).max().unwrap();
        let mut synced = self.0.iter().filter(|call| call.syncs_log());
        synced.any(|call| call.begun > last && call.done < answer.begun)
    }
}

/// The server under strace. Its process is the first word of the trace; strace itself lets signals wait.
struct Traced<'a> {
    served: Option<Served>,
    trace: &'a Path,
}

impl Traced<'_> {
    fn process(&self) -> String {
        let trace = fs::read_to_string(self.trace).unwrap_or_default();
        trace.split(' ').next().unwrap_or_default().to_owned()
    }

    fn stop(mut self) {
        let process = self.process();
        self.served.take().unwrap().stop_process(&process);
    }
}

impl Drop for Traced<'_> {
    fn drop(&mut self) {
        // A test that fails would leave the server behind when strace is killed.
        if self.served.is_some() {
            let _ = Command::new("sh").args(["-c", &format!("kill -KILL {}", self.process())]).status();
        }
    }
}

#[test]
fn no_answer_comes_before_its_fsync() {
    let test = TestDb::sqlite();
    let home = Home::of(&test);
    let (trace, mut rng) = (home.path("trace"), fresh());
    run(async {
        let served = Served::start(&home, &mut home.serve());
        let town = Town::found(&served).await;
        served.stop();

        let watched = "trace=fsync,fdatasync,write,pwrite64,writev,sendto,sendmsg";
        let strace = ["strace", "-f", "-y", "-s", WHOLE, "-e", watched, "-o", trace.to_str().unwrap()];
        let serve = [env!("CARGO_BIN_EXE_bounty-ledger"), "serve", "--listen", "127.0.0.1:0"];
        let served = Served::start(&home, &mut home.command(&[&strace[..], &serve[..]].concat()));
        let reach = Reach::of(&served.url);
        let url = served.url.clone();
        let traced = Traced { served: Some(served), trace: &trace };
        let mut alone = Vec::new();
        for n in 0..60 {
            let asked: Vec<Request> = match n % 3 {
                0 => vec![town.new_claim(0, &mut rng)],
                _ => town.new_vote(n % 3 - 1).into_iter().collect(),
            };
            for request in asked {
                match town.ask(&reach, &request, 1).await.remove(0) {
                    Answer::Written { receipt, .. } => alone.push(receipt),
                    other => panic!("{other:?} to {request:?}"),
                }
            }
        }
        let load = Load::begin(&town, &url, &mut rng);
        tokio::time::sleep(Duration::from_secs(2)).await;
        load.end().await;
        traced.stop();
        all_is_well(&home);

        let calls = Trace(read(&trace));
        let acknowledged = town.book().acknowledged.clone();
        let early = alone.iter().filter(|receipt| !calls.is_all_synced(receipt));
        let mut early: Vec<Receipt> = early.cloned().collect();
        for (cause, (receipt, _)) in &acknowledged {
            if !calls.is_in_order(cause, receipt) {
                early.push(receipt.clone());
            }
        }
        assert!(early.is_empty(), "{} answers came before their fsync: {early:?}", early.len());
        let syncs = calls.0.iter().filter(|call| call.syncs_log()).count();
        assert!(acknowledged.len() > alone.len() + 20, "{} {}", acknowledged.len(), alone.len());
        println!("count: strace: answers that followed their fsync {}", acknowledged.len());
        println!("count: strace: of these asked one at a time {}", alone.len());
        println!("count: strace: fsyncs of the log {syncs}");
        println!("count: strace: answers before their fsync {}", early.len());
    });
}
