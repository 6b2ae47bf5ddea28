//! Who may ask a house that serves: where it listens, its names, its tokens.

use crate::arguments::Serving;
use crate::environment;
use std::net::{IpAddr, SocketAddr};
use story::Invalid;
use web::{Hosts, Settings};

/// Where a house listens, and to whom.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) listen: SocketAddr,
    /// The names that it answers to beside loopback's.
    pub(super) names: Vec<String>,
    pub(super) settings: Settings,
}

impl Admission {
    pub(super) fn of(serving: &Serving) -> Result<Self, Invalid> {
        Self::new(serving.listen, [environment::hosts(), serving.host.clone()].concat(), environment::tokens())
    }

    fn new(listen: SocketAddr, mut names: Vec<String>, tokens: Vec<String>) -> Result<Self, Invalid> {
        if !listen.ip().is_loopback() && tokens.is_empty() {
            let detail = format!(
                "{} can be reached from other machines, and whoever reaches it could spend your money: set ONETAKE_TOKENS \
                 (words that nobody guesses, with commas between them), or listen at 127.0.0.1",
                listen.ip()
            );
            return Err(Invalid::one("", detail));
        }
        if let Some(wrong) = names.iter().find(|name| !is_name(name)) {
            let detail =
                format!("\"{wrong}\" is no host's name: give it as in studio.example, without scheme and port");
            return Err(Invalid::one("", detail));
        }
        names.extend(own_name(listen.ip()));
        names.sort();
        names.dedup();
        let settings = Settings { tokens, hosts: Hosts::Own(names.clone()), ..Settings::default() };
        Ok(Self { listen, names, settings })
    }
}

/// A host as it stands in `Host`, without the port.
fn is_name(name: &str) -> bool {
    let is_plain =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    address.map_or_else(|| is_plain(name), |address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

/// The address as clients name it, where it is a certain one and not loopback's, which is known anyway.
fn own_name(ip: IpAddr) -> Option<String> {
    let is_certain = !ip.is_unspecified() && !ip.is_loopback();
    is_certain.then(|| match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listen: &str, names: &[&str], tokens: &[&str]) -> Result<Vec<String>, String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let admission = Admission::new(listen.parse().unwrap(), owned(names), owned(tokens));
        admission.map(|admission| admission.names).map_err(|invalid| invalid.to_string())
    }

    #[test]
    fn other_machines_are_let_in_with_a_token_only() {
        for loopback in ["127.0.0.1:0", "127.0.0.9:80", "[::1]:8080"] {
            assert_eq!(check(loopback, &[], &[]), Ok(vec![]), "{loopback}");
        }
        for open in ["0.0.0.0:8080", "[::]:8080", "192.168.1.5:8080", "[::ffff:127.0.0.1]:8080"] {
            let sentence = check(open, &[], &[]).unwrap_err();
            assert!(sentence.contains("set ONETAKE_TOKENS"), "{open}: {sentence}");
            assert!(check(open, &[], &["a token"]).is_ok(), "{open}");
        }
    }

    #[test]
    fn a_house_answers_to_the_names_it_is_given_and_to_its_address() {
        assert_eq!(check("0.0.0.0:80", &["b.example", "a"], &["t"]), Ok(vec!["a".into(), "b.example".into()]));
        assert_eq!(check("192.168.1.5:80", &["a"], &["t"]), Ok(vec!["192.168.1.5".into(), "a".into()]));
        assert_eq!(check("[fe80::1]:80", &["[::2]"], &["t"]), Ok(vec!["[::2]".into(), "[fe80::1]".into()]));
        for wrong in ["", "http://a", "a:80", "a/b", "*", "[x]", "ä"] {
            assert!(check("127.0.0.1:80", &[wrong], &[]).is_err(), "{wrong}");
        }
    }
}
