use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

use crate::chain::{Endpoint, EndpointError};

/// The URL under which a Safe Transaction Service has its `/v2/`; it shows scheme and host of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceUrl(Endpoint);

/// Why a text is not the URL of a service. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ServiceUrlError {
    #[error(
        "the URL of a Safe Transaction Service is https:// with a host and the path to its API, such as \
         https://api.safe.global/tx-service/arb1/api"
    )]
    Malformed,
    #[error("the URL of a Safe Transaction Service holds no user name and no password: its key is a setting")]
    UserInfo,
    #[error("the URL of a Safe Transaction Service has no query: its key is a setting")]
    Query,
    #[error("a Safe Transaction Service is reached by https://, unless it runs on this machine (127.0.0.1)")]
    Unencrypted,
}

impl ServiceUrl {
    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.0
    }

    /// The URL of a path below this one, such as `/v2/…/`, with a query unless that is empty.
    pub(super) fn at(&self, path: &str, query: &str) -> Url {
        let mut url = self.0.url().clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url.set_query((!query.is_empty()).then_some(query));
        url
    }

    fn is_on_this_machine(&self) -> bool {
        let host = self.0.url().host_str().unwrap_or_default();
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        address.map_or(host == "localhost", |address| address.is_loopback())
    }
}

impl FromStr for ServiceUrl {
    type Err = ServiceUrlError;

    fn from_str(text: &str) -> Result<Self, ServiceUrlError> {
        let endpoint: Endpoint = text.parse().map_err(|error| match error {
            EndpointError::Malformed => ServiceUrlError::Malformed,
            EndpointError::UserInfo => ServiceUrlError::UserInfo,
        })?;
        if endpoint.url().query().is_some() {
            return Err(ServiceUrlError::Query);
        }
        let url = Self(endpoint);
        let safe = url.0.is_https() || url.is_on_this_machine();
        if safe { Ok(url) } else { Err(ServiceUrlError::Unencrypted) }
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Debug for ServiceUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_elsewhere_is_reached_by_https_only() {
        for text in [
            "https://api.safe.global/tx-service/arb1/api",
            "https://service.example.org",
            "http://127.0.0.1:8000/api",
            "http://127.9.9.9",
            "http://[::1]:8000",
            "http://localhost/api/",
        ] {
            assert!(text.parse::<ServiceUrl>().is_ok(), "{text}");
        }
        for text in [
            "http://api.safe.global/tx-service/arb1/api",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://[::ffff:10.0.0.1]",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
        ] {
            assert_eq!(text.parse::<ServiceUrl>(), Err(ServiceUrlError::Unencrypted), "{text}");
        }
    }

    #[test]
    fn what_is_not_the_url_of_a_service_is_refused() {
        for (text, error) in [
            ("", ServiceUrlError::Malformed),
            ("api.safe.global", ServiceUrlError::Malformed),
            ("ftp://api.safe.global", ServiceUrlError::Malformed),
            ("https://api.safe.global/#api", ServiceUrlError::Malformed),
            ("https://s3cret@api.safe.global", ServiceUrlError::UserInfo),
            ("https://api.safe.global/api?key=s3cret", ServiceUrlError::Query),
            ("https://api.safe.global/api?", ServiceUrlError::Query),
        ] {
            assert_eq!(text.parse::<ServiceUrl>(), Err(error), "{text}");
        }
    }

    #[test]
    fn paths_stand_below_the_url_with_one_slash_between() {
        for base in
            ["https://api.safe.global/tx-service/arb1/api", "https://api.safe.global/tx-service/arb1/api/"]
        {
            let url: ServiceUrl = base.parse().unwrap();
            let text = url.at("/v2/safes/0xAb/", "limit=1").to_string();
            assert_eq!(text, "https://api.safe.global/tx-service/arb1/api/v2/safes/0xAb/?limit=1");
            assert_eq!(url.to_string(), "https://api.safe.global");
        }
        let url: ServiceUrl = "http://127.0.0.1:8000".parse().unwrap();
        assert_eq!(url.at("/v1/about/", "").to_string(), "http://127.0.0.1:8000/v1/about/");
    }
}
