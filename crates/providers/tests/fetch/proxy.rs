//! A proxy would resolve names for us: none is asked, whatever the environment says.

use crate::server::{Names, PNG, Server, fetcher, whole};
use std::process::Stdio;
use story::images::Fetcher;
use tokio::net::TcpListener;

/// Tells the process that it is the one with the proxy.
const IN_CHILD: &str = "ONETAKE_TEST_FETCH";

#[tokio::test]
async fn no_proxy_of_the_environment_is_asked() {
    #[expect(clippy::disallowed_methods, reason = "how this test speaks to itself in another process")]
    if std::env::var(IN_CHILD).is_ok() {
        let own = Server::start("127.0.0.1:0", [("/a.png", whole("200 OK", "", PNG))]).await;
        let names = Names::new(&[("pictures.example", &[&["127.0.0.1"]])]);
        let address = format!("http://pictures.example:{}/a.png", own.at.port());
        assert_eq!(fetcher(Some(&own), &names).fetch(&address).await.as_deref(), Ok(PNG));
        return;
    }
    // It takes in whoever comes, and never answers.
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy_url = format!("http://{}", proxy.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the environment is a process's own")]
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["proxy::no_proxy_of_the_environment_is_asked", "--exact", "--nocapture"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
        command.env(name, &proxy_url);
    }
    for name in ["NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    let fetching = command.env(IN_CHILD, "1").stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::select! {
        output = fetching => output.unwrap(),
        _ = proxy.accept() => panic!("the proxy was asked"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "the test was not found again");
}
