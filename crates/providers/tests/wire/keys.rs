//! A key goes into one header: not into errors, not into the log, not to whom a server points.

use crate::log;
use crate::server::{KEY, Server, Step, asked, listen, request, whole};
use providers::{Key, OpenAiSpeech, Timeouts, openai};
use story::Speech;

#[tokio::test]
async fn a_key_stands_in_no_error_and_no_log_whatever_the_server_says() {
    log::keep();
    let echo = format!(r#"{{"detail":{{"code":"{KEY}","message":"The key {KEY} ({KEY}) is wrong."}}}}"#);
    let answers = [
        vec![whole("401 Unauthorized", "", &echo)],
        vec![whole("500 Internal Server Error", &format!("x-key: {KEY}\r\n"), &echo)],
        vec![whole("400 Bad Request", "", &format!(r#"{{"detail":"{KEY}"}}"#))],
        vec![whole("307 Temporary Redirect", &format!("location: http://127.0.0.1:1/{KEY}\r\n"), "")],
        vec![whole("200 OK", "", &echo)],
        vec![whole("200 OK", "", KEY)],
        vec![Step::Reset],
        vec![],
    ];
    let sentences = futures_util::future::join_all(answers.map(sentences)).await.concat();
    let log = log::kept();
    assert!(log.contains("refused") && sentences.contains('…'), "something was logged, and something was scrubbed");
    assert!(!log.contains(KEY) && !sentences.contains(KEY), "{log}{sentences}");
}

/// What vendors of speech, pictures and clips, and a voice, say of a server that answers so.
async fn sentences(answer: Vec<Step>) -> String {
    let mut sentences = String::new();
    let server = Server::start(vec![answer]).await;
    let elevenlabs = server.elevenlabs();
    let base_url = server.base_url.clone();
    let settings = openai::Settings { base_url, key: Key::new(KEY), ..Default::default() };
    let openai = OpenAiSpeech::open(settings).unwrap();
    for speech in [&elevenlabs as &dyn Speech, &openai] {
        let error = listen(speech.speak(&request("Hi"), asked(true).1).await).await.err();
        sentences.push_str(&format!("{error:?}\n"));
    }
    sentences.push_str(&format!("{:?}\n", elevenlabs.voice("george").await));
    for images in [crate::images::by_together, crate::images::by_gemini] {
        let images = images(&server.base_url, Timeouts::default());
        sentences.push_str(&format!("{:?}\n", crate::images::draw(&*images).await));
    }
    for clips in [crate::clips::by_omni, crate::clips::by_veo] {
        let clips = clips(&server.base_url, Timeouts::default());
        sentences.push_str(&format!("{:?}\n", crate::clips::order(&*clips).await));
    }
    assert!(server.heard().iter().all(|heard| heard.contains(KEY)), "the key is sent");
    sentences
}
