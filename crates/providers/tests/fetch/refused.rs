//! Addresses that are never asked.

use crate::server::{Names, PNG, Server, fetcher, send_on, whole};
use providers::WebFetcher;
use story::images::Fetcher;
use story::maker::MakerError;

const PUBLIC: &str = "give an address on the public internet";
const HOW: &str = "write it as https://host/path";
const HOLDS: &str = "the address holds white space, a control character or a backslash; write them as %20 and the like";
const USER: &str = "the address holds a user's name or password before @; take it out";

fn belongs(address: &str, whose: &str) -> String {
    format!("{address} belongs to {whose}; {PUBLIC}")
}

/// Addresses that are refused by their looks, each with its sentence. `PORT` is the port of a listener on every address of this
/// machine.
fn by_looks() -> Vec<(&'static str, String)> {
    let machine = |address| belongs(address, "the machine itself");
    let private = |address| belongs(address, "a private network");
    let metadata = |address| belongs(address, "a cloud's metadata service");
    let tunnel = |address| belongs(address, "a tunnel");
    let port =
        |port| format!("port {port} is no port of a web server; leave it out, or use 80, 443 or one from 1024 on");
    let inner = |inner| format!("names that end in .{inner} are no public ones; {PUBLIC}");
    let scheme = |scheme| format!("{scheme}: is not fetched; give an address that begins with https://");
    let unread = || format!("the address cannot be read: its host or port is wrong; {HOW}");
    let nobody = || format!("the address names no host; {HOW}");
    let bare = || format!("the address has no https:// before it; {HOW}");
    let cannot_be = || "the address names a host that cannot be: a part of its name is empty or too long".to_owned();
    vec![
        // This machine, in every spelling.
        ("http://127.0.0.1:PORT/a.png", machine("127.0.0.1")),
        ("http://127.1:PORT/a.png", machine("127.0.0.1")),
        ("http://2130706433:PORT/a.png", machine("127.0.0.1")),
        ("http://017700000001:PORT/a.png", machine("127.0.0.1")),
        ("http://0177.0.0.01:PORT/a.png", machine("127.0.0.1")),
        ("http://0x7f000001:PORT/a.png", machine("127.0.0.1")),
        ("http://0x7f.0.0x0.1:PORT/a.png", machine("127.0.0.1")),
        ("http://127.0.0.1.:PORT/a.png", machine("127.0.0.1")),
        ("http://%31%32%37.0.0.1:PORT/a.png", machine("127.0.0.1")),
        ("http://①②⑦.⓪.⓪.①:PORT/a.png", machine("127.0.0.1")),
        ("http://127。0。0。1:PORT/a.png", machine("127.0.0.1")),
        ("http://127.9.8.7:PORT/a.png", machine("127.9.8.7")),
        ("http://0.0.0.0:PORT/a.png", machine("0.0.0.0")),
        ("http://0:PORT/a.png", machine("0.0.0.0")),
        ("http://0.1.2.3/a.png", machine("0.1.2.3")),
        ("http://[::1]:PORT/a.png", machine("::1")),
        ("http://[0:0:0:0:0:0:0:1]:PORT/a.png", machine("::1")),
        ("http://[::]:PORT/a.png", machine("::")),
        ("http://[::ffff:127.0.0.1]:PORT/a.png", machine("::ffff:127.0.0.1")),
        ("http://[::ffff:7f00:1]:PORT/a.png", machine("::ffff:127.0.0.1")),
        ("http://[64:ff9b::127.0.0.1]:PORT/a.png", machine("64:ff9b::7f00:1")),
        ("http://[::127.0.0.1]:PORT/a.png", tunnel("::7f00:1")),
        ("http://localhost:PORT/a.png", inner("localhost")),
        ("http://LOCALHOST.:PORT/a.png", inner("localhost")),
        ("http://a.b.localhost:PORT/a.png", inner("localhost")),
        ("http://ⓛocalhost:PORT/a.png", inner("localhost")),
        ("http://loc\u{ad}alhost:PORT/a.png", inner("localhost")),
        ("HTTP://LocalHost:PORT/a.png", inner("localhost")),
        // Metadata services.
        ("http://169.254.169.254/latest/meta-data/", metadata("169.254.169.254")),
        ("http://2852039166/latest/meta-data/", metadata("169.254.169.254")),
        ("http://0xa9.0376.43518/latest/", metadata("169.254.169.254")),
        ("http://[::ffff:a9fe:a9fe]/latest/", metadata("::ffff:169.254.169.254")),
        ("http://[fd00:ec2::254]/latest/", metadata("fd00:ec2::254")),
        ("http://168.63.129.16/machine", metadata("168.63.129.16")),
        ("http://100.100.100.200/latest/", metadata("100.100.100.200")),
        (
            "http://metadata.google.internal/computeMetadata/v1/",
            format!("metadata.google.internal is a cloud's metadata service; {PUBLIC}"),
        ),
        (
            "http://metadata.google.internal./",
            format!("metadata.google.internal is a cloud's metadata service; {PUBLIC}"),
        ),
        ("http://Metadata.Goog/", format!("metadata.goog is a cloud's metadata service; {PUBLIC}")),
        ("http://169.254.170.2/v2/credentials", belongs("169.254.170.2", "the nearest network only")),
        // Private networks, and what is set apart.
        ("http://10.0.0.1/a.png", private("10.0.0.1")),
        ("http://172.16.0.1/a.png", private("172.16.0.1")),
        ("http://172.31.255.254/a.png", private("172.31.255.254")),
        ("https://192.168.1.1/a.png", private("192.168.1.1")),
        ("http://100.64.0.1/a.png", belongs("100.64.0.1", "a provider's inner network")),
        ("http://192.0.2.1/a.png", belongs("192.0.2.1", "documentation only")),
        ("http://198.18.0.1/a.png", belongs("198.18.0.1", "measurements only")),
        ("http://224.0.0.1/a.png", belongs("224.0.0.1", "many machines at once")),
        ("http://240.0.0.1/a.png", belongs("240.0.0.1", "nobody: it is reserved")),
        ("http://255.255.255.255/a.png", belongs("255.255.255.255", "many machines at once")),
        ("http://[fe80::1]/a.png", belongs("fe80::1", "the nearest network only")),
        ("http://[fc00::1]/a.png", private("fc00::1")),
        ("http://[fec0::1]/a.png", private("fec0::1")),
        ("http://[ff02::1]/a.png", belongs("ff02::1", "many machines at once")),
        ("http://[2001:db8::1]/a.png", belongs("2001:db8::1", "documentation only")),
        ("http://[2002:7f00:1::]/a.png", tunnel("2002:7f00:1::")),
        ("http://[2001:0:7f00:1::]/a.png", tunnel("2001:0:7f00:1::")),
        ("http://[64:ff9b::a00:1]/a.png", private("64:ff9b::a00:1")),
        ("http://printer.local/a.png", inner("local")),
        ("http://db.corp/a.png", inner("corp")),
        ("http://nas.home.arpa/a.png", inner("home.arpa")),
        ("http://ip-10-0-0-1.ec2.internal/a.png", inner("internal")),
        ("http://redis:6379/a.png", format!("redis is no public name: it has no dot; {PUBLIC}")),
        // Users' names, ports, and other schemes.
        ("http://user:secret@pictures.example/a.png", USER.into()),
        ("http://pictures.example@127.0.0.1:PORT/a.png", USER.into()),
        ("http://@pictures.example/a.png", USER.into()),
        ("http://127.0.0.1:PORT\\@pictures.example/a.png", HOLDS.into()),
        ("http://pictures.example:22/a.png", port("22")),
        ("http://pictures.example:25/a.png", port("25")),
        ("http://pictures.example:0/a.png", port("0")),
        ("http://pictures.example:1023/a.png", port("1023")),
        ("http://pictures.example:6667/a.png", port("6667")),
        ("http://pictures.example:65536/a.png", unread()),
        ("file:///etc/passwd", scheme("file")),
        ("FILE:///etc/passwd", scheme("file")),
        ("ftp://pictures.example/a.png", scheme("ftp")),
        ("gopher://127.0.0.1:PORT/_GET", scheme("gopher")),
        ("data:image/png;base64,iVBORw0KGgo=", scheme("data")),
        ("javascript:alert(1)", scheme("javascript")),
        // What cannot be read.
        ("", bare()),
        ("a.png", bare()),
        ("//127.0.0.1:PORT/a.png", bare()),
        ("../../etc/passwd", bare()),
        ("http:127.0.0.1:PORT/a.png", format!("the address has no // after http:; {HOW}")),
        ("http:/127.0.0.1:PORT/a.png", format!("the address has no // after http:; {HOW}")),
        ("http://", nobody()),
        ("http:///127.0.0.1:PORT/a.png", nobody()),
        ("http://:80/a.png", nobody()),
        ("http://?a", nobody()),
        ("http://.:PORT/a.png", cannot_be()),
        ("http://pictures.example../a.png", cannot_be()),
        ("http://pictures..example/a.png", cannot_be()),
        ("http://1.2.3.4.5/a.png", unread()),
        ("http://256.0.0.1/a.png", unread()),
        ("http://[::1/a.png", unread()),
        ("http://[fe80::1%25eth0]/a.png", unread()),
        ("http://pic%2ftures.example/a.png", unread()),
        (
            "http://pict{ures}.example/a.png",
            "the address names a host that cannot be: its name holds a character that no name has".into(),
        ),
        ("http://\u{202e}gnp.example/a.png", unread()),
        ("ht\ntp://127.0.0.1:PORT/a.png", HOLDS.into()),
        (" http://127.0.0.1:PORT/a.png", HOLDS.into()),
        ("http://pictures.example/a\r\nHost: 127.0.0.1", HOLDS.into()),
        ("http://pictures.example/\0", HOLDS.into()),
    ]
}

/// Listens on every address of this machine, of both versions.
async fn everywhere() -> Server {
    let answers = || [("/a.png", whole("200 OK", "", PNG))];
    match tokio::net::TcpListener::bind("[::]:0").await {
        Ok(_) => Server::start("[::]:0", answers()).await,
        // A machine without version 6.
        Err(_) => Server::start("0.0.0.0:0", answers()).await,
    }
}

#[tokio::test]
async fn what_is_refused_by_its_looks_says_why_and_opens_no_socket() {
    let (server, names) = (everywhere().await, Names::new(&[]));
    let fetcher = fetcher(None, &names);
    let rows = by_looks();
    assert!(rows.len() >= 40);
    for (address, sentence) in rows {
        let address = address.replace("PORT", &server.at.port().to_string());
        assert_eq!(fetcher.check(&address), Err(sentence.clone()), "{address:?}");
        assert_eq!(fetcher.fetch(&address).await, Err(MakerError::Refused(sentence.clone())), "{address:?}");
        assert!(!sentence.contains(char::is_control) && !sentence.contains("secret"), "{sentence}");
    }
    let long = format!("https://pictures.example/{}", "a".repeat(2_048));
    let sentence = "the address is longer than 2048 characters; give a shorter one";
    assert_eq!(fetcher.check(&long), Err(sentence.into()));
    let label = format!("https://{}.example/", "a".repeat(64));
    assert!(fetcher.check(&label).unwrap_err().ends_with("a part of its name is empty or too long"));
    assert_eq!((server.came(), names.asked().len()), (0, 0), "a socket was opened, or a name asked for");
    // The listener would have noticed.
    let own = Server { at: ([127, 0, 0, 1], server.at.port()).into(), ..server };
    let fetched = crate::server::fetcher(Some(&own), &names).fetch(&own.url("/a.png")).await;
    assert_eq!((fetched.as_deref(), own.came()), (Ok(PNG), 1));
}

#[test]
fn what_looks_well_is_not_refused() {
    let fetcher = WebFetcher::default();
    for address in [
        "https://pictures.example/a.png",
        "HTTPS://Pictures.Example./a.png?token=x#top",
        "http://pictures.example:8080/",
        "http://pictures.example:80/",
        "https://bücher.example/ä.png",
        "https://xn--bcher-kva.example",
        "https://例え.テスト/絵.png",
        "https://8.8.8.8/a.png",
        "https://[2606:4700:4700::1111]/a.png",
        "https://my_bucket.s3.example.com/a%20b.png?X-Amz-Signature=0",
        "https://notlocalhost.example/",
        "https://local.example/",
        "https://10.0.0.1.nip.example/",
    ] {
        assert_eq!(fetcher.check(address), Ok(()), "{address}");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_as_the_address_itself_would_be() {
    let elsewhere = everywhere().await;
    let port = elsewhere.at.port();
    for (status, location, why) in [
        (302, "http://127.0.0.2:PORT/a.png", "127.0.0.2 belongs to the machine itself"),
        (301, "http://2130706434:PORT/a.png", "127.0.0.2 belongs to the machine itself"),
        (303, "http://[::ffff:127.0.0.2]:PORT/a.png", "::ffff:127.0.0.2 belongs to the machine itself"),
        (307, "//10.0.0.1/a.png", "10.0.0.1 belongs to a private network"),
        (308, "http://169.254.169.254/latest/", "169.254.169.254 belongs to a cloud's metadata service"),
        (302, "http://localhost:PORT/a.png", "names that end in .localhost are no public ones"),
        (302, "http://inner.example:PORT/a.png", "inner.example leads to what belongs to the machine itself"),
        (302, "http://mixed.example:PORT/a.png", "mixed.example leads to what belongs to a private network"),
        (302, "http://unknown.example/a.png", "unknown.example is not known"),
        (302, "http://user:secret@pictures.example/", "the address holds a user's name or password"),
        (302, "http://pictures.example:22/", "port 22 is no port of a web server"),
        (302, "file:///etc/passwd", "file: is not fetched"),
        (302, "FILE:/etc/passwd", "file: is not fetched"),
        (302, "data:image/png;base64,iVBORw0KGgo=", "data: is not fetched"),
        (302, "http://", "the address cannot be read"),
        (302, "http://[::1", "the address cannot be read"),
    ] {
        let location = location.replace("PORT", &port.to_string());
        let own = Server::start("127.0.0.1:0", [("/a.png", send_on(status, &location))]).await;
        let names = Names::new(&[
            ("inner.example", &[&["127.0.0.2"]]),
            ("mixed.example", &[&["8.8.8.8", "10.0.0.1"]]),
            ("pictures.example", &[&["127.0.0.2"]]),
        ]);
        let (MakerError::Refused(sentence) | MakerError::Broken(sentence)) =
            fetcher(Some(&own), &names).fetch(&own.url("/a.png?token=secret")).await.unwrap_err()
        else {
            panic!("{location}")
        };
        assert!(sentence.starts_with("127.0.0.1 sends on elsewhere: "), "{location}: {sentence}");
        assert!(sentence.contains(why), "{location}: {sentence}");
        assert!(!sentence.contains("secret"), "{sentence}");
        assert_eq!((own.came(), elsewhere.came()), (1, 0), "{location}");
    }
}
