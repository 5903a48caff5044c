//! Pages put together from fixed markup and escaped texts.

use std::fmt::{self, Display, Write};

use domain::value::{Address, Amount, Digest, Timestamp};

/// HTML in the making. Markup is written in this program; whatever comes from elsewhere is escaped on its way in.
#[derive(Debug, Default)]
pub struct Html(String);

/// Escapes what is written through it.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                letter => self.0.push(letter),
            }
        }
        Ok(())
    }
}

impl Html {
    /// Markup as it stands here.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A text from anywhere.
    pub fn text(&mut self, text: impl Display) -> &mut Self {
        // Writing to a String never fails.
        let _ = write!(Escaped(&mut self.0), "{text}");
        self
    }

    /// A text between two pieces of markup.
    pub fn within(&mut self, before: &'static str, text: impl Display, after: &'static str) -> &mut Self {
        self.raw(before).text(text).raw(after)
    }

    /// What somebody wrote, apart from the text around it; something else stands where it was erased.
    pub fn words(&mut self, words: Option<&str>) -> &mut Self {
        match words {
            Some(words) => self.within("<bdi>", words, "</bdi>"),
            None => self.raw("<em>erased</em>"),
        }
    }

    /// Hex digits in groups of four, so that people can compare them; copied, they are one word.
    fn groups(&mut self, digits: &str) -> &mut Self {
        self.raw("<span>0x</span>");
        let digits: Vec<char> = digits.chars().collect();
        for group in digits.chunks(4) {
            self.within("<wbr><span>", group.iter().collect::<String>(), "</span>");
        }
        self
    }

    /// An address in full, with its checksum.
    pub fn address(&mut self, address: &Address) -> &mut Self {
        let written = safe::eip55::checksum(address);
        self.raw("<code class=\"id\">").groups(written.trim_start_matches("0x")).raw("</code>")
    }

    /// A hash of the chain in full.
    pub fn hash(&mut self, hash: &Digest) -> &mut Self {
        self.raw("<code class=\"id\">").groups(&hash.to_string()).raw("</code>")
    }

    /// A hash that has to be seen at once; `hex` is `0x` and its digits, in the case that is asked for.
    pub fn large_hash(&mut self, hex: &str) -> &mut Self {
        self.raw("<code class=\"id large\">").groups(hex.trim_start_matches("0x")).raw("</code>")
    }

    /// An amount in LPT and in wei.
    pub fn amount(&mut self, amount: Amount) -> &mut Self {
        self.within("<strong class=\"sum\">", amount, " LPT</strong> ").within(
            "<span class=\"wei\">",
            amount.wei(),
            " wei</span>",
        )
    }

    /// A moment to the second.
    pub fn time(&mut self, at: Timestamp) -> &mut Self {
        let written = at.to_string();
        let (day, hour) = (written.get(..10).unwrap_or(&written), written.get(11..19).unwrap_or_default());
        self.within("<time datetime=\"", &written, "\">").text(day).within(" ", hour, " UTC</time>")
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_no_markup_of_ours_is_escaped() {
        let mut html = Html::default();
        html.raw("<p>").text("<script>alert(\"1\" & '2')</script>").words(Some("</bdi><b>")).words(None);
        let expected = "<p>&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;\
                        <bdi>&lt;/bdi&gt;&lt;b&gt;</bdi><em>erased</em>";
        assert_eq!(html.into_string(), expected);
    }

    #[test]
    fn an_address_stands_in_groups_of_four_and_is_still_one_word() {
        let mut html = Html::default();
        html.address(&safe::erc20::LPT_ARBITRUM);
        let html = html.into_string();
        assert_eq!(html.matches("<span>").count(), 11);
        let text: String =
            html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
        assert_eq!(text, "0x289ba1701C2F088cf0faf8B3705246331cB8A839");
    }

    #[test]
    fn a_moment_is_told_to_the_second() {
        let mut html = Html::default();
        html.time("2026-01-05T12:30:01.000002Z".parse().unwrap());
        let expected = "<time datetime=\"2026-01-05T12:30:01.000002Z\">2026-01-05 12:30:01 UTC</time>";
        assert_eq!(html.into_string(), expected);
    }
}
