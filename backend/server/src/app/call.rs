//! How a use case becomes a job: every command carries the cause of the API call it is, or stands for.

use domain::command::{Actor, Cause};
use domain::event::{Command, Kind};
use domain::journal::Document;
use domain::permission::{Allowed, allowed};
use domain::refusal::{Refusal, RoleList};
use domain::value::{MemberNumber, Slug};
use serde::Serialize;

use super::accounts::AccountId;
use super::writer::{Call, Job, Receipt, Target};
use super::{App, Error};

/// Who asks, of which program, with which idempotency key.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    pub program: Slug,
    pub member: MemberNumber,
    /// The same key never does the same thing twice.
    pub key: &'a str,
    /// The request as it was sent; `None` on the command line and in the demo, which stand for one.
    pub sent: Option<Sent<'a>>,
}

/// A request of the API as it came over the wire: what its cause is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub body: &'a [u8],
}

/// An operation of the API: what its calls are known by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub id: &'static str,
    pub method: &'static str,
}

impl Operation {
    pub const fn post(id: &'static str) -> Self {
        Self { id, method: "POST" }
    }
}

impl Ask<'_> {
    /// The cause of the request that was sent, or else of the equivalent one with this body; `rest` is the
    /// path below the program.
    pub(super) fn cause(
        &self,
        operation: Operation,
        rest: &str,
        body: &impl Serialize,
    ) -> Result<Cause, Error> {
        self.cause_at(operation, &format!("/api/v1/programs/{}{rest}", self.program), body)
    }

    /// The cause of a call elsewhere than below a program.
    pub(super) fn cause_at(
        &self,
        operation: Operation,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Cause, Error> {
        if let Some(Sent { method, path, body }) = self.sent {
            return Ok(Cause::of_call(self.member, operation.id, self.key, method, path, body));
        }
        let body = serde_json::to_vec(body)?;
        Ok(Cause::of_call(self.member, operation.id, self.key, operation.method, path, &body))
    }
}

impl App {
    /// Writes one command and answers with its receipt.
    pub(super) async fn write(
        &self,
        ask: Ask<'_>,
        cause: Cause,
        command: impl Into<Command>,
        documents: Vec<Document>,
    ) -> Result<Receipt, Error> {
        self.write_for(ask, cause, command, documents, None).await
    }

    /// As [`App::write`]; if the command makes a member, it is this account's.
    pub(super) async fn write_for(
        &self,
        ask: Ask<'_>,
        cause: Cause,
        command: impl Into<Command>,
        documents: Vec<Document>,
        account: Option<AccountId>,
    ) -> Result<Receipt, Error> {
        let id = self.program_id(ask.program).await?;
        let job = Job {
            target: Target::Existing(id),
            actor: Actor::Member(ask.member),
            calls: vec![Call { command: command.into(), cause: Some(cause), documents }],
            accounts: vec![account],
        };
        self.writer.submit(job).await?.pop().ok_or(Error::Stopped)
    }

    /// Refuses a member who may not ask for a kind of command, where the ledger itself then writes.
    pub(super) async fn check_role(&self, ask: Ask<'_>, kind: Kind) -> Result<(), Error> {
        let program = self.program(ask.program).await?;
        let member = program.member(ask.member)?;
        match allowed(kind) {
            Allowed::Roles(roles) if !roles.iter().any(|role| member.holds(*role)) => {
                Err(Refusal::RoleNeeded { roles: RoleList(roles) }.into())
            }
            Allowed::Roles(_) | Allowed::Member => Ok(()),
            Allowed::System => Err(Refusal::SystemOnly.into()),
        }
    }
}
