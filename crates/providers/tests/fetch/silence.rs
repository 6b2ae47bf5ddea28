//! What may be secret in an address stands in no error and no log.

use crate::log;
use crate::server::{Answer, Names, PNG, Server, chunked, fetcher, send_on, whole};
use story::images::Fetcher;

const SECRET: &str = "tok_0123456789abcdef";

#[tokio::test]
async fn nothing_of_a_path_or_a_query_is_told() {
    log::keep();
    let mut sentences = String::new();
    let names = Names::new(&[("inner.example", &[&["10.0.0.1"]])]);
    for answer in [
        whole("404 Not Found", "", SECRET.as_bytes()),
        whole("500 Oh", &format!("x-{SECRET}: 1\r\n"), SECRET.as_bytes()),
        whole("200 OK", "", SECRET.as_bytes()),
        chunked(&[PNG], false),
        Answer::Say(Vec::new()),
        Answer::Say(SECRET.into()),
        send_on(302, format!("http://127.0.0.2/{SECRET}?{SECRET}")),
        send_on(302, format!("http://{SECRET}:{SECRET}@pictures.example/{SECRET}")),
        send_on(302, format!("{SECRET}://x/")),
        send_on(302, format!("http://unknown.example/{SECRET}")),
        send_on(302, format!("?{SECRET}")),
    ] {
        let path = format!("/{SECRET}");
        let own = Server::start("127.0.0.1:0", [(path.as_str(), answer)]).await;
        let fetched = fetcher(Some(&own), &names).fetch(&own.url(&format!("{path}?{SECRET}"))).await;
        sentences.push_str(&format!("{:?}\n", fetched.unwrap_err()));
        assert!(own.requests().iter().all(|request| request.contains(SECRET)), "it is sent");
    }
    for address in [
        format!("http://inner.example/{SECRET}?{SECRET}"),
        format!("http://unknown.example/{SECRET}?{SECRET}"),
        format!("http://{SECRET}:{SECRET}@pictures.example/"),
        format!("{SECRET}:x"),
        format!("http://pictures.example:{SECRET}/"),
    ] {
        sentences.push_str(&format!("{:?}\n", fetcher(None, &names).fetch(&address).await.unwrap_err()));
    }
    let log = log::kept();
    assert!(log.contains("a name is not known") && log.contains("a call failed"), "something was logged: {log}");
    assert!(!log.contains(SECRET) && !sentences.contains(SECRET), "{log}{sentences}");
}
