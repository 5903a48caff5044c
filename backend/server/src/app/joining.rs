//! Invites, and who joins with one.

use domain::command::{Actor, InviteMember, Join, WithdrawInvite};
use domain::event::Fact;
use domain::value::{Digest, Seq, Slug};
use domain::words::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::accounts::AccountId;
use super::call::{Ask, Operation};
use super::opening::NameText;
use super::writer::{Call, Job, Receipt, Target};
use super::{App, Entropy, Error, FieldError, shape};
use crate::db::journal::find_event;

const INVITE_MEMBER: Operation = Operation::post("invite_member");
const WITHDRAW_INVITE: Operation = Operation { id: "withdraw_invite", method: "DELETE" };

/// Roles for whoever comes with the secret.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<Role>,
}

/// Somebody who joins: with the secret of an invite, or without one where everybody may.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJoin {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Digest>)]
    pub secret: Option<String>,
}

impl App {
    /// Invites somebody; only a lead does. The secret is told once, here, and kept nowhere.
    ///
    /// # Errors
    /// A refusal, or no randomness.
    pub async fn invite_member(
        &self,
        ask: Ask<'_>,
        new: &NewInvite,
    ) -> Result<(Receipt, Option<Digest>), Error> {
        // Never from a seed, not even a demo's: whoever knows it gets in.
        let halves = [Entropy::System.bytes()?, Entropy::System.bytes()?];
        let mut bytes = [0; 32];
        bytes.copy_from_slice(halves.as_flattened());
        let secret = Digest::from_bytes(bytes);
        let command = InviteMember { invite: Digest::sha256(&[secret.bytes()]), roles: new.roles.clone() };
        let receipt =
            self.write(ask, ask.cause(INVITE_MEMBER, "/invites", new)?, command, Vec::new()).await?;
        // A repeat made another secret, of which there is no invite.
        let told = (!receipt.replayed).then_some(secret);
        Ok((receipt, told))
    }

    /// Takes an invite back; only a lead does.
    ///
    /// # Errors
    /// A refusal: it was used.
    pub async fn withdraw_invite(&self, ask: Ask<'_>, invite: Digest) -> Result<Receipt, Error> {
        let cause = ask.cause(WITHDRAW_INVITE, &format!("/invites/{invite}"), &())?;
        self.write(ask, cause, WithdrawInvite { invite }, Vec::new()).await
    }

    /// Lets the owner of an account join, and links account and member in the same commit. The same account again
    /// gets the same answer.
    ///
    /// # Errors
    /// A secret that is none, an account that is a member otherwise, or a refusal: the invite is used, expired, …
    pub async fn join(&self, account: AccountId, program: Slug, new: &NewJoin) -> Result<Receipt, Error> {
        let id = self.program_id(program).await?;
        let secret = new.secret.as_deref().map(str::parse::<Digest>).transpose();
        let secret = secret.map_err(|_| FieldError::Secret).map_err(Error::field("secret"))?;
        if let Some(receipt) = self.joined_before(account, program).await? {
            return Ok(receipt);
        }
        let handle = self.me(account).await?.handle;
        let name = self.document(&NameText { handle: &handle })?;
        let command = Join { name: name.digest(), secret }.into();
        let job = Job {
            target: Target::Existing(id),
            actor: Actor::System,
            calls: vec![Call { command, cause: None, documents: vec![name] }],
            accounts: vec![Some(account)],
        };
        match self.writer.submit(job).await {
            // Another request of the same account came first.
            Err(error @ Error::AlreadyMember { .. }) => {
                self.joined_before(account, program).await?.ok_or(error)
            }
            answer => answer?.pop().ok_or(Error::Stopped),
        }
    }

    /// The receipt of the event by which an account joined; `None` for one that is no member.
    async fn joined_before(&self, account: AccountId, program: Slug) -> Result<Option<Receipt>, Error> {
        let Some(number) = self.member_of(account, program).await? else { return Ok(None) };
        let state = self.program(program).await?;
        let (id, added): (_, Seq) = (state.id(), state.member(number)?.added);
        let seq = i64::try_from(added.get()).unwrap_or(i64::MAX);
        let recorded = self.read(move |conn| Ok(find_event(conn, id, seq)?)).await?;
        let recorded = recorded.ok_or(Error::HeadDiffers)?;
        if !matches!(recorded.event.fact, Fact::MemberJoined { .. }) {
            return Err(Error::AlreadyMember { member: i64::from(number.get()) });
        }
        Ok(Some(Receipt {
            seq: recorded.event.seq,
            leaf: recorded.leaf,
            at: recorded.event.at,
            fact: recorded.event.fact,
            replayed: true,
        }))
    }
}
