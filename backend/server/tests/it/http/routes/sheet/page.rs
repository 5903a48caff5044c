//! A page as a strict reader sees it: what is open has to be closed, and what it says stands without its markup.

use std::collections::BTreeSet;

/// Elements that have no end.
const VOID: [&str; 5] = ["meta", "link", "br", "wbr", "img"];
/// What this page is made of; nothing of it runs, and nothing of it is sent.
const KNOWN: [&str; 34] = [
    "html", "head", "meta", "title", "link", "style", "body", "header", "main", "footer", "section", "h1",
    "h2", "h3", "p", "ul", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th",
    "td", "strong", "em", "span", "code", "pre", "bdi",
];
const MORE: [&str; 4] = ["br", "wbr", "a", "time"];

/// A page that was read.
pub struct Page {
    /// What stands in the body, without markup; characters as they were before they were escaped.
    pub text: String,
    /// Each element in its order: its name, and its attributes as they were written.
    pub elements: Vec<(String, String)>,
    /// What stands in the element `style`.
    pub style: String,
}

impl Page {
    /// Reads a page, which must be well-formed.
    pub fn read(html: &str) -> Self {
        let mut rest = html.strip_prefix("<!doctype html>\n").expect("a page begins with its type");
        let (mut open, mut elements) = (Vec::<String>::new(), Vec::new());
        let (mut text, mut style) = (String::new(), String::new());
        while let Some(at) = rest.find('<') {
            let said = &rest[..at];
            match open.last().map(String::as_str) {
                Some("style") => style.push_str(said),
                Some("title") => {}
                _ => text.push_str(&plain(said)),
            }
            let end = at + rest[at..].find('>').expect("a tag ends");
            let tag = &rest[at + 1..end];
            rest = &rest[end + 1..];
            if let Some(closed) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(closed), "{closed} closes what is open: {open:?}");
                text.push_str(if ["span", "code", "bdi"].contains(&closed) { "" } else { " " });
                continue;
            }
            let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            assert!(KNOWN.contains(&name) || MORE.contains(&name), "<{name}> is none of this page's");
            elements.push((name.to_owned(), attributes.to_owned()));
            text.push_str(if ["span", "code", "bdi", "wbr"].contains(&name) { "" } else { " " });
            if !VOID.contains(&name) {
                open.push(name.to_owned());
            }
        }
        assert_eq!((open, rest.trim()), (Vec::new(), ""), "everything is closed");
        assert!(!text.contains("0x0x"), "ids stand apart");
        Self { text: text.split_whitespace().collect::<Vec<_>>().join(" "), elements, style }
    }

    /// Nothing runs, nothing is loaded, and what is pointed at exists.
    pub fn is_inert(&self) {
        for (name, attributes) in &self.elements {
            assert!(!attributes.contains(" on") && !attributes.starts_with("on"), "<{name} {attributes}>");
            for loads in ["src=", "style=", "action=", "srcset=", "data=", "javascript:", "http"] {
                assert!(!attributes.contains(loads), "<{name} {attributes}>");
            }
            match name.as_str() {
                "link" => assert_eq!(attributes, "rel=\"icon\" href=\"data:,\""),
                "a" => {
                    let places = ["sheet.json", "typed-data.json", "transaction-builder.json"];
                    assert!(
                        places.iter().any(|place| attributes == &format!("href=\"{place}\"")),
                        "{attributes}"
                    );
                }
                _ => assert!(!attributes.contains("href="), "<{name} {attributes}>"),
            }
        }
        assert!(!self.style.contains("url(") && !self.style.contains("@import"), "the style loads nothing");
    }

    /// One main heading, every section named by its own, no level left out, every table with a caption and headed
    /// columns.
    pub fn is_readable(&self) {
        let names: Vec<&str> = self.elements.iter().map(|(name, _)| name.as_str()).collect();
        let count = |name| names.iter().filter(|other| **other == name).count();
        let of = |name: &'static str| self.elements.iter().filter(move |(other, _)| other == name);
        assert_eq!(self.elements[0], ("html".to_owned(), "lang=\"en\"".to_owned()));
        assert_eq!((count("h1"), count("main"), count("title"), count("style")), (1, 1, 1, 1));
        let headings = names.iter().filter_map(|name| name.strip_prefix('h')?.parse::<u8>().ok());
        let mut last = 0;
        for level in headings {
            assert!(level <= last + 1, "a heading of level {level} after one of level {last}");
            last = level;
        }
        let ids: BTreeSet<&str> = of("h2").map(|(_, attributes)| attributes.as_str()).collect();
        assert_eq!(ids.len(), count("h2"), "each has an id of its own");
        for (_, named) in of("section") {
            let id = named.replace("aria-labelledby=", "id=");
            assert!(ids.contains(id.as_str()), "{named}");
        }
        assert_eq!((count("caption"), count("thead")), (count("table"), count("table")));
        for (_, attributes) in of("th") {
            assert!(attributes.contains("scope=\""), "{attributes}");
        }
        assert!(of("meta").any(|(_, meta)| meta == "name=\"viewport\" content=\"width=device-width\""));
    }

    /// Addresses, hashes and other long hex on the page, as they are written there.
    pub fn hex(&self) -> BTreeSet<String> {
        hex(&self.text)
    }
}

/// What was written before it was escaped.
fn plain(text: &str) -> String {
    let letters = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    letters.iter().fold(text.to_owned(), |text, (escaped, letter)| text.replace(escaped, letter))
}

/// The words of a text that are at least an address long and all hex, without `0x`.
pub fn hex(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words = words.map(|word| word.strip_prefix("0x").unwrap_or(word));
    let long = words.filter(|word| word.len() >= 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    long.map(ToOwned::to_owned).collect()
}

/// The whole numbers of a text, as they are written there.
pub fn numbers(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .flat_map(|word| word.split(['T', 'Z']))
        .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(ToOwned::to_owned)
        .collect()
}
