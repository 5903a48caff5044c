//! Members, roles and payout addresses.

use domain::command::{AddMember, GrantRole, RecordAddress, RevokeRole};
use domain::value::{MemberNumber, Slug};
use domain::words::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::statements::{forum_of, is_proven};

use super::accounts::AccountId;
use super::ballots::signature;
use super::call::{Ask, Operation};
use super::documents::{HANDLE, text};
use super::opening::NameText;
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};

const ADD_MEMBER: Operation = Operation::post("add_member");
const GRANT_ROLE: Operation = Operation::post("grant_role");
const REVOKE_ROLE: Operation = Operation { id: "revoke_role", method: "DELETE" };
const RECORD_ADDRESS: Operation = Operation::post("record_address");

/// Somebody who joins.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    #[schema(value_type = shape::Handle)]
    pub handle: String,
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<Role>,
}

/// A role to be given.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    #[schema(value_type = shape::RoleName)]
    pub role: Role,
}

/// A payout address of whoever asks.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    #[schema(value_type = shape::WrittenAddress)]
    pub address: String,
    /// The address's signature of its typed data: a proven address waits no longer than needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenSignature>)]
    pub proof: Option<String>,
}

/// The body of the call that records an address.
#[derive(Serialize)]
struct AddressCall<'a> {
    address: &'a str,
    program: Slug,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'a str>,
}

impl App {
    /// Adds the owner of an account as a member, and links the two in the same commit; only a lead does.
    ///
    /// # Errors
    /// A handle that nobody registered, an account that is a member already, or a refusal.
    pub async fn add_member(&self, ask: Ask<'_>, new: &NewMember) -> Result<Receipt, Error> {
        let handle = text("handle", &new.handle, HANDLE)?;
        let account = self.find_account(handle).await?;
        let account = account.ok_or(FieldError::NoAccount).map_err(Error::field("handle"))?;
        self.add(ask, new, Some(account)).await
    }

    /// Adds a member who has no account yet; only a lead does. [`App::link_member`] links one later.
    ///
    /// # Errors
    /// A handle that is none, or a refusal.
    pub async fn add_member_without_account(&self, ask: Ask<'_>, new: &NewMember) -> Result<Receipt, Error> {
        self.add(ask, new, None).await
    }

    async fn add(&self, ask: Ask<'_>, new: &NewMember, account: Option<AccountId>) -> Result<Receipt, Error> {
        let name = self.document(&NameText { handle: text("handle", &new.handle, HANDLE)? })?;
        let command = AddMember { name: name.digest(), roles: new.roles.clone() };
        self.write_for(ask, ask.cause(ADD_MEMBER, "/members", new)?, command, vec![name], account).await
    }

    /// Gives a member a role; only a lead does.
    ///
    /// # Errors
    /// A refusal.
    pub async fn grant_role(
        &self,
        ask: Ask<'_>,
        member: MemberNumber,
        new: NewRole,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(GRANT_ROLE, &format!("/members/{member}/roles"), &new)?;
        self.write(ask, cause, GrantRole { member, role: new.role }, Vec::new()).await
    }

    /// Takes a role from a member; only a lead does.
    ///
    /// # Errors
    /// A refusal.
    pub async fn revoke_role(
        &self,
        ask: Ask<'_>,
        member: MemberNumber,
        role: Role,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(REVOKE_ROLE, &format!("/members/{member}/roles/{role}"), &())?;
        self.write(ask, cause, RevokeRole { member, role }, Vec::new()).await
    }

    /// Records a payout address of the member who asks.
    ///
    /// # Errors
    /// Anything but an address (EIP-55 where the case is mixed), a proof that is not its signature, or a refusal.
    pub async fn record_address(&self, ask: Ask<'_>, new: &NewAddress) -> Result<Receipt, Error> {
        let address = safe::eip55::parse(&new.address).map_err(Error::field("address"))?;
        let proof = new.proof.as_deref().map(|proof| signature("proof", proof)).transpose()?;
        let command = RecordAddress { address, proof };
        if proof.is_some() {
            let program = self.program(ask.program).await?;
            if !is_proven(&forum_of(&program), ask.member, &command) {
                return Err(Error::Malformed { field: "proof".into(), error: FieldError::Signer });
            }
        }
        let body = AddressCall { address: &new.address, program: ask.program, proof: new.proof.as_deref() };
        let cause = ask.cause_at(RECORD_ADDRESS, "/api/v1/me/addresses", &body)?;
        self.write(ask, cause, command, Vec::new()).await
    }
}
