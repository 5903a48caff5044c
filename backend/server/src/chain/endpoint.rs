use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

/// The URL of a node. It may hold a key, so it shows scheme and host of itself and nothing more.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Why a text is not the URL of a node. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EndpointError {
    #[error("the URL of a node is http:// or https:// with a host, such as https://node.example.org/v2/KEY")]
    Malformed,
    #[error("the URL of a node holds no user name and no password: put a key into its path or query")]
    UserInfo,
}

/// Parts of a URL that are shorter are words such as `rpc`, not keys.
const SHORTEST_KEY: usize = 8;

impl Endpoint {
    pub(crate) const fn url(&self) -> &Url {
        &self.0
    }

    /// Whether the way to the node is encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// A text without the parts of this URL that may be a key: nodes repeat them in their errors.
    pub(crate) fn conceal(&self, text: &str) -> String {
        let path = self.0.path().split('/').map(str::to_owned);
        let query = self.0.query().unwrap_or_default().split(['&', '=']).map(str::to_owned);
        // As they are written, and as the node reads them.
        let read = self.0.query_pairs().map(|(_, value)| value.into_owned());
        let keys = path.chain(query).chain(read).filter(|part| part.len() >= SHORTEST_KEY);
        keys.fold(text.to_owned(), |text, key| text.replace(&key, "***"))
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        // The library would drop spaces and line ends, and take a backslash for a slash.
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(EndpointError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| EndpointError::Malformed)?;
        let (_, after) = text.split_once("://").ok_or(EndpointError::Malformed)?;
        let authority = after.split(['/', '?']).next().unwrap_or_default();
        // It would take the next part for the host where there is none.
        let named = url.has_host() && !authority.is_empty();
        if !named || !["http", "https"].contains(&url.scheme()) || url.fragment().is_some() {
            return Err(EndpointError::Malformed);
        }
        if authority.contains('@') { Err(EndpointError::UserInfo) } else { Ok(Self(url)) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scheme_and_host_are_shown() {
        for (url, shown) in [
            ("https://node.example.org/v2/s3cretKEY", "https://node.example.org"),
            ("https://node.example.org:8443/?apikey=s3cretKEY", "https://node.example.org"),
            ("http://127.0.0.1:8545", "http://127.0.0.1"),
            ("http://[::1]:8545/s3cretKEY", "http://[::1]"),
        ] {
            let endpoint: Endpoint = url.parse().unwrap();
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!(format!("{endpoint:?}"), shown);
        }
    }

    #[test]
    fn what_is_not_the_url_of_a_node_is_refused() {
        for text in [
            "",
            "node.example.org",
            "ws://node.example.org",
            "file:///etc/passwd",
            "https://",
            "https:///v2/key",
            "https://node.example.org/#key",
            "https://node.example.org/ key",
            "https://node.example.org/\nkey",
            "https:\\\\node.example.org",
            "https:node.example.org",
            "https://node.example.org:99999",
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(EndpointError::Malformed), "{text:?}");
        }
        for text in ["https://me:s3cret@node.example.org", "https://s3cret@node.example.org/", "http://@host"]
        {
            assert_eq!(text.parse::<Endpoint>(), Err(EndpointError::UserInfo), "{text:?}");
        }
        assert!("https://node.example.org/@me".parse::<Endpoint>().is_ok());
    }

    #[test]
    fn keys_are_taken_out_of_texts() {
        let endpoint: Endpoint =
            "https://node.example.org/v2/s3cretKEY?token=an%20other%20key".parse().unwrap();
        let told = endpoint.conceal("v2: s3cretKEY, an other key and an%20other%20key are not valid");
        assert_eq!(told, "v2: ***, *** and *** are not valid");
    }
}
