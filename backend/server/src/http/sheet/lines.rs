//! Who is paid, line by line.

use super::html::Html;
use crate::app::{Sheet, SheetLine};

pub fn section(html: &mut Html, sheet: &Sheet) {
    html.raw("<section aria-labelledby=\"lines\">\n<h2 id=\"lines\">Who is paid</h2>\n");
    if sheet.lines.is_empty() {
        html.raw("<p>Nobody: this rejection only keeps what else is proposed for its nonce from being executed.</p>\n")
            .raw("</section>\n");
        return;
    }
    html.raw("<table class=\"stacked\" role=\"table\">\n<caption>The lines in the order in which they are paid</caption>\n")
        .raw("<thead role=\"rowgroup\">\n<tr role=\"row\"><th role=\"columnheader\" scope=\"col\">Line</th>")
        .raw("<th role=\"columnheader\" scope=\"col\">Recipient</th>")
        .raw("<th role=\"columnheader\" scope=\"col\" class=\"number\">Amount</th>")
        .raw("<th role=\"columnheader\" scope=\"col\">For</th></tr>\n</thead>\n<tbody role=\"rowgroup\">\n");
    for (number, line) in (1_usize..).zip(&sheet.lines) {
        row(html, number, line);
    }
    html.raw("</tbody>\n<tfoot role=\"rowgroup\">\n<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" colspan=\"2\">Total</th>")
        .raw("<td role=\"cell\" class=\"number\">")
        .amount(sheet.batch.total)
        .raw("</td><td role=\"cell\"></td></tr>\n</tfoot>\n</table>\n</section>\n");
}

fn row(html: &mut Html, number: usize, line: &SheetLine) {
    html.within("<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">", number, "</th>")
        .raw("<td role=\"cell\" data-label=\"Recipient\" class=\"recipient\">")
        .address(&line.payout.payee)
        .raw("</td><td role=\"cell\" data-label=\"Amount\" class=\"number\">")
        .amount(line.payout.amount)
        .within("</td><td role=\"cell\" data-label=\"For\">Claim ", line.payout.submission, ": ")
        .words(line.title.as_deref())
        .raw(", by ")
        .words(line.handle.as_deref());
    for remark in line.remarks() {
        let open = if remark.grave { "<strong class=\"remark stop\">" } else { "<span class=\"remark\">" };
        html.within(open, remark.text, if remark.grave { "</strong>" } else { "</span>" });
    }
    html.raw("</td></tr>\n");
}
