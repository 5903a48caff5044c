//! Many connections, and callers who take their time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{begin_body, connect, raw};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, open};

const IDLE: usize = 1_000;

/// How many files this process may open, after asking for enough: each connection has two ends here.
fn open_files() -> u64 {
    let limit = || {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap().to_owned();
        line.split_whitespace().nth(3).unwrap().parse().unwrap_or(u64::MAX)
    };
    if limit() < 8_192 {
        let pid = std::process::id().to_string();
        let _ = Command::new("prlimit").args(["--pid", &pid, "--nofile=8192:"]).status();
    }
    limit()
}

fn status_line(stream: &mut TcpStream) -> String {
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    String::from_utf8(answer.to_vec()).unwrap()
}

on_both! {
    fn a_thousand_idle_connections_and_slow_bodies_do_not_stop_others(test: TestDb) {
        run(async {
            let limit = open_files();
            assert!(limit >= 3 * 1_024, "this test needs more open files than {limit}: raise the hard limit (ulimit -Hn)");
            let api = Api::start(test);
            let people = open(&api).await;
            let idle: Vec<TcpStream> = (0..IDLE).map(|_| connect(&api)).collect();
            let half: Vec<TcpStream> = (0..20).map(|_| {
                let mut stream = connect(&api);
                stream.write_all(b"GET /api/v1/programs HTTP/1.1\r\nhost: lo").unwrap();
                stream
            }).collect();
            let mut slow: Vec<TcpStream> = (0..20).map(|_| begin_body(&api)).collect();

            let start = Instant::now();
            for n in 0..10 {
                // On a connection of its own, and on one that has been there before all others.
                assert_eq!(raw(&api, "GET /api/v1/programs/pilot HTTP/1.1").await.status, 200);
                let new = serde_json::json!({ "period": 1, "allotments": { "operations": (26 + n).to_string() } });
                people.lead.post(&format!("{PILOT}/allotments"), &new).await.json(200);
                for stream in &mut slow {
                    // One byte at a time: each is in time, all of them are not.
                    let _ = stream.write_all(b" ");
                }
            }
            let took = start.elapsed();

            assert!(took < Duration::from_secs(8), "twenty requests beside them took {took:?}");
            for stream in &mut slow {
                assert_eq!(status_line(stream), "HTTP/1.1 408");
            }
            println!("count: idle connections beside a request {}", idle.len());
            drop((idle, half));
            api.stop().await;
        });
    }

    fn a_trickled_body_is_cut_off_in_the_end(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (mut stream, start) = (begin_body(&api), Instant::now());
            let reading = stream.try_clone().unwrap();
            let trickle = tokio::task::spawn_blocking(move || {
                for _ in 0..40 {
                    std::thread::sleep(Duration::from_millis(100));
                    if stream.write_all(b" ").is_err() {
                        break;
                    }
                }
            });
            let answered = tokio::task::spawn_blocking(move || {
                let mut reading = reading;
                (status_line(&mut reading), start.elapsed())
            });
            let (status, after) = answered.await.unwrap();
            assert_eq!(status, "HTTP/1.1 408");
            assert!(after < Duration::from_secs(4), "a body has half a second here, and it was {after:?}");
            trickle.await.unwrap();
            api.stop().await;
        });
    }
}
