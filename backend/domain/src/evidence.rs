//! Evidence keys: one spelling for each post, video or message, so that nothing is paid for twice.

use std::fmt;

use thiserror::Error;

use crate::value::Digest;

/// The longest link that is read.
const MAX_LINK_BYTES: usize = 2_048;

/// Query parameters that say where a click came from, not what it shows.
const TRACKING: [&str; 3] = ["fbclid", "gclid", "si"];

/// The one spelling of what a link shows: `x:<status>`, `yt:<video>`, `discord:<guild>/<channel>/<message>`, …
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvidenceKey(String);

/// Why a link cannot be evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EvidenceError {
    #[error("evidence is a public link that starts with https:// or http://")]
    NotAWebLink,
    #[error("a link holds printable ASCII only: copy it from the address bar")]
    NotAscii,
    #[error("a link has at most 2048 characters")]
    TooLong,
    #[error("a link with a user name or a port cannot be evidence")]
    NotPublic,
}

/// A link cut into its parts, host and scheme in lower case, without `www.` and fragment.
struct Link<'a> {
    host: String,
    path: Vec<&'a str>,
    query: Vec<&'a str>,
}

impl EvidenceKey {
    /// Reads the key of a link.
    ///
    /// # Errors
    /// Anything but a public http(s) link of printable ASCII.
    pub fn from_link(text: &str) -> Result<Self, EvidenceError> {
        let link = Link::read(text.trim())?;
        Ok(Self(link.known().unwrap_or_else(|| link.plain())))
    }

    /// `SHA-256(identity ‖ key)`: how events of one program name the key without revealing it.
    pub fn bound_to(&self, identity: &Digest) -> Digest {
        Digest::sha256(&[identity.bytes(), self.0.as_bytes()])
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EvidenceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'a> Link<'a> {
    fn read(text: &'a str) -> Result<Self, EvidenceError> {
        if text.len() > MAX_LINK_BYTES {
            return Err(EvidenceError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EvidenceError::NotAscii);
        }
        let (scheme, rest) = text.split_once("://").ok_or(EvidenceError::NotAWebLink)?;
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Err(EvidenceError::NotAWebLink);
        }
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = place.split_once('/').unwrap_or((place, ""));
        if host.contains(['@', ':']) {
            return Err(EvidenceError::NotPublic);
        }
        let host = host.to_ascii_lowercase();
        let host = host.trim_end_matches('.');
        if !host.contains('.') {
            return Err(EvidenceError::NotAWebLink);
        }
        Ok(Self {
            host: host.strip_prefix("www.").unwrap_or(host).to_owned(),
            path: path.split('/').filter(|part| !part.is_empty()).collect(),
            query: query.split('&').filter(|pair| !pair.is_empty()).collect(),
        })
    }

    fn query_value(&self, name: &str) -> Option<&'a str> {
        self.query
            .iter()
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    }

    /// The key of a place we know: all its mirrors and spellings give the same one.
    fn known(&self) -> Option<String> {
        match self.host.as_str() {
            "x.com" | "twitter.com" | "mobile.x.com" | "mobile.twitter.com" | "fxtwitter.com"
            | "vxtwitter.com" | "fixupx.com" | "fixvx.com" => match self.path.as_slice() {
                [.., "status" | "statuses", status]
                | [.., "status" | "statuses", status, "photo" | "video", _] => {
                    leading_digits(status).map(|id| format!("x:{id}"))
                }
                ["i", "spaces", space, ..] => Some(format!("x-space:{space}")),
                _ => None,
            },
            "youtu.be" => self.path.first().map(|video| format!("yt:{video}")),
            "youtube.com" | "m.youtube.com" | "music.youtube.com" => match self.path.as_slice() {
                ["watch"] => self.query_value("v").map(|video| format!("yt:{video}")),
                ["shorts" | "live" | "embed", video, ..] => Some(format!("yt:{video}")),
                _ => None,
            },
            "reddit.com" | "old.reddit.com" | "new.reddit.com" | "np.reddit.com" => {
                match self.path.as_slice() {
                    ["r", _, "comments", post, _, comment, ..] => Some(format!("reddit:{post}/{comment}")),
                    ["r", _, "comments", post, ..] | ["comments", post, ..] => Some(format!("reddit:{post}")),
                    _ => None,
                }
            }
            "redd.it" => self.path.first().map(|post| format!("reddit:{post}")),
            "discord.com" | "discordapp.com" | "ptb.discord.com" | "canary.discord.com" => match self
                .path
                .as_slice()
            {
                ["channels", guild, channel, message] => Some(format!("discord:{guild}/{channel}/{message}")),
                _ => None,
            },
            "t.me" | "telegram.me" => match self.path.as_slice() {
                ["s", chat, message] | [chat, message] => {
                    Some(format!("tg:{}/{}", chat.to_ascii_lowercase(), leading_digits(message)?))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The key of any other link: what stays when tracking parameters are gone.
    fn plain(&self) -> String {
        let mut key = self.host.clone();
        for part in &self.path {
            key.push('/');
            key.push_str(part);
        }
        let kept = self.query.iter().filter(|pair| {
            let name = pair.split_once('=').map_or(**pair, |(name, _)| name);
            !name.starts_with("utm_") && !TRACKING.contains(&name)
        });
        for (position, pair) in kept.enumerate() {
            key.push(if position == 0 { '?' } else { '&' });
            key.push_str(pair);
        }
        key
    }
}

/// The digits a text starts with, if it has any.
fn leading_digits(text: &str) -> Option<&str> {
    let end = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_thing_gives_one_key() {
        for (key, links) in [
            (
                "x:1790000000000000001",
                &[
                    "https://x.com/livepeer/status/1790000000000000001",
                    "https://twitter.com/livepeer/status/1790000000000000001?s=20&t=abc",
                    "http://mobile.twitter.com/livepeer/statuses/1790000000000000001/photo/1",
                    "https://fxtwitter.com/i/status/1790000000000000001#m",
                    "https://www.X.com/Livepeer/status/1790000000000000001/",
                    "https://x.com/i/web/status/1790000000000000001",
                ][..],
            ),
            (
                "x-space:1YqKDqWqdPLsV",
                &["https://x.com/i/spaces/1YqKDqWqdPLsV", "https://twitter.com/i/spaces/1YqKDqWqdPLsV/peek"],
            ),
            (
                "yt:dQw4w9WgXcQ",
                &[
                    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=5s",
                    "https://youtu.be/dQw4w9WgXcQ?si=x",
                    "https://youtube.com/shorts/dQw4w9WgXcQ",
                    "https://m.youtube.com/live/dQw4w9WgXcQ?feature=share",
                ],
            ),
            (
                "reddit:1abc2d",
                &["https://www.reddit.com/r/livepeer/comments/1abc2d/a_title/", "https://redd.it/1abc2d"],
            ),
            (
                "discord:1/2/3",
                &["https://discord.com/channels/1/2/3", "https://ptb.discord.com/channels/1/2/3"],
            ),
            ("tg:livepeer/77", &["https://t.me/Livepeer/77", "https://t.me/s/livepeer/77?single"]),
            (
                "forum.livepeer.org/t/weekly/3/2?u=a",
                &[
                    "https://forum.livepeer.org/t/weekly/3/2?u=a&utm_source=x&fbclid=1#reply",
                    "http://www.forum.livepeer.org./t/weekly/3/2/?u=a",
                ],
            ),
        ] {
            for link in links {
                assert_eq!(EvidenceKey::from_link(link).unwrap().as_str(), key, "{link}");
            }
        }
    }

    #[test]
    fn what_is_no_public_link_is_refused() {
        for (link, error) in [
            ("", EvidenceError::NotAWebLink),
            ("ftp://example.org/a", EvidenceError::NotAWebLink),
            ("https://localhost/a", EvidenceError::NotAWebLink),
            ("https://me@example.org/a", EvidenceError::NotPublic),
            ("https://example.org:8443/a", EvidenceError::NotPublic),
            ("https://exämple.org/a", EvidenceError::NotAscii),
            ("https://example.org/a b", EvidenceError::NotAscii),
        ] {
            assert_eq!(EvidenceKey::from_link(link), Err(error), "{link}");
        }
        let long = format!("https://example.org/{}", "a".repeat(2_048));
        assert_eq!(EvidenceKey::from_link(&long), Err(EvidenceError::TooLong));
    }

    #[test]
    fn programs_do_not_share_bound_keys() {
        let key = EvidenceKey::from_link("https://x.com/a/status/1").unwrap();
        let (one, other) = (Digest::sha256(&[b"one"]), Digest::sha256(&[b"other"]));
        assert_ne!(key.bound_to(&one), key.bound_to(&other));
    }
}
