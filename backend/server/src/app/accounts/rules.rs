//! Which passwords are refused: too short, too long, or what guessers try first. No rules of composition.

use thiserror::Error;

const MIN_LENGTH: usize = 15;
const MAX_LENGTH: usize = 128;
/// What must be left of a password without common words, runs and repeats.
const MIN_REST: usize = 8;
const MIN_DISTINCT: usize = 5;
/// A run such as `4567` or `aaaa` counts from this length on.
const RUN: usize = 3;

/// Why a text cannot be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasswordError {
    #[error("a password has at least {MIN_LENGTH} characters: several words are easy to remember")]
    TooShort,
    #[error("a password has at most {MAX_LENGTH} characters")]
    TooLong,
    #[error(
        "this password is made of what guessers try first: common words, this site's words, your handle, repeats or runs. Add something of your own"
    )]
    Common,
}

/// Words of this place.
const CONTEXT: [&str; 12] = [
    "bountyledger",
    "livepeer",
    "arbitrum",
    "ethereum",
    "treasurer",
    "treasury",
    "reviewer",
    "bounty",
    "ledger",
    "degen",
    "pilot",
    "safe",
];

/// Stems of the passwords most often used, as [`plain`] writes them.
const COMMON: &str = "\
    correcthorsebatterystaple qwertyuiop asdfghjkl zxcvbnm qwertz azerty qwerty asdfgh zxcvbn qazwsxedc qazwsx \
    lqaz2wsx password passwort passphrase passwd pass letmein welcome administrator admin administrador root \
    default changeme secret login master superman batman spiderman starwars pokemon football baseball basketball \
    soccer hockey liverpool arsenal chelsea barcelona dragon monkey tiger eagle falcon phoenix shadow sunshine \
    princess iloveyou loveyou loveme lovely love flower butterfly michael jennifer jessica jordan daniel thomas \
    andrew charlie george robert william anthony matthew joshua ashley nicole michelle computer internet samsung \
    google apple windows linux server database access system security trustnol trustno hello freedom whatever \
    forever together summer winter spring autumn january february march april june july august september october \
    november december monday friday sunday money dollar bitcoin crypto wallet blockchain seedphrase ninja killer \
    hunter ranger mustang ferrari porsche mercedes harley cookie chocolate banana orange purple silver golden \
    diamond angel lucky family mother father baby test guest user demo temp abcdef abc";

/// Small letters, with the usual stand-ins read as the letters they stand for, and nothing but letters and digits.
fn plain(text: &str) -> Vec<char> {
    let letters = text.chars().flat_map(char::to_lowercase);
    letters
        .filter_map(|letter| match letter {
            '0' => Some('o'),
            '1' | '!' | '|' => Some('l'),
            '3' | '€' => Some('e'),
            '4' | '@' => Some('a'),
            '5' | '$' => Some('s'),
            '7' => Some('t'),
            other => other.is_alphanumeric().then_some(other),
        })
        .collect()
}

/// Takes every occurrence of a word out of a text.
fn without(text: Vec<char>, word: &[char]) -> Vec<char> {
    if word.len() < RUN {
        return text;
    }
    let mut rest = Vec::new();
    let mut ahead = text.as_slice();
    while let Some((first, others)) = ahead.split_first() {
        if let Some(after) = ahead.strip_prefix(word) {
            ahead = after;
        } else {
            rest.push(*first);
            ahead = others;
        }
    }
    rest
}

/// Takes out runs: the same character again and again, or one after another in the alphabet, up or down.
fn without_runs(text: &[char]) -> Vec<char> {
    let mut rest = Vec::new();
    let mut ahead = text;
    while let Some((first, others)) = ahead.split_first() {
        let longest = [-1, 0, 1].into_iter().map(|step| run(ahead, step)).max().unwrap_or(1);
        if longest >= RUN {
            ahead = ahead.get(longest..).unwrap_or_default();
        } else {
            rest.push(*first);
            ahead = others;
        }
    }
    rest
}

/// How many characters from the first on follow each other by this step.
fn run(text: &[char], step: i64) -> usize {
    let code = |letter: &char| i64::from(u32::from(*letter));
    let pairs = text.windows(2).take_while(|pair| match pair {
        [one, next] => code(next) == code(one).saturating_add(step),
        _ => false,
    });
    pairs.count().saturating_add(1)
}

/// The shortest text that the whole is a repetition of.
fn unit(text: &[char]) -> &[char] {
    let repeats =
        |length: &usize| text.iter().zip(text.iter().skip(*length)).all(|(one, later)| one == later);
    let length = (1..text.len()).find(repeats).unwrap_or(text.len());
    text.get(..length).unwrap_or(text)
}

/// Whether too little is left once everything a guesser tries first is taken out.
fn is_common(password: &str, handle: &str) -> bool {
    // Runs of digits first: afterwards some of them read as letters.
    let raw: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
    let unit: String = unit(&raw).iter().collect();
    let raw: Vec<char> = unit.chars().collect();
    let mut rest = plain(&without_runs(&raw).into_iter().collect::<String>());
    let mut words: Vec<Vec<char>> =
        CONTEXT.into_iter().chain(COMMON.split_whitespace()).map(|word| word.chars().collect()).collect();
    words.push(plain(handle));
    words.extend(handle.split('-').map(plain));
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in &words {
        rest = without(rest, word);
    }
    let rest = without_runs(&rest);
    let distinct: std::collections::BTreeSet<&char> = rest.iter().collect();
    rest.len() < MIN_REST || distinct.len() < MIN_DISTINCT
}

/// Checks a new password of somebody with this handle.
///
/// # Errors
/// Its length, or that it is easy to guess.
pub(super) fn check(password: &str, handle: &str) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        Err(PasswordError::TooShort)
    } else if length > MAX_LENGTH {
        Err(PasswordError::TooLong)
    } else if is_common(password, handle) {
        Err(PasswordError::Common)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_guessers_try_first_is_refused() {
        for password in [
            "passwordpassword",
            "Password12345678",
            "P@ssw0rd!P@ssw0rd!",
            "livepeer-bounty-2026",
            "Livepeer Treasury 1",
            "space-co-host-space-co-host",
            "SpaceCoHost2026!!",
            "aaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "xk9xk9xk9xk9xk9xk9",
            "123456789012345678",
            "987654321987654321",
            "qwertyuiopasdfghjkl",
            "correct horse battery staple",
            "ILoveYou1234567890",
            "admin-admin-admin-1",
            "summer2026summer2026",
            "               ",
        ] {
            assert_eq!(check(password, "space-co-host"), Err(PasswordError::Common), "{password}");
        }
    }

    #[test]
    fn a_few_words_of_ones_own_will_do() {
        for password in [
            "the violet tram hums",
            "grumpy otters juggle plums",
            "übermäßig viele Käsebrote",
            "7f3k-9qpx-m2rv-c8wd",
            "paasboom wielrent vlug",
            "кофе без сахара утром",
        ] {
            assert_eq!(check(password, "space-co-host"), Ok(()), "{password}");
        }
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(check("violet tram hu", "al"), Err(PasswordError::TooShort));
        assert_eq!(check("violet tram hum", "al"), Ok(()));
        let long = "violet tram hum ".repeat(8);
        assert_eq!(check(&long, "al"), Ok(()));
        assert_eq!(check(&format!("{long}x"), "al"), Err(PasswordError::TooLong));
    }

    #[test]
    fn the_common_words_are_written_as_they_are_compared() {
        for word in CONTEXT.into_iter().chain(COMMON.split_whitespace()) {
            let read: String = plain(word).into_iter().collect();
            assert_eq!(read, word);
        }
    }
}
