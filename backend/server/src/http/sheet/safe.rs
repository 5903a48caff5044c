//! The Safe as it was last observed, and which of its owners agreed.

use domain::batch::{Observation, Signing};
use domain::value::Address;
use domain::words::SigningForm;

use super::html::Html;
use crate::app::{Sheet, counted, known_by};

pub fn section(html: &mut Html, sheet: &Sheet) {
    html.raw("<section aria-labelledby=\"safe\">\n<h2 id=\"safe\">The Safe</h2>\n");
    observed(html, sheet);
    owners(html, sheet);
    html.raw("</section>\n");
}

fn observed(html: &mut Html, sheet: &Sheet) {
    html.within("<dl class=\"facts\">\n<dt>Version</dt>\n<dd>", sheet.safe.version, "</dd>\n");
    let Some(seen) = &sheet.observation else {
        html.raw("<dt>Observed</dt>\n<dd>never</dd>\n</dl>\n");
        return;
    };
    let safe = &seen.safe;
    html.within("<dt>Observed</dt>\n<dd>", known_by(safe.source), ", at block ")
        .within("", safe.block, ", told ")
        .time(seen.at)
        .raw("<br>block hash ")
        .hash(&safe.block_hash)
        .raw("</dd>\n<dt>Singleton</dt>\n<dd>")
        .address(&safe.singleton)
        .within(" (", sheet.singleton().as_deref().unwrap_or("not known here"), ")</dd>\n")
        .within("<dt>Next nonce</dt>\n<dd>", safe.nonce, "</dd>\n<dt>Guard</dt>\n<dd>");
    match &safe.guard {
        Some(guard) => html.address(guard).raw(": it can stop this transaction"),
        None => html.raw("none"),
    };
    html.raw("</dd>\n<dt>Modules</dt>\n<dd>");
    if safe.modules.is_empty() {
        html.raw("none");
    } else {
        html.raw("each can move money without the owners:");
    }
    for module in &safe.modules {
        html.raw("<br>").address(module);
    }
    html.raw("</dd>\n</dl>\n");
}

fn needed(seen: &Observation) -> usize {
    usize::try_from(seen.safe.threshold.get()).unwrap_or(usize::MAX)
}

fn owners(html: &mut Html, sheet: &Sheet) {
    html.raw("<table class=\"stacked\" role=\"table\">\n<caption>");
    match &sheet.observation {
        Some(seen) => html
            .within("", sheet.signed(), " of ")
            .within("", counted(needed(seen), "signature", "signatures"), " needed, from ")
            .text(counted(sheet.owners.len(), "owner", "owners")),
        None => html.raw("Signatures, of which nobody knows whether they count"),
    };
    html.raw("</caption>\n<thead role=\"rowgroup\">\n<tr role=\"row\">")
        .raw("<th role=\"columnheader\" scope=\"col\">Owner</th>")
        .raw(
            "<th role=\"columnheader\" scope=\"col\">Signed</th></tr>\n</thead>\n<tbody role=\"rowgroup\">\n",
        );
    for (owner, signing) in &sheet.owners {
        row(html, owner, signing.as_ref(), "");
    }
    for signing in &sheet.former {
        let note = if sheet.observation.is_some() { "; no owner any more: it counts no longer" } else { "" };
        row(html, &signing.owner, Some(signing), note);
    }
    html.raw("</tbody>\n</table>\n");
}

fn row(html: &mut Html, owner: &Address, signing: Option<&Signing>, note: &'static str) {
    html.raw("<tr role=\"row\"><td role=\"cell\" data-label=\"Owner\">")
        .address(owner)
        .raw("</td><td role=\"cell\" data-label=\"Signed\">");
    match signing {
        Some(signing) => html.within("yes, ", signed(signing.form), ", ").time(signing.at).raw(note),
        None => html.raw("no"),
    };
    html.raw("</td></tr>\n");
}

const fn signed(form: SigningForm) -> &'static str {
    match form {
        SigningForm::Eip712 => "as typed data",
        SigningForm::EthSign => "as a message",
        SigningForm::ApprovedHash => "by approving the hash on the chain",
        SigningForm::Contract => "by the contract that is the owner",
    }
}
