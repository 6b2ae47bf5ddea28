//! Names: what they lead to is judged, and what was judged is what is connected to.

use crate::server::{Names, PNG, Server, fetcher, send_on, settings, whole};
use providers::WebFetcher;
use story::images::Fetcher;
use story::maker::MakerError;

fn refused(name: &str, whose: &str) -> MakerError {
    MakerError::Refused(format!("{name} leads to what belongs to {whose}; give an address on the public internet"))
}

#[tokio::test]
async fn a_name_is_refused_for_any_one_address_that_is_not_public() {
    let server = Server::start("0.0.0.0:0", [("/a.png", whole("200 OK", "", PNG))]).await;
    for (addresses, whose) in [
        (&["127.0.0.1"][..], "the machine itself"),
        (&["8.8.8.8", "127.0.0.1"], "the machine itself"),
        (&["127.0.0.1", "8.8.8.8"], "the machine itself"),
        (&["8.8.8.8", "2606:4700:4700::1111", "::ffff:10.0.0.1"], "a private network"),
        (&["::1"], "the machine itself"),
        (&["169.254.169.254"], "a cloud's metadata service"),
        (&["fd00:ec2::254"], "a cloud's metadata service"),
        (&["100.64.0.1"], "a provider's inner network"),
        (&["0.0.0.0"], "the machine itself"),
        (&["2002:7f00:1::"], "a tunnel"),
    ] {
        let names = Names::new(&[("pictures.example", &[addresses])]);
        let fetcher = fetcher(None, &names);
        let address = format!("http://pictures.example:{}/a.png", server.at.port());
        assert_eq!(fetcher.check(&address), Ok(()), "its looks say nothing");
        assert_eq!(fetcher.fetch(&address).await, Err(refused("pictures.example", whose)), "{addresses:?}");
        assert_eq!((server.came(), names.asked().len()), (0, 1), "{addresses:?}");
    }
}

#[tokio::test]
async fn a_name_that_says_something_else_a_moment_later_is_not_asked_again() {
    let answers = [("/a.png", whole("200 OK", "", PNG)), ("/on", send_on(302, "/a.png"))];
    let own = Server::start("127.0.0.1:0", answers).await;
    // What the name leads to later: the same port of another address of this machine.
    let later = Server::start(&format!("127.0.0.2:{}", own.at.port()), [("/a.png", whole("200 OK", "", PNG))]).await;
    let names = Names::new(&[("rebinds.example", &[&["127.0.0.1"], &["127.0.0.2"]])]);
    let fetcher = fetcher(Some(&own), &names);
    let at = |path: &str| format!("http://rebinds.example:{}{path}", own.at.port());
    // One question, and the socket goes where its answer was judged.
    assert_eq!(fetcher.fetch(&at("/a.png")).await.as_deref(), Ok(PNG));
    assert_eq!((own.came(), names.asked().len()), (1, 1));
    assert!(own.requests()[0].contains(&format!("host: rebinds.example:{}\r\n", own.at.port())));
    // The next fetch asks anew, and is told.
    assert_eq!(fetcher.fetch(&at("/a.png")).await, Err(refused("rebinds.example", "the machine itself")));
    assert_eq!((own.came(), later.came(), names.asked().len()), (1, 0, 2));
}

#[tokio::test]
async fn a_redirect_within_one_name_is_judged_anew() {
    let own =
        Server::start("127.0.0.1:0", [("/on", send_on(302, "/a.png")), ("/a.png", whole("200 OK", "", PNG))]).await;
    let later = Server::start(&format!("127.0.0.2:{}", own.at.port()), [("/a.png", whole("200 OK", "", PNG))]).await;
    let names = Names::new(&[("rebinds.example", &[&["127.0.0.1"], &["127.0.0.2"]])]);
    let error = fetcher(Some(&own), &names).fetch(&format!("http://rebinds.example:{}/on", own.at.port())).await;
    let MakerError::Refused(sentence) = error.unwrap_err() else { panic!("refused") };
    assert!(
        sentence.starts_with("rebinds.example sends on elsewhere: rebinds.example leads to what belongs to"),
        "{sentence}"
    );
    assert_eq!((own.came(), later.came(), names.asked().len()), (1, 0, 2));
}

#[tokio::test]
async fn a_server_of_ones_own_is_one_address_and_one_port() {
    let own = Server::start("127.0.0.1:0", [("/a.png", whole("200 OK", "", PNG))]).await;
    let other = Server::start("127.0.0.1:0", [("/a.png", whole("200 OK", "", PNG))]).await;
    let names = Names::new(&[("pictures.example", &[&["127.0.0.1"]])]);
    let fetcher = fetcher(Some(&own), &names);
    assert!(fetcher.check(&other.url("/a.png")).unwrap_err().contains("127.0.0.1 belongs to the machine itself"));
    let address = format!("http://pictures.example:{}/a.png", other.at.port());
    assert_eq!(fetcher.fetch(&address).await, Err(refused("pictures.example", "the machine itself")));
    assert_eq!(other.came(), 0);
}

#[tokio::test]
async fn an_encrypted_connection_goes_where_its_name_was_judged_to_lead() {
    let own = Server::start("127.0.0.1:0", []).await;
    let later = Server::start(&format!("127.0.0.2:{}", own.at.port()), []).await;
    let names = Names::new(&[("pictures.example", &[&["127.0.0.1"], &["127.0.0.2"]])]);
    let error = fetcher(Some(&own), &names).fetch(&format!("https://pictures.example.:{}/", own.at.port())).await;
    assert!(matches!(error, Err(MakerError::Broken(_))), "{error:?}");
    // The first record of TLS, which names the server.
    let request = own.requests().concat();
    assert!(request.starts_with('\u{16}') && request.contains("pictures.example"), "{request:?}");
    assert_eq!((own.came(), later.came(), names.asked()), (1, 0, vec!["pictures.example".to_owned()]));
}

#[tokio::test]
async fn a_name_without_an_address_may_have_one_later() {
    let names = Names::new(&[("empty.example", &[&[]])]);
    for (name, sentence) in [
        ("empty.example", "empty.example has no address; look whether it is spelt right"),
        ("unknown.example", "unknown.example is not known; look whether it is spelt right"),
    ] {
        let fetched = WebFetcher::new(settings(None, &names)).fetch(&format!("https://{name}/")).await;
        assert_eq!(fetched, Err(MakerError::Broken(sentence.into())));
    }
}

#[tokio::test]
async fn the_systems_own_resolver_is_judged_as_well() {
    use providers::fetch::{Resolver, SystemResolver};
    // The one name that every machine knows; it is refused by its looks, so it is asked for here.
    if let Ok(found) = SystemResolver::default().resolve("localhost").await {
        assert!(found.iter().all(std::net::IpAddr::is_loopback), "{found:?}");
    }
}
