//! Members and their roles.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use domain::Program;
use domain::event::Fact;
use domain::value::MemberNumber;
use domain::words::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::receipt::MemberReceipt;
use crate::app::{App, Error, Factor, NewMember, NewRole, Receipt, shape};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::{Reading, part, slug_of};
use crate::http::signed::Signed;
use crate::http::view::MemberView;
use crate::http::write::{Body, Nothing, Write, location, written};

/// The members of a program with their roles.
#[utoipa::path(tag = "members", params(PageQuery), responses((status = 200, body = Page<MemberView>)))]
#[get("/programs/{slug}/members")]
pub async fn list_members(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut(reading.program.members(), |member| member.number.get())?;
    let names = page.items.iter().map(|member| member.name).collect();
    let texts = reading.app.texts(reading.program.id(), names).await?;
    Ok(reading.json(&page.map(|member| MemberView::new(&reading.program, member, &texts))))
}

/// Adds the owner of an account as a member, with roles.
#[utoipa::path(tag = "members", request_body = NewMember, responses((status = 201, body = MemberReceipt)))]
#[post("/programs/{slug}/members")]
pub async fn add_member(write: Write<NewMember>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.add_member(write.ask(), &write.new).await?;
    let Fact::MemberAdded { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let created = location(write.slug, &format!("members?cursor={}", outcome.member.get().saturating_sub(1)));
    answer(&write.app, &write.program().await?, &receipt, outcome.member, Some(created)).await
}

/// Gives a member a role.
#[utoipa::path(tag = "members", request_body = NewRole, responses((status = 200, body = MemberReceipt)))]
#[post("/programs/{slug}/members/{member}/roles")]
pub async fn grant_role(write: Write<NewRole>) -> Result<HttpResponse, Problem> {
    let member = write.part("member")?;
    let receipt = write.app.grant_role(write.ask(), member, write.new).await?;
    answer(&write.app, &write.program().await?, &receipt, member, None).await
}

/// Takes a role from a member; a reviewer's open votes lapse with it.
#[utoipa::path(tag = "members", responses((status = 200, body = MemberReceipt)))]
#[delete("/programs/{slug}/members/{member}/roles/{role}")]
pub async fn revoke_role(write: Write<Nothing>) -> Result<HttpResponse, Problem> {
    let member = write.part("member")?;
    let role: Role = write.part("role")?;
    let receipt = write.app.revoke_role(write.ask(), member, role).await?;
    answer(&write.app, &write.program().await?, &receipt, member, None).await
}

pub(super) async fn answer(
    app: &App,
    program: &Program,
    receipt: &Receipt,
    member: MemberNumber,
    created: Option<String>,
) -> Result<HttpResponse, Problem> {
    let member = program.member(member)?;
    let texts = app.texts(program.id(), vec![member.name]).await?;
    let view = MemberReceipt { proof: receipt.into(), member: MemberView::new(program, member, &texts) };
    Ok(written(created, receipt.replayed, &view))
}

/// How a member is to come in again.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignInLink {
    /// Whether they lost their second factor too: it is taken away when the link is used.
    #[serde(default)]
    pub remove_second_factor: bool,
}

/// A link for a member, told once.
#[derive(Serialize, ToSchema)]
pub struct SignInLinkView {
    /// What they send to `POST /auth/reset` with a new password.
    #[schema(value_type = shape::Digest)]
    pub secret: String,
    #[schema(value_type = shape::Moment)]
    pub expires_at: String,
}

/// Makes a link with which a member sets a new password, within a day: give it to them alone. Earlier ones are no more.
#[utoipa::path(tag = "members", request_body = NewSignInLink, responses((status = 200, body = SignInLinkView)))]
#[post("/programs/{slug}/members/{member}/sign-in-link")]
pub async fn make_sign_in_link(
    request: HttpRequest,
    signed: Signed,
    body: Body<NewSignInLink>,
) -> Result<HttpResponse, Problem> {
    let slug = slug_of(&request)?;
    let lead = signed.writer_of(slug).await?;
    let member = part(&request, "member")?;
    let factor = if body.0.remove_second_factor { Factor::Goes } else { Factor::Stays };
    let made = signed.app.make_sign_in_link(signed.account, slug, lead, member, factor).await?;
    let view = SignInLinkView { secret: made.secret, expires_at: made.expires_at.to_string() };
    Ok(HttpResponse::Ok().json(view))
}
