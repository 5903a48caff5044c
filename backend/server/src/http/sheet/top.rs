//! The top of the sheet: what it is, the hashes to compare, what stands against signing, and the whole in short.

use domain::value::Digest;
use safe::eip55::in_text;

use super::html::Html;
use crate::app::{BatchState, Sheet, counted};

/// "batch 3, nonce 9", or "rejection 4, nonce 9".
fn what(sheet: &Sheet) -> String {
    let kind = if sheet.lines.is_empty() { "rejection" } else { "batch" };
    format!("{kind} {}, nonce {}", sheet.batch.number, sheet.batch.nonce)
}

/// The title of the window, and of a printed page.
pub fn title(html: &mut Html, sheet: &Sheet) {
    let demo = if sheet.demo { "DEMO – do not sign. " } else { "" };
    let program = sheet.program.as_deref().unwrap_or("erased");
    html.raw("<title>").text(demo).text(what(sheet)).within(" – signer’s sheet – ", program, "</title>\n");
}

pub fn header(html: &mut Html, sheet: &Sheet) {
    html.raw("<header>\n");
    if sheet.demo {
        html.raw("<p class=\"banner\"><strong>DEMO – do not sign.</strong> Nothing here is real.</p>\n");
    }
    html.within("<h1>Signer’s sheet: ", what(sheet), "</h1>\n<p>").words(sheet.program.as_deref());
    html.raw(". ");
    if sheet.lines.is_empty() {
        html.raw("Pays nobody");
    } else {
        html.text(counted(sheet.lines.len(), "payout", "payouts")).within(", ", sheet.batch.total, " LPT");
    }
    html.raw(". Proposed ").time(sheet.batch.proposed_at).raw(".</p>\n");
    html.within("<p><strong class=\"tag\">", sheet.stage(), "</strong> ");
    html.text(sheet.state_in_words()).raw("</p>\n</header>\n");
}

/// A hash in its own case and, where wallets differ, in the other one.
fn hash(html: &mut Html, name: &'static str, hash: &Digest, on_ledger: Option<&str>) {
    html.within("<dt>", name, "</dt>\n<dd>").large_hash(&format!("0x{hash}"));
    if let Some(upper) = on_ledger {
        html.raw(" <span class=\"also\">on a Ledger: ").large_hash(upper).raw("</span>");
    }
    html.raw("</dd>\n");
}

/// What has to be the same on the wallet, before anything else.
pub fn hashes(html: &mut Html, sheet: &Sheet) {
    let (domain, message) = sheet.on_ledger();
    let heading = match &sheet.state {
        BatchState::Proposed => "Compare every digit with your wallet",
        BatchState::Executed(_) | BatchState::Replaced(_) => "The hashes",
    };
    html.within("<section aria-labelledby=\"hashes\">\n<h2 id=\"hashes\">", heading, "</h2>\n")
        .raw("<dl class=\"hashes\">\n");
    hash(html, "Domain hash", &sheet.hashes.domain, Some(&domain));
    hash(html, "Message hash", &sheet.hashes.message, Some(&message));
    hash(html, "safeTxHash", &sheet.hashes.safe_tx, None);
    html.raw("</dl>\n");
    if sheet.state == BatchState::Proposed {
        question(html, sheet);
    }
    html.raw("</section>\n");
}

/// What to do with a wallet that shows something else.
fn question(html: &mut Html, sheet: &Sheet) {
    html.raw(
        "<p class=\"ask\"><strong>Does your wallet show this safeTxHash? If not, do not sign.</strong> ",
    );
    if sheet.lines.is_empty() {
        html.within("Set the nonce to ", sheet.batch.nonce, " by hand and look again.</p>\n");
        return;
    }
    html.raw("The Safe app picks nonce and MultiSend itself for an imported file: set the nonce to ")
        .within("", sheet.batch.nonce, " by hand and look again. If the hash is still another one, ")
        .raw("the treasurer has the wallet’s fields adopted (<code>POST /api/v1/programs/")
        .within("", sheet.slug, "/batches/")
        .within("", sheet.batch.number, "/adopt</code>): ")
        .raw("if they pay the same lines, they get a sheet of their own.</p>\n");
}

/// What stands against signing, and what else is to be known; nothing where there is neither.
pub fn cautions(html: &mut Html, sheet: &Sheet) {
    if sheet.cautions.is_empty() && sheet.warnings.is_empty() {
        return;
    }
    html.raw("<section aria-labelledby=\"first\">\n<h2 id=\"first\">Before you sign</h2>\n<ul>\n");
    for caution in &sheet.cautions {
        html.within("<li class=\"stop\"><strong>", caution, "</strong></li>\n");
    }
    for warning in &sheet.warnings {
        html.within("<li>", sentence(&in_text(&warning.to_string())), "</li>\n");
    }
    html.raw("</ul>\n</section>\n");
}

/// With a capital at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}.", first.into_iter().collect::<String>(), letters.as_str())
}

/// The whole in short.
pub fn summary(html: &mut Html, sheet: &Sheet) {
    let heading = match &sheet.state {
        BatchState::Proposed => "What you sign",
        BatchState::Executed(_) | BatchState::Replaced(_) => "What was proposed",
    };
    html.within("<section aria-labelledby=\"short\">\n<h2 id=\"short\">", heading, "</h2>\n")
        .raw("<dl class=\"facts\">\n");
    html.raw("<dt>Chain</dt>\n<dd>").text(sheet.chain.map_or("not known here", |chain| chain.name));
    html.within(", chain id ", sheet.safe.chain_id, "</dd>\n<dt>Safe</dt>\n<dd>");
    if let Some(chain) = sheet.chain {
        html.within("<code>", chain.short_name, ":</code>");
    }
    html.address(&sheet.safe.address).raw("</dd>\n");
    html.within("<dt>Nonce</dt>\n<dd>", sheet.tx.nonce, "");
    if let Some(seen) = &sheet.observation {
        html.within("; the Safe’s next was ", seen.safe.nonce, " when it was last observed");
    }
    html.raw("</dd>\n");
    html.within("<dt>Operation</dt>\n<dd>", sheet.operation_in_words(), "</dd>\n");
    html.raw("<dt>Target</dt>\n<dd>").address(&sheet.tx.to);
    html.within(" (", sheet.name_of(&sheet.tx.to).as_deref().unwrap_or("not known here"), ")</dd>\n");
    html.raw("<dt>Token</dt>\n<dd>LPT ").address(&sheet.token).raw("</dd>\n");
    html.raw("<dt>Gas fields</dt>\n<dd>").text(if sheet.is_free_of_gas_fields() {
        "all zero: nothing is paid back for gas"
    } else {
        "not all zero: do not sign"
    });
    html.within("</dd>\n<dt>Lines</dt>\n<dd>", sheet.lines.len(), "</dd>\n<dt>Total</dt>\n<dd>");
    html.amount(sheet.batch.total).raw("</dd>\n<dt>In the Safe</dt>\n<dd>");
    match &sheet.observation {
        Some(seen) => {
            html.amount(seen.safe.balance).within(" when it was last observed, block ", seen.safe.block, "")
        }
        None => html.raw("never observed"),
    };
    html.raw("</dd>\n</dl>\n</section>\n");
}

pub fn footer(html: &mut Html, sheet: &Sheet) {
    html.raw("<footer>\n<p>The same as data: <a href=\"sheet.json\">sheet.json</a>. ");
    html.raw("What wallets are asked to sign: <a href=\"typed-data.json\">typed-data.json</a>");
    if !sheet.lines.is_empty() {
        html.raw(", <a href=\"transaction-builder.json\">transaction-builder.json</a>");
    }
    html.within(".</p>\n<p>Proposed by event ", sheet.batch.proposed, " on a journal of ")
        .within("", sheet.batch.size, " events with root <code>")
        .within("", sheet.batch.root, "</code>.</p>\n</footer>\n");
}
