//! Whoever is signed in: their account, their programs, their payout addresses.

use actix_web::{HttpRequest, HttpResponse, get, post};
use domain::event::Fact;
use domain::value::Slug;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::receipt::AddressReceipt;
use crate::app::{Ask, Error, Me, NewAddress, shape};
use crate::http::Problem;
use crate::http::page;
use crate::http::signed::Signed;
use crate::http::tag::{self, Keeping};
use crate::http::view::AddressView;
use crate::http::write::{Body, Opening, sent, written};

/// An account with the programs it is a member of.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    pub account: String,
    pub handle: String,
    /// Whether signing in takes a code of a second factor.
    pub second_factor: bool,
    pub programs: Vec<MembershipView>,
}

/// What an account is in a program, as of now.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipView {
    #[schema(value_type = shape::ShortName)]
    pub program: String,
    pub member: u32,
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<String>,
}

impl From<Me> for MeView {
    fn from(me: Me) -> Self {
        let programs = me.programs.into_iter().map(|held| MembershipView {
            program: held.program.to_string(),
            member: held.member.get(),
            roles: held.roles.iter().map(ToString::to_string).collect(),
        });
        Self {
            account: me.account.to_string(),
            handle: me.handle,
            second_factor: me.second_factor,
            programs: programs.collect(),
        }
    }
}

/// The account that signed in, and what it is in each program.
#[utoipa::path(tag = "me", responses((status = 200, body = MeView)))]
#[get("/me")]
pub async fn get_me(request: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    tag::json(&request, Keeping::Asker, &MeView::from(signed.app.me(signed.account).await?))
}

/// Whose addresses are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AddressQuery {
    /// The program's short name.
    #[param(value_type = shape::ShortName)]
    pub program: String,
}

/// Addresses in the order in which they were recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Addresses {
    pub items: Vec<AddressView>,
}

/// Your payout addresses in a program.
#[utoipa::path(tag = "me", params(AddressQuery), responses((status = 200, body = Addresses)))]
#[get("/me/addresses")]
pub async fn list_addresses(request: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let query: AddressQuery = page::query(&request)?;
    let slug = program(&query.program)?;
    let member = signed.member_of(slug).await?;
    let program = signed.app.program(slug).await?;
    let mut own: Vec<_> = program.addresses().filter(|(_, known)| known.owner == member).collect();
    own.sort_by_key(|(_, known)| known.position);
    let items = own.into_iter().map(|(address, known)| AddressView::new(*address, known)).collect();
    tag::json(&request, Keeping::Asker, &Addresses { items })
}

/// A payout address of yours, for the claims of one program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddressBody {
    /// The program's short name.
    #[schema(value_type = shape::ShortName)]
    pub program: String,
    #[schema(value_type = shape::WrittenAddress)]
    pub address: String,
    /// The address's signature of its typed data.
    #[serde(default)]
    #[schema(value_type = Option<shape::WrittenSignature>)]
    pub proof: Option<String>,
}

/// An address that is to be signed for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressToSign {
    /// The program's short name.
    #[schema(value_type = shape::ShortName)]
    pub program: String,
    #[schema(value_type = shape::WrittenAddress)]
    pub address: String,
}

/// What an address of yours signs to be proven, ready for `eth_signTypedData_v4`; nothing is written.
#[utoipa::path(tag = "me", request_body = AddressToSign, responses((status = 200, body = serde_json::Value)))]
#[post("/me/addresses/typed-data")]
pub async fn address_typed_data(signed: Signed, body: Body<AddressToSign>) -> Result<HttpResponse, Problem> {
    let slug = program(&body.0.program)?;
    let member = signed.member_of(slug).await?;
    Ok(HttpResponse::Ok().json(signed.app.address_typed_data(slug, member, &body.0.address).await?))
}

/// Records a payout address of yours.
#[utoipa::path(tag = "me", request_body = NewAddressBody, responses((status = 200, body = AddressReceipt)))]
#[post("/me/addresses")]
pub async fn record_address(opening: Opening<NewAddressBody>) -> Result<HttpResponse, Problem> {
    let app = &opening.signed.app;
    let slug = program(&opening.new.program)?;
    let member = opening.signed.writer_of(slug).await?;
    let sent = Some(sent(&opening.request, &opening.bytes));
    let ask = Ask { program: slug, member, key: &opening.key, sent };
    let new = NewAddress { address: opening.new.address.clone(), proof: opening.new.proof.clone() };
    let receipt = app.record_address(ask, &new).await?;
    let Fact::AddressRecorded { asked, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = app.program(slug).await?;
    let known = program.address(&asked.address).ok_or(Error::Stopped)?;
    let view = AddressReceipt { proof: (&receipt).into(), address: AddressView::new(asked.address, known) };
    Ok(written(None, receipt.replayed, &view))
}

fn program(text: &str) -> Result<Slug, Problem> {
    text.parse().map_err(|_| Problem::no_such_program("there is no program of this name"))
}
