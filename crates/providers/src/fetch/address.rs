//! An address that a user gave, or a server sent on to: what can be said of it by its looks.

use super::reach::not_public;
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Longer addresses are no picture's.
const MOST_CHARACTERS: usize = 2_048;
/// Of a name in the DNS (RFC 1035, 2.3.4).
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Names that nobody on the public internet has: those set apart for it, and those that networks use for themselves.
const INNER_NAMES: [&str; 12] = [
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "onion",
    "alt",
];
/// Metadata services by name; those that end in `.internal` are among the inner names.
const METADATA_NAMES: [&str; 4] =
    ["metadata.google.internal", "metadata.azure.internal", "metadata.goog", "metadata.packet.net"];

/// Ports above 1023 that other protocols have, which could be made to believe that they are spoken to: those that browsers do not
/// ask either (<https://fetch.spec.whatwg.org/#port-blocking>).
const OTHER_PROTOCOLS: [u16; 17] =
    [1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 10080];

/// An address that may be asked, as far as its looks say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) url: Url,
    pub(super) host: Host,
    pub(super) port: u16,
}

/// Whose address it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Number(IpAddr),
    /// Lower-case ASCII, without a dot at the end.
    Name(String),
}

impl Address {
    /// Of what a user wrote. `own` may be asked though it is this machine.
    pub(super) fn read(text: &str, own: Option<SocketAddr>) -> Result<Self, String> {
        const HOW: &str = "write it as https://host/path";
        if text.chars().count() > MOST_CHARACTERS {
            return Err(format!("the address is longer than {MOST_CHARACTERS} characters; give a shorter one"));
        }
        // Parsers drop some of these without a word, and two of them may read two addresses.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err("the address holds white space, a control character or a backslash; \
                        write them as %20 and the like"
                .into());
        }
        let Some((scheme, rest)) = text.split_once(':') else {
            return Err(format!("the address has no https:// before it; {HOW}"));
        };
        known_scheme(scheme)?;
        let Some(rest) = rest.strip_prefix("//") else {
            return Err(format!("the address has no // after {}:; {HOW}", scheme.to_ascii_lowercase()));
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err("the address holds a user's name or password before @; take it out".into());
        }
        if authority.is_empty() || authority.starts_with(':') {
            return Err(format!("the address names no host; {HOW}"));
        }
        let url =
            Url::parse(text).map_err(|_| format!("the address cannot be read: its host or port is wrong; {HOW}"))?;
        Self::of(url, own)
    }

    /// Where a server sends on to: `location` is read beside the address that it was answered from.
    pub(super) fn sent_on(&self, location: &[u8], own: Option<SocketAddr>) -> Result<Self, String> {
        let location = str::from_utf8(location).ok().and_then(|location| self.url.join(location).ok());
        let url = location.ok_or("the address cannot be read")?;
        known_scheme(url.scheme())?;
        if self.url.scheme() == "https" && url.scheme() == "http" {
            return Err(
                "it is not encrypted any more, so that anybody on the way could put another picture there".into()
            );
        }
        Self::of(url, own)
    }

    fn of(mut url: Url, own: Option<SocketAddr>) -> Result<Self, String> {
        if url.as_str().len() > 4 * MOST_CHARACTERS {
            return Err("the address is too long".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address holds a user's name or password before @; take it out".into());
        }
        let named = url.host_str().unwrap_or_default();
        let host = match number(named) {
            Some(number) => Host::Number(number),
            None => Host::Name(named.strip_suffix('.').unwrap_or(named).to_owned()),
        };
        if let Host::Name(name) = &host {
            check_name(name)?;
            // A dot at the end would have certificates and servers know the name or not, each as it likes.
            url.set_host(Some(name)).map_err(|_| "the address names no host")?;
        }
        url.set_fragment(None);
        let port = url.port_or_known_default().unwrap_or_default();
        let address = Self { url, host, port };
        if let Host::Number(number) = address.host {
            address.check_number(number, own)?;
        }
        if (port < 1024 && port != 80 && port != 443) || OTHER_PROTOCOLS.contains(&port) {
            return Err(format!(
                "port {port} is no port of a web server; leave it out, or use 80, 443 or one from 1024 on"
            ));
        }
        Ok(address)
    }

    /// Whether an address of the internet protocol may be connected to for this one.
    pub(super) fn check_number(&self, number: IpAddr, own: Option<SocketAddr>) -> Result<(), String> {
        let Some(whose) = not_public(number).filter(|_| own != Some(SocketAddr::new(number, self.port))) else {
            return Ok(());
        };
        // What a name stands for in this network is nothing to tell.
        let belongs = if matches!(self.host, Host::Number(_)) { "belongs" } else { "leads to what belongs" };
        Err(format!("{self} {belongs} to {whose}; give an address on the public internet"))
    }
}

/// The host, and nothing of what may be secret.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.host {
            Host::Number(number) => write!(f, "{number}"),
            Host::Name(name) => f.write_str(name),
        }
    }
}

fn known_scheme(scheme: &str) -> Result<(), String> {
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => Ok(()),
        other if other.len() <= 20 && other.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !other.is_empty() => {
            Err(format!("{other}: is not fetched; give an address that begins with https://"))
        }
        _ => Err("the address has no https:// before it; write it as https://host/path".into()),
    }
}

/// The parser of addresses has made every number (octal, hexadecimal, one for all four) plain.
fn number(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(host) => host.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let labels: Vec<&str> = name.split('.').collect();
    if labels.iter().any(|label| label.is_empty() || label.len() > LONGEST_LABEL) || name.len() > LONGEST_NAME {
        return Err("the address names a host that cannot be: a part of its name is empty or too long".into());
    }
    // Not every character that an address may hold is one that a name may.
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
        return Err("the address names a host that cannot be: its name holds a character that no name has".into());
    }
    if METADATA_NAMES.contains(&name) {
        return Err(format!("{name} is a cloud's metadata service; give an address on the public internet"));
    }
    let is_inner =
        |inner: &&&str| name.strip_suffix(**inner).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if let Some(inner) = INNER_NAMES.iter().find(is_inner) {
        return Err(format!("names that end in .{inner} are no public ones; give an address on the public internet"));
    }
    if labels.len() == 1 {
        return Err(format!("{name} is no public name: it has no dot; give an address on the public internet"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, location: &str, leads: Result<&str, &str>) {
        let from = Address::read(from, None).unwrap();
        let found = from.sent_on(location.as_bytes(), None).map(|address| address.url.to_string());
        match (&found, leads) {
            (Ok(url), Ok(expected)) => assert_eq!(url, expected, "{location}"),
            (Err(sentence), Err(expected)) => assert!(sentence.contains(expected), "{location}: {sentence}"),
            _ => panic!("{location}: {found:?}"),
        }
    }

    #[test]
    fn what_began_encrypted_stays_so() {
        let plain = "it is not encrypted any more";
        check("https://a.example/x/y?z", "http://a.example/", Err(plain));
        check("https://a.example/x/y?z", "HTTP:\\\\b.example", Err(plain));
        check("https://a.example/x/y?z", "//b.example/c", Ok("https://b.example/c"));
        check("https://a.example/x/y?z", "", Ok("https://a.example/x/y?z"));
        check("https://a.example/x/y?z", "c#d", Ok("https://a.example/x/c"));
        check("http://a.example/x/y?z", "https://b.example.:8443", Ok("https://b.example:8443/"));
        check("http://a.example/x/y?z", "http://b.example", Ok("http://b.example/"));
    }

    #[test]
    fn an_address_to_be_sent_on_to_may_be_any_bytes() {
        let from = Address::read("https://a.example/", None).unwrap();
        assert_eq!(from.sent_on(b"/\xff", None), Err("the address cannot be read".into()));
        check("https://a.example/", "/\u{e4}", Ok("https://a.example/%C3%A4"));
        check("https://a.example/", &"a".repeat(9_000), Err("too long"));
        check("https://a.example/", "/\\127.0.0.1/", Err("127.0.0.1 belongs to the machine itself"));
    }
}
