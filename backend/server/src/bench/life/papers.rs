//! The documents of a made-up life: about as long as what people write, and sound.

use domain::evidence::EvidenceKey;
use domain::journal::Document;
use domain::value::Digest;
use serde_json::{Value, json};

use super::LifeError;

/// Makes documents, each with a salt of its own.
#[derive(Debug, Default)]
pub(super) struct Papers {
    count: u64,
}

/// What is claimed: the document and the evidence that the event names.
pub(super) struct ClaimPaper {
    pub document: Document,
    pub evidence: Vec<Digest>,
}

impl Papers {
    pub fn next(&mut self, content: &Value) -> Document {
        self.count = self.count.saturating_add(1);
        let digest = Digest::sha256(&[b"salt", &self.count.to_be_bytes()]);
        let salt = digest.bytes().first_chunk().copied().unwrap_or_default();
        Document { salt, media_type: "application/json", content: content.to_string().into_bytes() }
    }

    pub fn program(&mut self) -> Document {
        self.next(&json!({
            "description": "Nothing here is real.",
            "name": "Benchmark",
            "scope_excludes": "Everything.",
            "slug": "bench",
        }))
    }

    pub fn name(&mut self, number: u32) -> Document {
        self.next(&json!({ "handle": format!("person-{number}") }))
    }

    pub fn brief(&mut self) -> Document {
        let number = self.count;
        self.next(&json!({
            "brief": "An hour on X about transcoding: invite two guests, record it, and post the link within a day.",
            "title": format!("Host the weekly space, number {number}"),
        }))
    }

    /// A claim with as many posts for evidence.
    pub fn claim(&mut self, identity: &Digest, posts: u64) -> Result<ClaimPaper, LifeError> {
        let number = self.count;
        let (mut links, mut evidence) = (Vec::new(), Vec::new());
        for post in 0..posts {
            let status = number.saturating_mul(10).saturating_add(post);
            let url = format!("https://x.com/someone/status/19{status:017}");
            evidence.push(EvidenceKey::from_link(&url).map_err(|_| LifeError::Lost)?.bound_to(identity));
            links.push(json!({ "captured_at": "2026-01-05T12:00:00.000000Z", "url": url }));
        }
        let document = self.next(&json!({
            "evidence": links,
            "summary": "An hour on X about transcoding, with forty listeners, two guests and a recording.",
            "title": format!("Hosted the weekly space, number {number}"),
        }));
        Ok(ClaimPaper { document, evidence })
    }

    pub fn reason(&mut self) -> Document {
        let number = self.count;
        self.next(&json!({
            "reason": format!("{number}: the recording is there, the guests were announced, the hour was held."),
        }))
    }
}
