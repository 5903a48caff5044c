//! Evidence keys: one spelling for each post, video or message, so that nothing is paid for twice.

use std::fmt;

use thiserror::Error;

use crate::value::{Digest, Timestamp};

/// When X began to count its snowflakes, in milliseconds since 1970.
const X_EPOCH: i64 = 1_288_834_974_657;
/// The last status that X merely counted.
const LAST_COUNTED_ON_X: u64 = 29_700_859_247;
/// When Discord did: 2015-01-01.
const DISCORD_EPOCH: i64 = 1_420_070_400_000;
/// How many bits of a snowflake stand below its time.
const SNOWFLAKE_BITS: u32 = 22;
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

/// A link cut into its parts: host in lower case without `www.`, no fragment, escapes spelled one way.
struct Link {
    host: String,
    path: Vec<String>,
    query: Vec<String>,
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

    /// When it was posted, where the place writes the time into its numbers: X statuses since November 2010, and
    /// Discord messages. A help for reviewers, not a proof.
    pub fn posted_at(&self) -> Option<Timestamp> {
        let (place, rest) = self.0.split_once(':')?;
        let (number, first, epoch) = match place {
            "x" => (rest, LAST_COUNTED_ON_X, X_EPOCH),
            "discord" => (rest.rsplit('/').next()?, 0, DISCORD_EPOCH),
            _ => return None,
        };
        // A snowflake: 42 bits of milliseconds above 22 bits of what else tells numbers apart.
        let number = number.parse::<u64>().ok().filter(|number| *number > first)?;
        let millis = number.checked_shr(SNOWFLAKE_BITS)?;
        let micros = i64::try_from(millis).ok()?.checked_add(epoch)?.checked_mul(1_000)?;
        Timestamp::from_micros(micros).ok()
    }
}

impl fmt::Display for EvidenceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Link {
    fn read(text: &str) -> Result<Self, EvidenceError> {
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
        let parts = |text: &str, separator| -> Vec<String> {
            text.split(separator).filter(|part| !part.is_empty()).map(spelled).collect()
        };
        let mut query = parts(query, '&');
        query.sort_unstable();
        Ok(Self { host: host.strip_prefix("www.").unwrap_or(host).to_owned(), path: parts(path, '/'), query })
    }

    fn query_value(&self, name: &str) -> Option<&str> {
        let pairs = self.query.iter().filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    }

    /// The path behind each of these words, whatever comes before.
    fn behind(&self, words: &[&str]) -> impl Iterator<Item = &[String]> {
        let rests = self.path.iter().enumerate().map(|(place, part)| (part, self.path.get(place..)));
        rests.filter_map(|(part, rest)| {
            let known = words.iter().any(|word| part.eq_ignore_ascii_case(word));
            rest?.get(1..).filter(|rest| known && !rest.is_empty())
        })
    }

    fn segment(&self, place: usize) -> Option<&str> {
        self.path.get(place).map(String::as_str)
    }

    /// The key of a place we know: all its mirrors and spellings give the same one.
    fn known(&self) -> Option<String> {
        match self.host.as_str() {
            "x.com" | "twitter.com" | "mobile.x.com" | "mobile.twitter.com" | "fxtwitter.com"
            | "vxtwitter.com" | "fixupx.com" | "fixvx.com" => self.on_x(),
            "youtu.be" => video(self.segment(0)?),
            "youtube.com" | "m.youtube.com" | "music.youtube.com" | "youtube-nocookie.com" => {
                let named =
                    self.behind(&["shorts", "live", "embed", "v"]).find_map(|rest| video(rest.first()?));
                named.or_else(|| video(self.query_value("v")?))
            }
            "reddit.com" | "old.reddit.com" | "new.reddit.com" | "np.reddit.com" => self.on_reddit(),
            "redd.it" => Some(format!("reddit:{}", self.segment(0)?.to_ascii_lowercase())),
            "discord.com" | "discordapp.com" | "ptb.discord.com" | "canary.discord.com" => {
                let [guild, channel, message, ..] = self.behind(&["channels"]).next()? else { return None };
                let (channel, message) = (number(channel)?, number(message)?);
                Some(format!("discord:{}/{channel}/{message}", guild.to_ascii_lowercase()))
            }
            "t.me" | "telegram.me" => {
                let first = usize::from(self.segment(0)?.eq_ignore_ascii_case("s"));
                let chat = self.segment(first)?.to_ascii_lowercase();
                Some(format!("tg:{chat}/{}", number(self.segment(first.checked_add(1)?)?)?))
            }
            _ => None,
        }
    }

    fn on_x(&self) -> Option<String> {
        // Anybody may be called status or spaces: it is the number behind it that makes a post.
        if let Some(post) = self.behind(&["status", "statuses"]).find_map(|rest| number(rest.first()?)) {
            return Some(format!("x:{post}"));
        }
        let space = self.behind(&["spaces"]).next()?.first()?;
        Some(format!("x-space:{space}"))
    }

    fn on_reddit(&self) -> Option<String> {
        // A community may be called comments as well.
        let is_id = |part: &String| !part.eq_ignore_ascii_case("comments");
        let key = match self.behind(&["comments"]).find(|rest| rest.first().is_some_and(is_id))? {
            [post, _, comment, ..] => format!("reddit:{post}/{comment}"),
            [post, ..] => format!("reddit:{post}"),
            [] => return None,
        };
        Some(key.to_ascii_lowercase())
    }

    /// The key of any other link: what stays when tracking parameters are gone.
    fn plain(&self) -> String {
        let mut key = self.host.clone();
        for part in &self.path {
            key.push('/');
            key.push_str(part);
        }
        let kept = self.query.iter().filter(|pair| {
            let name = pair.split_once('=').map_or(pair.as_str(), |(name, _)| name);
            !name.starts_with("utm_") && !TRACKING.contains(&name)
        });
        for (position, pair) in kept.enumerate() {
            key.push(if position == 0 { '?' } else { '&' });
            key.push_str(pair);
        }
        key
    }
}

/// A video's key, if the text starts with an id of eleven characters.
fn video(text: &str) -> Option<String> {
    const ID: usize = 11;
    let end = text.find(|character: char| !character.is_ascii_alphanumeric() && !"-_".contains(character));
    let id = text.get(..end.unwrap_or(text.len()))?;
    (id.len() == ID).then(|| format!("yt:{id}"))
}

/// The number a text starts with, without leading zeros.
fn number(text: &str) -> Option<&str> {
    let end = text.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(text.len());
    let digits = text.get(..end)?.trim_start_matches('0');
    (!digits.is_empty()).then_some(digits)
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or_default().to_ascii_uppercase()
}

/// One spelling of percent-escapes (RFC 3986 §6.2.2): unreserved characters plain, hex in upper case.
fn spelled(part: &str) -> String {
    let mut spelled = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('%') {
        spelled.push_str(before);
        rest = after;
        let digits = after.get(..2).zip(after.get(2..));
        let hex = digits.filter(|(digits, _)| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = hex.and_then(|(digits, behind)| Some((u8::from_str_radix(digits, 16).ok()?, behind)));
        let Some((byte, behind)) = byte else {
            spelled.push('%');
            continue;
        };
        rest = behind;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            spelled.push(char::from(byte));
        } else {
            spelled.extend(['%', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
    }
    spelled.push_str(rest);
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_tell_a_time_tell_it_and_others_nothing() {
        for (link, posted) in [
            // The first status that X numbered by time, one of those before, and later ones.
            ("https://x.com/twitter/status/29700859248", Some("2010-11-04")),
            ("https://x.com/jack/status/20", None),
            ("https://x.com/a/status/1212092628029698048", Some("2019-12-31")),
            ("https://discord.com/channels/1/2/175928847299117063", Some("2016-04-30")),
            ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", None),
            ("https://example.org/175928847299117063", None),
            ("https://x.com/a/status/18446744073709551615", Some("2150-03-18")),
            ("https://x.com/a/status/99999999999999999999", None),
        ] {
            let key = EvidenceKey::from_link(link).unwrap();
            let day = key.posted_at().map(|at| at.to_string()[..10].to_owned());
            assert_eq!(day.as_deref(), posted, "{link}");
        }
    }

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
                    "https://x.com/a/status/1790000000000000001/quotes",
                    "https://x.com/a/status/1790000000000000001/photo/1/x",
                    "https://x.com/a/Status/1790000000000000001/analytics",
                    "https://x.com/a/%73tatus/1790000000000000001",
                    "https://x.com/a/status/001790000000000000001",
                    "https://x.com/status/status/1790000000000000001",
                    "https://x.com/spaces/status/1790000000000000001",
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
                    "https://youtube.com/v/dQw4w9WgXcQ",
                    "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
                    "https://youtu.be/dQw4w9WgXcQ&t=1",
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
        let place = "https://example.org/";
        let longest = format!("{place}{}", "a".repeat(MAX_LINK_BYTES - place.len()));
        assert!(EvidenceKey::from_link(&longest).is_ok());
        assert_eq!(EvidenceKey::from_link(&(longest + "a")), Err(EvidenceError::TooLong));
    }

    #[test]
    fn a_link_to_anywhere_else_has_one_spelling_too() {
        for (key, link) in [
            ("example.org/a?a=1&b=2", "https://example.org/a?b=2&a=1"),
            ("example.org/x%2Fy~", "https://example.org/%78%2fy%7E"),
            ("example.org/50%", "https://example.org/50%"),
            ("example.org/%+5", "https://example.org/%+5"),
            ("reddit:abc/c1", "https://reddit.com/r/abc/comments/abc/title/c1"),
            ("reddit:abc/c1", "https://reddit.com/r/comments/Comments/ABC/title/C1/"),
            ("discord:1/1/2", "https://discord.com/channels/1/1/2"),
            ("youtube.com/watch?v=", "https://www.youtube.com/watch?v="),
            ("x.com/livepeer", "https://x.com/Livepeer".to_ascii_lowercase().as_str()),
        ] {
            assert_eq!(EvidenceKey::from_link(link).unwrap().as_str(), key, "{link}");
        }
    }

    #[test]
    fn programs_do_not_share_bound_keys() {
        let key = EvidenceKey::from_link("https://x.com/a/status/1").unwrap();
        let (one, other) = (Digest::sha256(&[b"one"]), Digest::sha256(&[b"other"]));
        assert_ne!(key.bound_to(&one), key.bound_to(&other));
    }
}
