//! What else uses the nonce, in what that differs, and what the Safe has to run before.

use domain::command::Payout;

use super::html::Html;
use crate::app::{Beside, Sheet, counted};

pub fn section(html: &mut Html, sheet: &Sheet) {
    let nonce = sheet.batch.nonce;
    html.within("<section aria-labelledby=\"nonce\">\n<h2 id=\"nonce\">Nonce ", nonce, "</h2>\n");
    if sheet.beside.is_empty() {
        html.raw("<p>Nothing else that this ledger knows uses this nonce.</p>\n");
    } else {
        html.raw("<p>The Safe executes one of these at most, and whoever signed another can still make it that one.</p>\n");
    }
    for beside in &sheet.beside {
        candidate(html, beside);
    }
    earlier(html, sheet);
    html.raw("</section>\n");
}

fn candidate(html: &mut Html, beside: &Beside) {
    let kind = if beside.lines == 0 { "Rejection " } else { "Batch " };
    html.within("<h3>", kind, "").within("", beside.batch, " on the same nonce</h3>\n<p>");
    if beside.lines == 0 {
        html.raw("Pays nobody");
    } else {
        html.text(counted(beside.lines, "payout", "payouts")).within(", ", beside.total, " LPT");
    }
    html.within("; signed by ", counted(beside.signatures, "owner", "owners"), ".<br>safeTxHash ");
    html.hash(&beside.safe_tx_hash).raw("<br>calls ").address(&beside.to).raw("</p>\n");
    let difference = &beside.difference;
    if let Some(words) = difference.in_words() {
        html.within("<p>Compared with it, this one has: ", words, "</p>\n");
        return;
    }
    html.within("<p>Compared with ", if beside.lines == 0 { "rejection " } else { "batch " }, "").within(
        "",
        beside.batch,
        " on this nonce, this one pays:</p>\n<ul class=\"difference\">\n",
    );
    for payout in &difference.added {
        html.raw("<li>+ ");
        paid(html, payout);
        html.raw("</li>\n");
    }
    for payout in &difference.removed {
        html.raw("<li>− ");
        paid(html, payout);
        html.raw("</li>\n");
    }
    for (there, here) in &difference.changed {
        html.raw("<li>± ");
        paid(html, here);
        html.raw("<br>and not ");
        paid(html, there);
        html.raw("</li>\n");
    }
    html.raw("</ul>\n");
}

fn paid(html: &mut Html, payout: &Payout) {
    html.within("claim ", payout.submission, ": ").amount(payout.amount).raw(" to ").address(&payout.payee);
}

fn earlier(html: &mut Html, sheet: &Sheet) {
    if sheet.earlier.is_empty() && sheet.unproposed == 0 {
        return;
    }
    html.raw("<h3>Nonces that the Safe has to run before</h3>\n<ul>\n");
    for earlier in &sheet.earlier {
        let batches: Vec<String> = earlier.batches.iter().map(ToString::to_string).collect();
        let noun = if batches.len() == 1 { "batch" } else { "batches" };
        html.within("<li>nonce ", earlier.nonce, ": ").within("", noun, " ").within(
            "",
            batches.join(", "),
            "</li>\n",
        );
    }
    if sheet.unproposed > 0 {
        html.within("<li>", sheet.unproposed, " that nothing is proposed for here</li>\n");
    }
    html.raw("</ul>\n");
}
