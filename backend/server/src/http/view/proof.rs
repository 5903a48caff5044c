//! What shows that work was done: links, and files that show them as they were seen.

use domain::Program;
use domain::evidence::EvidenceKey;
use domain::value::{BountyNumber, Digest, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::{Texts, shape};

/// A link that shows the work.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EvidenceView {
    #[schema(value_type = shape::Link)]
    pub url: String,
    #[schema(value_type = shape::Moment)]
    pub captured_at: String,
    /// When it was posted, where its number says so: on X and Discord. A help, no proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Moment>)]
    pub posted_at: Option<String>,
    /// Whether that is within the time of the bounty; absent if either is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_window: Option<bool>,
}

/// A file that shows evidence as it was seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaptureView {
    /// Under which it is read: `/documents/{digest}`.
    #[schema(value_type = shape::Digest)]
    pub digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(application/pdf|image/jpeg|image/png|image/webp)$")]
    pub media_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub bytes: Option<i64>,
    /// Whether it was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// The time in which the work for a bounty is done: from its opening until before its end.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
}

impl Window {
    /// The window of a claim; none for work without a bounty.
    pub fn of(program: &Program, bounty: Option<BountyNumber>) -> Option<Self> {
        let bounty = program.bounty(bounty?).ok()?;
        Some(Self { from: bounty.opens_at, until: bounty.closes_at })
    }
}

impl CaptureView {
    pub fn new(program: &Program, digest: &Digest, texts: &Texts) -> Self {
        let text = digest.to_string();
        let file = texts.file(&text);
        Self {
            media_type: file.map(|file| file.media_type.clone()),
            bytes: file.map(|file| file.bytes),
            digest: text,
            erased: program.erased(digest).is_some(),
        }
    }

    /// Those that a row names, with commas between them.
    pub fn list(program: &Program, digests: &str, texts: &Texts) -> Vec<Self> {
        let digests = digests.split(',').filter_map(|digest| digest.parse().ok());
        digests.map(|digest| Self::new(program, &digest, texts)).collect()
    }
}

/// Whether the document that a row names was erased.
pub fn is_erased(program: &Program, digest: &str) -> bool {
    digest.parse().is_ok_and(|digest| program.erased(&digest).is_some())
}

/// The links that a claim's text holds.
pub fn evidence(document: Option<&Value>, window: Option<Window>) -> Vec<EvidenceView> {
    let links = document.and_then(|document| document.get("evidence")).and_then(Value::as_array);
    let text = |link: &Value, field| link.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let view = |link: &Value| {
        let url = text(link, "url");
        let posted_at = EvidenceKey::from_link(&url).ok().and_then(|key| key.posted_at());
        let within = |window: Window| posted_at.map(|at| (window.from..window.until).contains(&at));
        EvidenceView {
            url,
            captured_at: text(link, "captured_at"),
            posted_at: posted_at.map(|at| at.to_string()),
            in_window: window.and_then(within),
        }
    };
    links.map(|links| links.iter().map(view).collect()).unwrap_or_default()
}
