//! A server of this process, and what a client sends it.

use std::net::{SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use domain::Program;
use domain::submission::{Stage, Submission};

use super::BenchError;
use super::client::{Connection, Request};
use super::crowd::{Seen, gather};
use super::stage::{self, REVIEWER};
use crate::app::{App, Clock, Entropy, Quotas};
use crate::db::Target;
use crate::http::{self, Settings};

/// Where the program of the benchmarks is read and written.
pub(super) const PROGRAM: &str = "/api/v1/programs/bench";
/// Where some of its reads look at the token.
pub(super) const CHECKED: &str = "/checked/programs/bench";

/// A ledger over HTTP, as `serve` starts it, and a reviewer who is signed in.
pub(super) struct Served {
    /// An access token of the reviewer. The clock of benchmarks stands, so it does not expire.
    pub token: String,
    app: App,
    address: SocketAddr,
    handle: ServerHandle,
}

impl Served {
    pub async fn start(target: &Target) -> Result<Self, BenchError> {
        // One reviewer votes as many do elsewhere.
        let quotas = Quotas { claims: u32::MAX, votes: u32::MAX };
        let app = App::start(target, Clock::Set(stage::clock()?), Entropy::System)?.with_quotas(quotas);
        let password = Entropy::System.uuid()?.to_string();
        let fault = |error| BenchError::SignIn(Box::new(error));
        let account = app.register(REVIEWER, &password).await.map_err(fault)?;
        app.link_members_by_handle(account).await?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(BenchError::Http)?;
        let settings = Settings { more: http::checked_reads, ..Settings::default() };
        let (server, listening) = http::server(&app, listener, &settings)?;
        tokio::spawn(server);
        let tokens = app.login(REVIEWER, &password, listening.address.ip()).await.map_err(fault)?;
        Ok(Self { token: tokens.access, app, address: listening.address, handle: listening.handle })
    }

    pub async fn stop(self) {
        self.handle.stop(true).await;
        self.app.drain().await;
    }

    pub async fn program(&self) -> Result<Program, BenchError> {
        Ok(self.app.program(stage::slug("bench")?).await?)
    }

    /// What 32 connections see that send these requests.
    pub async fn ask(&self, requests: Vec<Request>) -> Result<Seen, BenchError> {
        gather(Connection::open_all(self.address).await?, requests).await
    }

    /// The deciding votes on all claims that wait for one.
    pub async fn approvals(&self) -> Result<Vec<Request>, BenchError> {
        let program = self.program().await?;
        let waiting = program.submissions().filter(|claim| matches!(claim.stage, Stage::Submitted { .. }));
        let vote = |(n, claim): (usize, &Submission)| {
            let body = format!(
                "{{\"choice\":\"approve\",\"revision\":\"{}\",\"ordinal\":1,\"reason\":\"{}\"}}",
                claim.revision.digest,
                stage::prose(n),
            );
            let path = format!("{PROGRAM}/submissions/{}/votes", claim.number);
            // As long as what clients draw by chance.
            let key = stage::digest("key", n).to_string();
            Request::post(&path, &self.token, &key, &body)
        };
        Ok(waiting.enumerate().map(vote).collect())
    }
}
