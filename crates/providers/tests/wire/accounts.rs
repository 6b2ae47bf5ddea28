//! What ElevenLabs is asked about an account: free questions, asked a few times if need be.

use crate::server::Meaning::{Broken, Busy, Refused, Spent};
use crate::server::{Server, Step, listen, meaning, patience, whole};
use story::script::VoiceSettings;
use story::speech::{Balance, Books, HistoryQuery, Voice};
use story::{Speech, Timestamp};
use tokio::task::JoinSet;

fn ok(json: &str) -> Vec<Step> {
    vec![whole("200 OK", "content-type: application/json\r\n", json)]
}

fn status(status: &str, json: &str) -> Vec<Step> {
    vec![whole(status, "", json)]
}

fn lines(server: &Server) -> Vec<String> {
    server.heard().iter().map(|heard| heard.lines().next().unwrap_or_default().replace(" HTTP/1.1", "")).collect()
}

const PLAN: &str =
    r#"{"tier":"creator","character_count":1000,"character_limit":10000,"max_credit_limit_extension":"unlimited"}"#;

#[tokio::test]
async fn a_free_question_is_asked_again_and_a_hopeless_one_is_not() {
    let busy = || status("429 Too Many Requests", "{}");
    let server = Server::start(vec![status("503 Out", "<html>"), busy(), ok(PLAN)]).await;
    let balance = server.elevenlabs().balance().await;
    assert_eq!(
        balance,
        Ok(Some(Balance { used: 1_000, limit: 10_000, tier: "creator".to_owned(), period_began: None }))
    );
    assert_eq!(lines(&server), ["GET /v1/user/subscription"; 3]);
    let rows = [
        (busy(), Busy, 3),
        (status("500 Oh", "{}"), Broken, 3),
        (vec![], Broken, 3),
        (ok("{"), Broken, 1),
        (ok("<html>"), Broken, 1),
        (status("401 No", "{}"), Spent, 1),
        (status("422 No", "{}"), Refused, 1),
        (vec![Step::Hang], Broken, 1),
    ];
    let mut checks = JoinSet::new();
    for (answer, expected, calls) in rows {
        checks.spawn(async move {
            let timeouts = patience(&answer);
            let server = Server::start(vec![answer]).await;
            let error = server.elevenlabs_within(timeouts).balance().await.err().unwrap();
            assert_eq!((meaning(&error), server.heard().len()), (expected, calls), "{error}");
        });
    }
    checks.join_all().await;
}

#[tokio::test]
async fn a_balance_that_the_key_may_not_read_is_none() {
    let denied = r#"{"detail":{"status":"missing_permissions","message":"The API key misses user_read"}}"#;
    let server = Server::start(vec![status("401 No", denied)]).await;
    assert_eq!(server.elevenlabs().balance().await, Ok(None));
}

#[tokio::test]
async fn a_voice_has_all_its_settings_wherever_they_are_told() {
    let all = |stability: f64, speed: f64| VoiceSettings {
        stability: Some(stability),
        similarity_boost: Some(0.75),
        style: Some(0.0),
        use_speaker_boost: Some(true),
        speed: Some(speed),
    };
    let bare = r#"{"voice_id":"v","name":"Vera","settings":null,"labels":{}}"#;
    let some = r#"{"voice_id":"v","name":"Vera","settings":{"stability":0.3,"x":1}}"#;
    let full = r#"{"voice_id":"v","name":"Vera","settings":{"stability":0.3,"similarity_boost":0.75,"style":0.0,"use_speaker_boost":true,"speed":0.9}}"#;
    let own = r#"{"stability":0.9,"speed":1.1,"style":null}"#;
    let gone = || status("404 Not Found", r#"{"detail":{"status":"voice_not_found"}}"#);
    for (answers, expected, calls) in [
        (vec![ok(full)], all(0.3, 0.9), 1),
        (vec![ok(bare), ok(own)], all(0.9, 1.1), 2),
        (vec![ok(some), ok(own)], all(0.3, 1.1), 2),
        (vec![ok(bare), gone()], all(0.5, 1.0), 2),
    ] {
        let server = Server::start(answers).await;
        let voice = server.elevenlabs().voice("a/b").await.unwrap().unwrap();
        assert_eq!(voice, Voice { id: "v".to_owned(), name: "Vera".to_owned(), settings: expected });
        assert_eq!(lines(&server), ["GET /v1/voices/a%2Fb", "GET /v1/voices/a%2Fb/settings"][..calls]);
    }
    for absent in [gone(), status("400 Bad Request", r#"{"detail":{"status":"voice_not_found"}}"#)] {
        assert_eq!(Server::start(vec![absent]).await.elevenlabs().voice("x").await, Ok(None));
    }
    for (answer, expected) in [
        (status("400 Bad Request", "{}"), Refused),
        (status("401 No", r#"{"detail":{"status":"missing_permissions","message":"voices_read"}}"#), Spent),
    ] {
        let error = Server::start(vec![answer]).await.elevenlabs().voice("x").await.err().unwrap();
        assert_eq!(meaning(&error), expected, "{error}");
    }
}

#[tokio::test]
async fn the_history_is_asked_in_whole_seconds_and_read_page_by_page() {
    let page = r#"{"history":[
        {"history_item_id":"h2","request_id":"r2","voice_id":"v","model_id":"m","text":"Hi","date_unix":1700000001,
         "character_count_change_from":10,"character_count_change_to":12,"content_type":"audio/mpeg","state":"created",
         "settings":{"stability":0.5,"extra":[]},"output_format":"mp3_44100_128",
         "alignments":{"alignment":{"characters":["H","i"],"character_start_times_seconds":[0,0.1],"character_end_times_seconds":[0.1,0.2]},"normalized_alignment":null}},
        {"history_item_id":"h1","text":null,"date_unix":1700000000,"character_count_change_from":0,"character_count_change_to":10,"alignments":null,"source":"STS"}
        ],"last_history_item_id":"h1","has_more":true,"scanned_until":1}"#;
    let server =
        Server::start(vec![ok(page), ok(page), ok(r#"{"history":[],"last_history_item_id":null,"has_more":false}"#)])
            .await;
    let speech = server.elevenlabs();
    let since = Some(Timestamp(1_700_000_000_999));
    let query =
        HistoryQuery { since, until: Some(Timestamp(1_700_000_060_001)), voice: Some("a&b".to_owned()), after: None };
    let first = speech.history(&query).await.unwrap();
    assert_eq!(first.next.as_deref(), Some("h1"));
    let [found, bare] = &first.items[..] else { panic!("{first:?}") };
    assert_eq!((found.id.as_str(), found.request_id.as_deref(), found.characters), ("h2", Some("r2"), 2));
    assert_eq!((found.at, found.text.as_str()), (Timestamp(1_700_000_001_000), "Hi"));
    assert_eq!(found.settings.as_ref().and_then(|settings| settings.stability), Some(0.5));
    assert_eq!(found.alignment.as_ref().map(|times| times.characters.concat()), Some("Hi".to_owned()));
    assert_eq!((bare.text.as_str(), bare.characters, bare.alignment.is_none()), ("", 10, true));
    let again = HistoryQuery { after: first.next, ..HistoryQuery::default() };
    assert_eq!(speech.history(&again).await.unwrap().next, None, "a page that leads to itself is the last");
    assert_eq!(speech.history(&HistoryQuery::default()).await.unwrap().items.len(), 0);
    assert_eq!(
        lines(&server),
        [
            "GET /v1/history?page_size=100&date_after_unix=1700000000&date_before_unix=1700000061&voice_id=a%26b",
            "GET /v1/history?page_size=100&start_after_history_item_id=h1",
            "GET /v1/history?page_size=100",
        ]
    );
}

#[tokio::test]
async fn the_sound_of_an_item_is_free_and_whole_or_not_at_all() {
    let sound = |body: &str| vec![whole("200 OK", "content-type: audio/mpeg\r\n", body)];
    let server = Server::start(vec![status("503 Out", ""), sound("abc")]).await;
    let told = listen(server.elevenlabs().sound("h/1").await).await.unwrap();
    assert_eq!((told.sound, told.receipt.item.as_deref(), told.receipt.characters), (b"abc".to_vec(), Some("h/1"), 0));
    assert_eq!(lines(&server), ["GET /v1/history/h%2F1/audio"; 2]);
    for (answer, expected) in [
        (sound(""), Broken),
        (ok("{}"), Broken),
        (vec![crate::server::say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")], Broken),
        (vec![crate::server::say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"), Step::Hang], Broken),
        (status("404 Not Found", r#"{"detail":{"status":"history_item_not_found"}}"#), Refused),
    ] {
        let timeouts = patience(&answer);
        let server = Server::start(vec![answer]).await;
        let error = listen(server.elevenlabs_within(timeouts).sound("h1").await).await.err().unwrap();
        assert_eq!(meaning(&error), expected, "{error}");
    }
    let error = Server::start(vec![vec![]]).await.elevenlabs().sound("..").await.err().unwrap();
    assert_eq!(meaning(&error), Refused);
}
