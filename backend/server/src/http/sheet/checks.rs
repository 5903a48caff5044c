//! What the hashes are made of, and how to make them without this ledger.

use std::fmt::Display;

use super::html::Html;
use crate::app::{HashTool, Sheet};

fn field(html: &mut Html, name: &'static str, value: impl Display) {
    html.within("<tr><th scope=\"row\"><code>", name, "</code></th><td><code class=\"value\">")
        .text(value)
        .raw("</code></td></tr>\n");
}

/// The ten fields of the Safe transaction, in the order of the hashed type.
pub fn fields(html: &mut Html, sheet: &Sheet) {
    let tx = &sheet.tx;
    html.raw("<section aria-labelledby=\"fields\">\n<h2 id=\"fields\">The ten fields</h2>\n<table class=\"fields\">\n")
        .raw("<caption>What is hashed and signed</caption>\n")
        .raw("<thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Value</th></tr></thead>\n<tbody>\n");
    html.raw("<tr><th scope=\"row\"><code>to</code></th><td>").address(&tx.to).raw("</td></tr>\n");
    field(html, "value", tx.value);
    let data =
        if tx.data.is_empty() { "0x: none".to_owned() } else { format!("{} bytes, below", tx.data.len()) };
    html.within("<tr><th scope=\"row\"><code>data</code></th><td>", data, "</td></tr>\n");
    field(html, "operation", tx.operation.code());
    field(html, "safeTxGas", tx.safe_tx_gas);
    field(html, sheet.safe.version.base_gas_name(), tx.base_gas);
    field(html, "gasPrice", tx.gas_price);
    html.raw("<tr><th scope=\"row\"><code>gasToken</code></th><td>")
        .address(&tx.gas_token)
        .raw("</td></tr>\n");
    html.raw("<tr><th scope=\"row\"><code>refundReceiver</code></th><td>");
    html.address(&tx.refund_receiver).raw("</td></tr>\n");
    field(html, "nonce", tx.nonce);
    html.raw("</tbody>\n</table>\n</section>\n");
}

/// The same hashes from somebody else's tool.
pub fn elsewhere(html: &mut Html, sheet: &Sheet) {
    html.raw("<section aria-labelledby=\"elsewhere\">\n<h2 id=\"elsewhere\">Make the hashes yourself</h2>\n");
    let Some(tool) = HashTool::of(sheet) else {
        html.raw("<p><code>safe_hashes.sh</code> of safe-tx-hashes-util does not know this chain. ")
            .raw("Any tool that hashes typed data (EIP-712) can be given ")
            .raw("<a href=\"typed-data.json\">typed-data.json</a>.</p>\n</section>\n");
        return;
    };
    html.raw("<p>On another machine, with safe-tx-hashes-util, once the Safe Transaction Service has the transaction:</p>\n")
        .within("<pre>", &tool.command, "</pre>\n")
        .raw("<p>If it says that there are several with this nonce, pick the one with the safeTxHash above. ")
        .raw("If the service does not have it, or you do not trust it, type the fields:</p>\n")
        .within("<pre>", &tool.interactive, "</pre>\n")
        .raw("<table class=\"fields\">\n<caption>What it asks for, in this order; leave nothing empty, or it takes the service’s value</caption>\n")
        .raw("<thead><tr><th scope=\"col\">It asks</th><th scope=\"col\">You type</th></tr></thead>\n<tbody>\n");
    for (asked, answer) in &tool.answers {
        let long = *asked == "data" && answer.len() > 2;
        field(html, asked, if long { "the raw data below, in one line" } else { answer });
    }
    html.raw("</tbody>\n</table>\n<p>It has to show the three hashes at the top of this sheet.</p>\n");
    if let Some(checksum) = &sheet.builder_checksum {
        html.raw("<p>Checksum in <a href=\"transaction-builder.json\">transaction-builder.json</a>: ")
            .within("<code class=\"value\">", checksum, "</code>. <strong>Not a security check:</strong> ")
            .raw("whoever changes the file can make a new one.</p>\n");
    }
    html.raw("</section>\n");
}

/// The calldata, byte for byte.
pub fn data(html: &mut Html, sheet: &Sheet) {
    html.raw("<section aria-labelledby=\"data\">\n<h2 id=\"data\">Raw data</h2>\n<p>Its keccak-256: ")
        .hash(&sheet.tx.data_hash())
        .raw("</p>\n");
    html.within("<pre class=\"data\">", safe::hex::encode(&sheet.tx.data), "</pre>\n</section>\n");
}
