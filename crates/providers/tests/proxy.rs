//! A proxy that the environment names is for the internet: a server on this machine is reached without it.

use providers::{ElevenLabs, Key, elevenlabs};
use std::process::Stdio;
use story::speech::Books;
use tokio::net::TcpListener;

/// Tells the process that it is the one with the proxy: the base address.
const ASK: &str = "ONETAKE_TEST_ASK";

#[tokio::test]
async fn a_server_on_this_machine_is_reached_without_a_proxy() {
    #[expect(clippy::disallowed_methods, reason = "how this test speaks to itself in another process")]
    if let Ok(base_url) = std::env::var(ASK) {
        let settings = elevenlabs::Settings::new(Key::new("sk_double").unwrap());
        let speech = ElevenLabs::open(elevenlabs::Settings { base_url, ..settings }).unwrap();
        assert_eq!(speech.balance().await.unwrap().unwrap().tier, "creator");
        return;
    }
    let double = doubles::ElevenLabs::start(doubles::Settings::default()).await.unwrap();
    // It takes in whoever comes, and never answers.
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy_url = format!("http://{}", proxy.local_addr().unwrap());
    #[expect(clippy::disallowed_methods, reason = "the environment is a process's own")]
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command.args(["a_server_on_this_machine_is_reached_without_a_proxy", "--exact", "--nocapture"]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"] {
        command.env(name, &proxy_url);
    }
    for name in ["NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    let asking = command.env(ASK, double.base_url()).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::select! {
        output = asking => output.unwrap(),
        _ = proxy.accept() => panic!("the proxy was asked"),
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
