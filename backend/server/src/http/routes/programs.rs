//! Programs and their published permissions.

use actix_web::{HttpRequest, HttpResponse, get, post};
use domain::event::Fact;
use domain::permission;

use super::receipt::{OpeningReceipt, PolicyReceipt, ProgramReceipt};
use crate::app::{App, Error, NewLimits, NewPolicy, ProgramFile};
use crate::http::Problem;
use crate::http::page::{self, Page, PageQuery};
use crate::http::permissions::PermissionView;
use crate::http::reading::{Reading, app_of};
use crate::http::tag::{self, Keeping};
use crate::http::view::{PolicyVersionView, ProgramSummary, ProgramView, Remark};
use crate::http::write::{Opening, Proof, Write, sent, written};

/// The programs of this ledger.
#[utoipa::path(tag = "programs", params(PageQuery), responses((status = 200, body = Page<ProgramSummary>)))]
#[get("/programs")]
pub async fn list_programs(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: PageQuery = page::query(&request)?;
    let page = app_of(&request)?.list_programs(query.paging()?).await?;
    let page = Page::from(page).try_map(ProgramSummary::try_from)?;
    tag::json(&request, Keeping::Anybody, &page)
}

/// A program: its charter, its policy, and where its journal ends.
#[utoipa::path(tag = "programs", responses((status = 200, body = ProgramView)))]
#[get("/programs/{slug}")]
pub async fn get_program(reading: Reading) -> Result<HttpResponse, Problem> {
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    Ok(reading.json(&view(&reading.app, &reading.program, reading.slug.as_str()).await?))
}

async fn view(app: &App, program: &domain::Program, slug: &str) -> Result<ProgramView, Problem> {
    let texts = app.texts(program.id(), vec![program.charter().texts]).await?;
    Ok(ProgramView::new(program, slug, &texts))
}

/// Opens a program with its first period and allotments, all or nothing, as its first member.
///
/// The body is a program file as JSON: the same keys as docs/examples/degen-pilot.toml.
#[utoipa::path(tag = "programs", request_body = ProgramFile, responses((status = 201, body = OpeningReceipt)))]
#[post("/programs")]
pub async fn open_program(opening: Opening<ProgramFile>) -> Result<HttpResponse, Problem> {
    let app = &opening.signed.app;
    let sent = sent(&opening.request, &opening.bytes);
    let receipts =
        app.open_program_as(opening.signed.account, &opening.new, &opening.key, Some(sent)).await?;
    let receipt = receipts.first().ok_or(Error::Stopped)?;
    let slug = opening.new.slug;
    let state = app.program(slug).await?;
    let program = view(app, &state, slug.as_str()).await?;
    let warnings = domain::preview::short_of_reviewers(&state).iter().map(Remark::from).collect();
    let view = OpeningReceipt { proof: Proof::from(receipt), program, warnings };
    Ok(written(Some(format!("/api/v1/programs/{slug}")), receipt.replayed, &view))
}

/// Changes the program's cap, the ranges of categories, or adds categories.
#[utoipa::path(tag = "budget", request_body = NewLimits, responses((status = 200, body = ProgramReceipt)))]
#[post("/programs/{slug}/limits")]
pub async fn change_limits(write: Write<NewLimits>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.change_limits(write.ask(), &write.new).await?;
    let program = view(&write.app, &write.program().await?, write.slug.as_str()).await?;
    Ok(written(None, receipt.replayed, &ProgramReceipt { proof: Proof::from(&receipt), program }))
}

/// Every version of the policy, in the order in which they come into force.
#[utoipa::path(tag = "programs", params(PageQuery), responses((status = 200, body = Page<PolicyVersionView>)))]
#[get("/programs/{slug}/policy")]
pub async fn list_policies(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let now = reading.app.now()?;
    let page = query.cut(reading.program.policies().iter(), |version| version.number.get())?;
    // Which one is in force changes with the time, without an event.
    reading.json_as_it_is(&page.map(|version| PolicyVersionView::new(&reading.program, version, now)))
}

/// Announces another policy: in force at once, or after its notice if it loosens something.
#[utoipa::path(tag = "programs", request_body = NewPolicy, responses((status = 200, body = PolicyReceipt)))]
#[post("/programs/{slug}/policy")]
pub async fn change_policy(write: Write<NewPolicy>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.change_policy(write.ask(), &write.new).await?;
    let Fact::PolicyChanged { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let version = program.policies().iter().find(|version| version.number == outcome.version);
    let policy = PolicyVersionView::new(&program, version.ok_or(Error::Stopped)?, write.app.now()?);
    Ok(written(None, receipt.replayed, &PolicyReceipt { proof: Proof::from(&receipt), policy }))
}

/// Who may do what: the table that decides, as it is.
#[utoipa::path(tag = "programs", responses((status = 200, body = Vec<PermissionView>)))]
#[get("/programs/{slug}/permissions")]
pub async fn get_permissions(reading: Reading) -> Result<HttpResponse, Problem> {
    let table: Vec<PermissionView> = permission::TABLE.iter().map(PermissionView::from).collect();
    reading.json_as_it_is(&table)
}
