//! What the wire can do to a paid call: whatever happens, one request at most, and the truth about what it may have cost.

use crate::server::Meaning::{Broken, Busy, Refused, Spent, Unknown};
use crate::server::{
    KEY, Meaning, Server, Step, asked, chunk, chunked, listen, meaning, patience, request, say, short, whole,
};
use providers::{ElevenLabs, Key, Timeouts, elevenlabs};
use std::sync::atomic::Ordering;
use std::time::Duration;
use story::Speech;
use story::maker::MakerError;
use story::speech::{Heard, Piece};

const HELLO: &str = r#"{"audio_base64":"AAEC","alignment":{"characters":["H","i"],"character_start_times_seconds":[0.0,0.1],"character_end_times_seconds":[0.1,0.2]},"normalized_alignment":null}"#;
const MORE: &str = r#"{"audio_base64":"AwQ=","alignment":null}"#;

async fn check(what: &str, answer: Vec<Step>, expected: Meaning, sentence: &str) {
    let timeouts = patience(&answer);
    let server = Server::start(vec![answer]).await;
    let (count, may_begin) = asked(true);
    let error = listen(server.elevenlabs_within(timeouts).speak(&request("Hi"), may_begin).await).await.err();
    let error = error.unwrap_or_else(|| panic!("{what}: it went well"));
    assert_eq!(meaning(&error), expected, "{what}: {error}");
    assert!(error.to_string().contains(sentence), "{what}: {error}");
    assert_eq!((server.heard().len(), count.load(Ordering::SeqCst)), (1, 1), "{what}: asked once, sent once");
}

#[tokio::test]
async fn what_happens_after_the_request_has_left_may_have_been_charged() {
    let head = chunked("");
    let hello = chunk(&format!("{HELLO}\n"));
    let line = |line: &str| vec![whole("200 OK", "", &format!("{line}\n"))];
    let [closed, cut, slow] = ["the connection was closed", "answer was cut", "took too long"];
    check("closed before the answer", vec![], Unknown, closed).await;
    check("reset before the answer", vec![Step::Reset], Unknown, "").await;
    check("no first byte", vec![Step::Hang], Unknown, slow).await;
    check("no answer but noise", vec![say("SSH-2.0-OpenSSH\r\n")], Unknown, "").await;
    check("half a head", vec![say("HTTP/1.1 200 OK\r\ncontent-le")], Unknown, closed).await;
    check("half a head, then nothing", vec![say("HTTP/1.1 200 OK\r\n"), Step::Hang], Unknown, slow).await;
    check("cut in a chunk", vec![say(format!("{head}{}", &hello[..40]))], Unknown, cut).await;
    check("cut between chunks", vec![say(format!("{head}{hello}"))], Unknown, cut).await;
    check("reset between chunks", vec![say(format!("{head}{hello}")), Step::Reset], Unknown, cut).await;
    check(
        "no end known",
        vec![say(format!("HTTP/1.1 200 OK\r\n\r\n{HELLO}\n"))],
        Unknown,
        "neither a length nor chunks",
    )
    .await;
    check(
        "shorter than its length",
        vec![say(format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{HELLO}\n"))],
        Unknown,
        cut,
    )
    .await;
    check("stands still", vec![say(format!("{head}{hello}")), Step::Hang], Unknown, "stood still").await;
    let drop = vec![say(chunk("\n")), Step::Wait(Duration::from_millis(150))];
    let drops = [vec![say(head.clone())], vec![drop; 20].concat()].concat();
    check("goes on for ever", drops, Unknown, slow).await;
    check("no body", vec![whole("200 OK", "", "")], Unknown, "holds no sound").await;
    check("no content", vec![say("HTTP/1.1 204 No Content\r\n\r\n")], Unknown, "").await;
    check("blank lines only", line("\n\r\n\n"), Unknown, "holds no sound").await;
    check("times only", line(&HELLO.replace("AAEC", "")), Unknown, "holds no sound").await;
    check("a page of a hotel", line("<html>Sign in</html>"), Unknown, "cannot be read").await;
    check("a line that breaks off", line(&format!("{HELLO}\n{}", &MORE[..20])), Unknown, "cannot be read").await;
    check(
        "an error among the lines",
        line(&format!("{HELLO}\n{{\"detail\":\"x\"}}")),
        Unknown,
        "neither sound nor times",
    )
    .await;
    check("times that are missing", line(&HELLO.replace("[0.1,0.2]", "[0.1]")), Unknown, "without times").await;
    check("a line without end", line(&"a".repeat(9 << 20)), Unknown, "").await;
}

#[tokio::test]
async fn a_status_says_what_it_means() {
    let quota = r#"{"detail":{"code":"quota_exceeded","message":"You have 70 credits."}}"#;
    check("401 quota", vec![whole("401 Unauthorized", "", quota)], Spent, "You have 70 credits.\")").await;
    check("429", vec![whole("429 Too Many Requests", "retry-after: 0\r\n", "{}")], Busy, "").await;
    let own = r#"{"detail":{"code":"service_unavailable","message":"Words."}}"#;
    check("503", vec![whole("503 Service Unavailable", "retry-after: 0\r\n", own)], Broken, "out of service").await;
    check("503 of a gateway", vec![whole("503 Service Unavailable", "", "<html>")], Unknown, "while it answered").await;
    check("502", vec![whole("502 Bad Gateway", "", "<html>")], Unknown, "(502)").await;
    check("422", vec![whole("422 Unprocessable Entity", "", r#"{"detail":"x"}"#)], Refused, "").await;
    let cut = say("HTTP/1.1 401 Unauthorized\r\ncontent-length: 99\r\n\r\n{");
    check("an error that is cut", vec![cut], Spent, "ELEVENLABS_API_KEY").await;
}

#[tokio::test]
async fn a_paid_call_follows_nobody_elsewhere() {
    let elsewhere = Server::start(vec![vec![whole("200 OK", "", HELLO)]]).await;
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let head = format!("location: {}/v1/x\r\n", elsewhere.base_url);
        check(status, vec![whole(status, &head, "")], Refused, "set ELEVENLABS_BASE_URL").await;
    }
    assert_eq!(elsewhere.heard().len(), 0);
}

#[tokio::test]
async fn who_may_not_begin_sends_no_byte() {
    let server = Server::start(vec![vec![whole("200 OK", "", HELLO)]]).await;
    let (count, may_begin) = asked(false);
    let error = server.elevenlabs().speak(&request("Hi"), may_begin).await.err().map(|unspoken| unspoken.error);
    assert_eq!(error, Some(MakerError::TooLate));
    assert_eq!(count.load(Ordering::SeqCst), 1);
    server.left(1).await;
    let heard = server.heard();
    assert!(heard.len() == 1 && !heard[0].contains('{') && !heard[0].contains("Hi"), "{heard:?}");
}

#[tokio::test]
async fn whether_to_begin_is_asked_on_an_open_connection_only() {
    // Nobody listens.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    // Somebody listens and takes nobody in: its queue is full, and who comes waits.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(1).unwrap();
    let address = full.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(address)).await
    {
        queue.push(stream);
    }
    for (address, timeouts, sentence) in
        [(gone, Timeouts::default(), "nobody listens there"), (address, short(), "it took too long")]
    {
        let settings = elevenlabs::Settings {
            base_url: format!("http://{address}"),
            timeouts,
            ..elevenlabs::Settings::new(Key::new(KEY).unwrap())
        };
        let speech = ElevenLabs::open(settings).unwrap();
        let (count, may_begin) = asked(true);
        let error = speech.speak(&request("Hi"), may_begin).await.err().map(|unspoken| unspoken.error).unwrap();
        assert!(meaning(&error) == Broken && error.to_string().contains(sentence), "{error:?}");
        assert!(error.to_string().contains("ELEVENLABS_BASE_URL"), "{error}");
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn sound_and_times_arrive_wherever_the_bytes_are_cut() {
    let body = format!("\n{HELLO}\n\r\n{MORE}\n\n");
    let headers = "Request-Id: r1\r\nhistory-item-id: h1\r\ncharacter-cost: 112\r\n";
    for (size, lines) in
        [(1, body.clone()), (7, body.clone()), (usize::MAX, body.clone()), (5, body.trim_end().to_owned())]
    {
        let chunks: String =
            lines.as_bytes().chunks(11).map(|part| chunk(std::str::from_utf8(part).unwrap())).collect();
        let answer = vec![Step::Say(format!("{}{chunks}0\r\n\r\n", chunked(headers)), size)];
        let server = Server::start(vec![answer]).await;
        let told = listen(server.elevenlabs().speak(&request("Hi"), Box::new(|| true)).await).await.unwrap();
        assert_eq!((told.sound, told.alignment.characters.concat()), (vec![0, 1, 2, 3, 4], "Hi".to_owned()), "{size}");
        assert_eq!((told.alignment.starts_s, told.alignment.ends_s), (vec![0.0, 0.1], vec![0.1, 0.2]));
        let receipt = told.receipt;
        assert_eq!(
            (receipt.request_id.as_deref(), receipt.item.as_deref(), receipt.characters),
            (Some("r1"), Some("h1"), 112)
        );
    }
}

#[tokio::test]
async fn what_was_charged_is_read_from_one_header_or_the_other_or_the_text() {
    for (headers, expected) in [
        ("character-cost: 7\r\nx-character-count: 9\r\n", 7),
        ("x-character-count: 9\r\n", 9),
        ("character-cost: ?\r\n", 4),
        ("", 4),
    ] {
        let server = Server::start(vec![vec![whole("200 OK", headers, HELLO)]]).await;
        let told = listen(server.elevenlabs().speak(&request("Grüß"), Box::new(|| true)).await).await.unwrap();
        assert_eq!((told.receipt.characters, told.receipt.item), (expected, None), "{headers}");
    }
}

#[tokio::test]
async fn an_answer_is_heard_while_it_arrives_and_left_by_dropping_it() {
    let head = chunked("");
    let server = Server::start(vec![vec![say(format!("{head}{}", chunk(&format!("{HELLO}\n")))), Step::Hang]]).await;
    let mut answer = server.elevenlabs().speak(&request("Hi"), Box::new(|| true)).await.unwrap();
    assert!(
        matches!(answer.next().await, Ok(Heard::Sound(Piece { sound, alignment: Some(_), .. })) if sound[..] == [0, 1, 2])
    );
    drop(answer);
    server.left(1).await;
}

#[tokio::test]
async fn each_call_has_a_connection_of_its_own_and_says_what_it_must() {
    let keep = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{HELLO}", HELLO.len());
    let server = Server::start(vec![vec![say(keep), Step::Hang]]).await;
    let settings = elevenlabs::Settings {
        base_url: format!("{}/behind/a/gate/", server.base_url),
        ..elevenlabs::Settings::new(Key::new(&format!(" {KEY}\n")).unwrap())
    };
    let speech = ElevenLabs::open(settings).unwrap();
    assert_eq!(speech.profile().base_url, format!("{}/behind/a/gate", server.base_url));
    let mut hostile = request("Grüß \"Gott\"");
    hostile.voice = "../../v1/user?a=1#b%2e\\".to_owned();
    for request in [&hostile, &request("Hi")] {
        listen(speech.speak(request, Box::new(|| true)).await).await.unwrap();
    }
    let heard = server.heard();
    assert_eq!(heard.len(), 2);
    let (head, body) = heard[0].split_once("\r\n\r\n").unwrap();
    let path = "/behind/a/gate/v1/text-to-speech/..%2F..%2Fv1%2Fuser%3Fa=1%23b%252e%5C/stream/with-timestamps";
    assert!(head.starts_with(&format!("POST {path}?output_format=mp3_44100_128 HTTP/1.1\r\n")), "{head}");
    let length = format!("content-length: {}", body.len());
    for line in
        ["content-type: application/json", "xi-api-key: sk_0123456789abcdef", "user-agent: onetake/0.1.0", &length]
    {
        assert_eq!(head.lines().filter(|one| *one == line).count(), 1, "{line} in {head}");
    }
    assert!(!head.contains("transfer-encoding"), "{head}");
    assert!(body.contains(r#""text":"Grüß \"Gott\"""#) && !body.contains("retake"), "{body}");
}

#[tokio::test]
async fn no_voice_leads_to_another_address() {
    let server = Server::start(vec![vec![whole("200 OK", "", HELLO)]]).await;
    for voice in ["", ".", "..", "a\nb", "a\r\nx: y", "a\tb"] {
        let mut request = request("Hi");
        request.voice = voice.to_owned();
        let error = server
            .elevenlabs()
            .speak(&request, Box::new(|| panic!("it was begun")))
            .await
            .err()
            .map(|unspoken| unspoken.error)
            .unwrap();
        assert_eq!(meaning(&error), Refused);
        assert_eq!(server.elevenlabs().voice(voice).await, Ok(None));
    }
    assert_eq!(server.heard().len(), 0);
}

#[test]
fn a_setting_that_cannot_be_right_is_named() {
    let open = |base_url: &str, key: &str| {
        let base_url = base_url.to_owned();
        let key = Key::new(key).unwrap();
        ElevenLabs::open(elevenlabs::Settings { base_url, ..elevenlabs::Settings::new(key) })
    };
    for base_url in ["", "api.elevenlabs.io", "ftp://x", "http://", "https://a:b@c", "https://c?x=1", "https://c#d"] {
        let error = open(base_url, "k").err().unwrap_or_else(|| panic!("{base_url}"));
        assert!(error.starts_with("ELEVENLABS_BASE_URL"), "{base_url}: {error}");
    }
    let error = open("http://127.0.0.1:1", "a\nb").err().unwrap();
    assert!(error.starts_with("ELEVENLABS_API_KEY") && !error.contains("a\nb"), "{error}");
    assert_eq!(Key::new(" \n"), None);
    let settings = elevenlabs::Settings::new(Key::new(KEY).unwrap());
    assert!(!format!("{settings:?}").contains(KEY));
    let speech = open("http://127.0.0.1:1/", KEY).unwrap();
    assert!(!format!("{speech:?}").contains(KEY));
    let (one, other) = (speech.profile(), open("http://127.0.0.1:1/", "other").unwrap().profile());
    assert!(one.account.len() == 16 && one.account != other.account && one.base_url == "http://127.0.0.1:1");
    assert_eq!(Timeouts::default().whole, Duration::from_secs(600));
}

#[tokio::test]
async fn a_call_that_is_left_before_its_answer_closes_its_connection() {
    let server = Server::start(vec![vec![Step::Hang]]).await;
    let speech = server.elevenlabs();
    let request = request("Hi");
    let call = speech.speak(&request, Box::new(|| true));
    assert!(tokio::time::timeout(Duration::from_millis(200), call).await.is_err(), "it hangs");
    server.left(1).await;
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn a_connection_is_not_open_before_both_sides_are_sure_of_each_other() {
    let server = Server::start(vec![vec![whole("200 OK", "", HELLO)]]).await;
    let settings = elevenlabs::Settings {
        base_url: server.base_url.replace("http:", "https:"),
        timeouts: short(),
        ..elevenlabs::Settings::new(Key::new(KEY).unwrap())
    };
    // Where no certificates are installed, nothing is opened that would need them.
    match ElevenLabs::open(settings) {
        Err(sentence) => assert!(sentence.contains("ca-certificates"), "{sentence}"),
        Ok(speech) => {
            let (count, may_begin) = asked(true);
            let error = speech.speak(&request("Hi"), may_begin).await.err().map(|unspoken| unspoken.error).unwrap();
            assert_eq!((meaning(&error), count.load(Ordering::SeqCst)), (Broken, 0), "{error}");
            assert!(server.heard().iter().all(|heard| !heard.contains(KEY)));
        }
    }
}
