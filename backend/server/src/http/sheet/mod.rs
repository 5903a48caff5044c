//! The signer's sheet as a page: one file that loads nothing, to be read on a phone or printed on A4.
//!
//! It shows what [`Sheet`] holds, in the order in which a signer needs it: the hashes that a wallet shows, what stands
//! against signing, what is paid, and then everything it rests on.

mod checks;
mod html;
mod lines;
mod nonce;
mod safe;
mod top;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::value::Digest;

use crate::app::Sheet;
use html::Html;

/// How the page looks; it stands in the page itself, so that a saved one looks the same.
const STYLE: &str = include_str!("style.css");

/// What the page may load: nothing. Its own style is known by its hash.
pub static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Digest::sha256(&[STYLE.as_bytes()]).bytes());
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

/// The whole page.
pub fn page(sheet: &Sheet) -> String {
    let mut html = Html::default();
    html.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    top::title(&mut html, sheet);
    html.raw("<link rel=\"icon\" href=\"data:,\">\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n");
    top::header(&mut html, sheet);
    html.raw("<main>\n");
    top::hashes(&mut html, sheet);
    top::cautions(&mut html, sheet);
    top::summary(&mut html, sheet);
    lines::section(&mut html, sheet);
    nonce::section(&mut html, sheet);
    safe::section(&mut html, sheet);
    checks::fields(&mut html, sheet);
    checks::elsewhere(&mut html, sheet);
    checks::data(&mut html, sheet);
    html.raw("</main>\n");
    top::footer(&mut html, sheet);
    html.raw("</body>\n</html>\n");
    html.into_string()
}
