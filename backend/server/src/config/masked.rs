use std::fmt::Display;

use super::{Config, LogFormat, PEPPER, SAFE_SERVICE_KEY};
use crate::chain::Confirmations;

/// A URL that shows no more of itself than it may, or what follows from there being none.
fn url(name: &str, url: Option<&impl Display>, unset: &str) -> String {
    url.map_or_else(|| format!("# {name}: not set, so {unset}"), |url| format!("{name} = \"{url}\""))
}

impl Config {
    /// The effective settings as a file would hold them, with secrets masked.
    pub fn masked(&self) -> String {
        let log = match self.log {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        let proxies: Vec<String> = self.trusted_proxies.iter().map(|proxy| format!("\"{proxy}\"")).collect();
        let secret = |is_set, variable: &str| {
            if is_set { format!("set by {variable}, and never shown") } else { "not set".to_owned() }
        };
        let pepper = secret(self.password_pepper.is_some(), PEPPER);
        let key = secret(self.safe_service_key.is_some(), SAFE_SERVICE_KEY);
        let public_url = match &self.public_url {
            Some(url) => format!("public_url = {url:?}"),
            None => "# public_url: not set, so the address that is listened at".to_owned(),
        };
        let rpc_url = url("rpc_url", self.rpc_url.as_ref(), "the chain is not read");
        let second = url("second_rpc_url", self.second_rpc_url.as_ref(), "one node is believed");
        let service = "nothing is proposed to a Safe Transaction Service";
        let service = url("safe_service_url", self.safe_service_url.as_ref(), service);
        let confirmations = match self.confirmations {
            Confirmations::Finalized => "\"finalized\"".to_owned(),
            Confirmations::Blocks(blocks) => blocks.to_string(),
        };
        format!(
            "data = {:?}\ndatabase_url = {:?}\nlisten = \"{}\"\nlog = \"{log}\"\n{public_url}\n\
             trusted_proxies = [{}]\nclaims_per_hour = {}\nvotes_per_hour = {}\n{rpc_url}\n{second}\nconfirmations = {confirmations}\n\
             {service}\n# safe_service_key: {key}\n# password_pepper: {pepper}\n",
            self.data.to_string_lossy(),
            self.target().masked(),
            self.listen,
            proxies.join(", "),
            self.quotas.claims,
            self.quotas.votes,
        )
    }
}
