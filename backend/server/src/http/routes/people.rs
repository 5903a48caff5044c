//! Who joins and leaves, whose accounts are one person's, and what people have a stake in.

use actix_web::{HttpResponse, delete, get, post};
use domain::event::Fact;
use domain::value::{Digest, MemberNumber};

use super::receipt::{ConflictReceipt, InviteReceipt, MemberReceipt, NodeReceipt};
use crate::app::{Error, NewConflict, NewInvite, NewJoin, NewLink, NewNode, NoWords, Receipt};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::{Reading, slug_of};
use crate::http::view::{ConflictView, InviteView, NodeView};
use crate::http::write::{Nothing, Opening, Write, location, written};

/// The invites of a program, in the order in which they were made. Nobody can join with what is shown.
#[utoipa::path(tag = "members", params(PageQuery), responses((status = 200, body = Page<InviteView>)))]
#[get("/programs/{slug}/invites")]
pub async fn list_invites(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let mut invites: Vec<_> = reading.program.invites().collect();
    invites.sort_by_key(|(_, invite)| invite.made);
    let page = query.cut((1..).zip(invites), |(place, _)| *place)?;
    Ok(reading.json(&page.map(|(_, (digest, invite))| InviteView::new(*digest, invite))))
}

/// Invites whoever knows a secret to join. The answer tells it once; it is kept nowhere.
#[utoipa::path(tag = "members", request_body = NewInvite, responses((status = 201, body = InviteReceipt)))]
#[post("/programs/{slug}/invites")]
pub async fn invite_member(write: Write<NewInvite>) -> Result<HttpResponse, Problem> {
    let (receipt, secret) = write.app.invite_member(write.ask(), &write.new).await?;
    let Fact::MemberInvited { asked, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let created = location(write.slug, "invites");
    invited(&write.program().await?, &receipt, asked.invite, secret, Some(created))
}

/// Takes an invite back that nobody used.
#[utoipa::path(tag = "members", responses((status = 200, body = InviteReceipt)))]
#[delete("/programs/{slug}/invites/{invite}")]
pub async fn withdraw_invite(write: Write<Nothing>) -> Result<HttpResponse, Problem> {
    let invite: Digest = write.part("invite")?;
    let receipt = write.app.withdraw_invite(write.ask(), invite).await?;
    invited(&write.program().await?, &receipt, invite, None, None)
}

fn invited(
    program: &domain::Program,
    receipt: &Receipt,
    digest: Digest,
    secret: Option<Digest>,
    created: Option<String>,
) -> Result<HttpResponse, Problem> {
    let known = program.invites().find(|(known, _)| **known == digest);
    let (_, invite) = known.ok_or(Error::Stopped)?;
    let view = InviteReceipt {
        proof: receipt.into(),
        invite: InviteView::new(digest, invite),
        secret: secret.map(|secret| secret.to_string()),
    };
    Ok(written(created, receipt.replayed, &view))
}

/// Joins as a new member: with the secret of an invite, or without one where the policy lets everybody join. The
/// same account again gets the same answer, whatever its key.
#[utoipa::path(tag = "members", request_body = NewJoin, responses((status = 201, body = MemberReceipt)))]
#[post("/programs/{slug}/join")]
pub async fn join(opening: Opening<NewJoin>) -> Result<HttpResponse, Problem> {
    let slug = slug_of(&opening.request)?;
    let app = &opening.signed.app;
    let receipt = app.join(opening.signed.account, slug, &opening.new).await?;
    let Fact::MemberJoined { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let created = location(slug, &format!("members?cursor={}", outcome.member.get().saturating_sub(1)));
    let program = app.program(slug).await?;
    super::members::answer(app, &program, &receipt, outcome.member, Some(created)).await
}

/// Gives up all your roles. Your open votes lapse, your claims stay.
#[utoipa::path(tag = "members", request_body = NoWords, responses((status = 200, body = MemberReceipt)))]
#[post("/programs/{slug}/leave")]
pub async fn leave(write: Write<NoWords>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.leave(write.ask(), &write.new).await?;
    super::members::answer(&write.app, &write.program().await?, &receipt, write.member, None).await
}

/// Says that another member is an account of the same person, or no longer.
#[utoipa::path(tag = "members", request_body = NewLink, responses((status = 200, body = MemberReceipt)))]
#[post("/programs/{slug}/members/{member}/links")]
pub async fn link_members(write: Write<NewLink>) -> Result<HttpResponse, Problem> {
    let member: MemberNumber = write.part("member")?;
    let receipt = write.app.link_members(write.ask(), member, &write.new).await?;
    super::members::answer(&write.app, &write.program().await?, &receipt, member, None).await
}

/// The conflicts of interest that stand.
#[utoipa::path(tag = "members", params(PageQuery), responses((status = 200, body = Page<ConflictView>)))]
#[get("/programs/{slug}/conflicts")]
pub async fn list_conflicts(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut((1..).zip(reading.program.conflicts()), |(place, _)| *place)?;
    let reasons = page.items.iter().map(|(_, (_, conflict))| conflict.reason).collect();
    let texts = reading.app.texts(reading.program.id(), reasons).await?;
    Ok(reading.json(
        &page.map(|(_, (pair, conflict))| ConflictView::new(&reading.program, *pair, conflict, &texts)),
    ))
}

/// Declares a conflict of interest of yours with somebody, or that it is over: while it stands you do not judge
/// their claims.
#[utoipa::path(tag = "members", request_body = NewConflict, responses((status = 200, body = ConflictReceipt)))]
#[post("/programs/{slug}/conflicts")]
pub async fn declare_conflict(write: Write<NewConflict>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.declare_conflict(write.ask(), &write.new).await?;
    let Fact::ConflictDeclared { asked } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let texts = write.app.texts(program.id(), vec![asked.reason]).await?;
    let conflict = domain::people::Conflict { reason: asked.reason, declared: receipt.seq };
    let view = ConflictReceipt {
        proof: (&receipt).into(),
        conflict: ConflictView::new(&program, (write.member, asked.with), &conflict, &texts),
        stands: asked.stands == domain::words::YesNo::Yes,
    };
    Ok(written(None, receipt.replayed, &view))
}

/// The register of orchestrators and gateways that members declared.
#[utoipa::path(tag = "members", params(PageQuery), responses((status = 200, body = Page<NodeView>)))]
#[get("/programs/{slug}/nodes")]
pub async fn list_nodes(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut((1..).zip(reading.program.nodes()), |(place, _)| *place)?;
    let notes = page.items.iter().map(|(_, (_, node))| node.note).collect();
    let texts = reading.app.texts(reading.program.id(), notes).await?;
    Ok(reading.json(&page.map(|(_, (key, node))| NodeView::new(&reading.program, *key, node, &texts))))
}

/// Declares an orchestrator or gateway of yours, or that you operate it no longer: a claim that pays it is nothing
/// for you to judge.
#[utoipa::path(tag = "members", request_body = NewNode, responses((status = 200, body = NodeReceipt)))]
#[post("/programs/{slug}/nodes")]
pub async fn declare_node(write: Write<NewNode>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.declare_node(write.ask(), &write.new).await?;
    let Fact::NodeDeclared { asked } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let texts = write.app.texts(program.id(), vec![asked.note]).await?;
    let node = domain::people::Node { note: asked.note, operated: asked.operated, declared: receipt.seq };
    let node = NodeView::new(&program, (asked.address, write.member), &node, &texts);
    Ok(written(None, receipt.replayed, &NodeReceipt { proof: (&receipt).into(), node }))
}
