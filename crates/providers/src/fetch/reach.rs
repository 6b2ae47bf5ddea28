//! Which addresses of the internet protocol are on the public internet, by IANA's registries of special addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const MACHINE: &str = "the machine itself";
const PRIVATE: &str = "a private network";
const LINK: &str = "the nearest network only";
const METADATA: &str = "a cloud's metadata service";
const SHARED: &str = "a provider's inner network";
const MANY: &str = "many machines at once";
const WRITTEN: &str = "documentation only";
const MEASURED: &str = "measurements only";
const RESERVED: &str = "nobody: it is reserved";
const TUNNEL: &str = "a tunnel";

/// Metadata services of clouds: some stand where a private network's address would not give them away.
/// Amazon's and most others' (v4), its v6, Google's v6, Azure's second, Alibaba's, Oracle's second.
const METADATA_V4: [Ipv4Addr; 4] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// Whom an address belongs to if it is not on the public internet: the end of a sentence.
/// <https://www.iana.org/assignments/iana-ipv4-special-registry> and its sister for version 6.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => not_public_v4(address),
        IpAddr::V6(address) => not_public_v6(address),
    }
}

fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    if METADATA_V4.contains(&address) {
        return Some(METADATA);
    }
    match address.octets() {
        [0 | 127, ..] => Some(MACHINE),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some(PRIVATE),
        [100, 64..=127, ..] => Some(SHARED),
        [169, 254, ..] => Some(LINK),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Some(WRITTEN),
        [198, 18..=19, ..] => Some(MEASURED),
        [192, 88, 99, _] => Some(TUNNEL),
        [255, 255, 255, 255] | [224..=239, ..] => Some(MANY),
        [192, 0, 0, _] | [240..=255, ..] => Some(RESERVED),
        _ => None,
    }
}

fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    if METADATA_V6.contains(&address) {
        return Some(METADATA);
    }
    let embedded = || {
        let [.., high, low] = address.segments();
        Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Some(MACHINE),
        // Mapped, and NAT64's well-known prefix, by which a network without version 4 reaches it: what they lead to counts.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => not_public_v4(embedded()),
        // Compatible with version 4, long given up; a network's own NAT64; Teredo; 6to4; ISATAP.
        [0, 0, 0, 0, 0, 0, ..]
        | [0x64, 0xff9b, 1, ..]
        | [0x2001, 0, ..]
        | [0x2002, ..]
        | [.., 0 | 0x200, 0x5efe, _, _] => Some(TUNNEL),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(PRIVATE),
        [0xfe80..=0xfebf, ..] => Some(LINK),
        [0xff00..=0xffff, ..] => Some(MANY),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some(WRITTEN),
        [0x2001, 2, 0, ..] => Some(MEASURED),
        // All that is handed out for the public internet begins with 2 or 3; 2001::/23 is for protocols.
        [0x2001, 0..=0x1ff, ..] => Some(RESERVED),
        [0x2000..=0x3fff, ..] => None,
        _ => Some(RESERVED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_known_to_the_last_address_of_each_block() {
        for (address, whose) in [
            ("0.0.0.0", Some(MACHINE)),
            ("0.255.255.255", Some(MACHINE)),
            ("1.0.0.0", None),
            ("9.255.255.255", None),
            ("10.0.0.0", Some(PRIVATE)),
            ("10.255.255.255", Some(PRIVATE)),
            ("11.0.0.0", None),
            ("100.63.255.255", None),
            ("100.64.0.0", Some(SHARED)),
            ("100.127.255.255", Some(SHARED)),
            ("100.128.0.0", None),
            ("100.100.100.200", Some(METADATA)),
            ("126.255.255.255", None),
            ("127.0.0.0", Some(MACHINE)),
            ("127.255.255.255", Some(MACHINE)),
            ("128.0.0.0", None),
            ("168.63.129.16", Some(METADATA)),
            ("168.63.129.17", None),
            ("169.253.255.255", None),
            ("169.254.0.0", Some(LINK)),
            ("169.254.169.254", Some(METADATA)),
            ("169.254.170.2", Some(LINK)),
            ("169.255.0.0", None),
            ("172.15.255.255", None),
            ("172.16.0.0", Some(PRIVATE)),
            ("172.31.255.255", Some(PRIVATE)),
            ("172.32.0.0", None),
            ("191.255.255.255", None),
            ("192.0.0.0", Some(RESERVED)),
            ("192.0.0.192", Some(METADATA)),
            ("192.0.1.0", None),
            ("192.0.2.255", Some(WRITTEN)),
            ("192.88.99.1", Some(TUNNEL)),
            ("192.167.255.255", None),
            ("192.168.0.0", Some(PRIVATE)),
            ("192.169.0.0", None),
            ("198.17.255.255", None),
            ("198.18.0.0", Some(MEASURED)),
            ("198.19.255.255", Some(MEASURED)),
            ("198.20.0.0", None),
            ("198.51.100.7", Some(WRITTEN)),
            ("203.0.113.7", Some(WRITTEN)),
            ("223.255.255.255", None),
            ("224.0.0.0", Some(MANY)),
            ("239.255.255.255", Some(MANY)),
            ("240.0.0.0", Some(RESERVED)),
            ("255.255.255.254", Some(RESERVED)),
            ("255.255.255.255", Some(MANY)),
            ("::", Some(MACHINE)),
            ("::1", Some(MACHINE)),
            ("::2", Some(TUNNEL)),
            ("::7f00:1", Some(TUNNEL)),
            ("::ffff:127.0.0.1", Some(MACHINE)),
            ("::ffff:169.254.169.254", Some(METADATA)),
            ("::ffff:8.8.8.8", None),
            ("::fffe:8.8.8.8", Some(RESERVED)),
            ("64:ff9b::10.0.0.1", Some(PRIVATE)),
            ("64:ff9b::8.8.8.8", None),
            ("64:ff9b:1::8.8.8.8", Some(TUNNEL)),
            ("64:ff9b:0:1::8.8.8.8", Some(RESERVED)),
            ("100::1", Some(RESERVED)),
            ("1fff:ffff::1", Some(RESERVED)),
            ("2000::1", None),
            ("2001::1", Some(TUNNEL)),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Some(TUNNEL)),
            ("2001:2::1", Some(MEASURED)),
            ("2001:1ff:ffff::1", Some(RESERVED)),
            ("2001:200::1", None),
            ("2001:db7:ffff::1", None),
            ("2001:db8::1", Some(WRITTEN)),
            ("2001:db9::1", None),
            ("2002:7f00:1::", Some(TUNNEL)),
            ("2003::1", None),
            ("2606:2800:220:1:0:5efe:0a00:0001", Some(TUNNEL)),
            ("2606:2800:220:1:248:1893:25c8:1946", None),
            ("3fff:fff::1", Some(WRITTEN)),
            ("3fff:1000::1", None),
            ("4000::1", Some(RESERVED)),
            ("5f00::1", Some(RESERVED)),
            ("fbff::1", Some(RESERVED)),
            ("fc00::1", Some(PRIVATE)),
            ("fd00:ec2::254", Some(METADATA)),
            ("fd20:ce::254", Some(METADATA)),
            ("fdff:ffff::1", Some(PRIVATE)),
            ("fe00::1", Some(RESERVED)),
            ("fe80::1", Some(LINK)),
            ("febf::1", Some(LINK)),
            ("fec0::1", Some(PRIVATE)),
            ("ff02::1", Some(MANY)),
        ] {
            assert_eq!(not_public(address.parse().unwrap()), whose, "{address}");
        }
    }
}
