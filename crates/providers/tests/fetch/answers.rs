//! What servers answer.

use crate::server::{Answer, Names, PNG, Server, chunked, fetcher, said, send_on, settings, whole};
use providers::{WebFetcher, WebSettings};
use std::time::Duration;
use story::images::Fetcher;
use story::maker::{Busy, MakerError};

async fn asked(answer: Answer) -> (Result<Vec<u8>, MakerError>, Server) {
    let own = Server::start("127.0.0.1:0", [("/a.png", answer)]).await;
    let fetched = fetcher(Some(&own), &Names::new(&[])).fetch(&own.url("/a.png?token=secret")).await;
    (fetched.map(|bytes| bytes.to_vec()), own)
}

fn jpeg(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    bytes[..3].copy_from_slice(b"\xff\xd8\xff");
    bytes
}

#[tokio::test]
async fn a_picture_is_what_its_bytes_are_whatever_it_is_called() {
    for (answer, bytes) in [
        (whole("200 OK", "content-type: image/png\r\n", PNG), PNG.to_vec()),
        (whole("200 OK", "content-type: text/html\r\n", PNG), PNG.to_vec()),
        (whole("203 Other", "", b"GIF89a and so on"), b"GIF89a and so on".to_vec()),
        (whole("200 OK", "", &jpeg(3_000_000)), jpeg(3_000_000)),
        (chunked(&[&PNG[..3], &PNG[3..]], true), PNG.to_vec()),
    ] {
        let (fetched, own) = asked(answer).await;
        assert_eq!(fetched, Ok(bytes));
        let request = own.requests().concat().to_ascii_lowercase();
        assert!(request.starts_with("get /a.png?token=secret http/1.1\r\n"), "{request}");
        assert!(request.contains("user-agent: onetake/"), "{request}");
        for absent in ["cookie", "referer", "authorization", "gzip"] {
            assert!(!request.contains(absent), "{request}");
        }
    }
}

#[tokio::test]
async fn what_is_no_picture_is_told_by_what_it_is() {
    for (body, is) in [
        (&b"<!doctype html><title>Log in"[..], "an HTML page"),
        (b"<svg onload='alert(1)'/>", "an SVG drawing"),
        (b"\0\0\0\x20ftypisom", "a video"),
        (b"\x1f\x8b\x08\0bomb", "a packed file"),
        (b"root:x:0:0:root:/root", "text"),
        (b"", "empty"),
    ] {
        for headers in ["content-type: image/png\r\n", "content-type: image/png\r\ncontent-encoding: gzip\r\n"] {
            let (fetched, _) = asked(whole("200 OK", headers, body)).await;
            let sentence = format!("what lies at 127.0.0.1 is no picture: it is {is}; give a PNG, JPEG, WebP or GIF");
            assert_eq!(fetched, Err(MakerError::Refused(sentence)));
        }
    }
}

#[tokio::test]
async fn what_is_no_picture_is_not_waited_for() {
    // A video without end: its begin is enough.
    let mut video = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n\0\0\0\x20ftypisom".to_vec();
    video.resize(video.len() + 2_000, 0);
    let (fetched, _) = asked(Answer::Stall(video)).await;
    assert!(matches!(fetched, Err(MakerError::Refused(sentence)) if sentence.contains("it is a video")));
}

#[tokio::test]
async fn an_answer_that_is_no_picture_says_whether_it_may_be_one_later() {
    for (status, headers, meant) in [
        ("404 Not Found", "", MakerError::Refused("nothing lies at that address; look whether it is right".into())),
        ("410 Gone", "", MakerError::Refused("nothing lies at that address; look whether it is right".into())),
        (
            "403 Forbidden",
            "",
            MakerError::Refused("it does not give that to everybody; give an address that needs no login".into()),
        ),
        (
            "401 Unauthorized",
            "",
            MakerError::Refused("it does not give that to everybody; give an address that needs no login".into()),
        ),
        (
            "418 I'm a teapot",
            "",
            MakerError::Refused("that brings no picture; look whether the address is right".into()),
        ),
        ("204 No Content", "", MakerError::Refused("that brings no picture; look whether the address is right".into())),
        (
            "206 Partial Content",
            "",
            MakerError::Refused("that brings no picture; look whether the address is right".into()),
        ),
        (
            "302 Found",
            "",
            MakerError::Refused(
                "it sends on, and does not say where; give the address where the picture itself lies".into(),
            ),
        ),
        ("500 Oh", "", MakerError::Broken("it does not work just now".into())),
        ("503 Later", "retry-after: 7\r\n", MakerError::Broken("it does not work just now".into())),
        ("408 Slow", "", MakerError::Broken("it does not work just now".into())),
        ("429 Slower", "retry-after: 7\r\n", MakerError::Busy(Busy { retry_after_ms: Some(7_000), ..Busy::default() })),
        ("429 Slower", "", MakerError::Busy(Busy::default())),
    ] {
        let (fetched, own) = asked(whole(status, headers, if status.starts_with("204") { b"" } else { PNG })).await;
        let code = &status[..3];
        let expected = match meant {
            MakerError::Refused(why) => MakerError::Refused(format!("127.0.0.1 answered {code}: {why}")),
            MakerError::Broken(why) => MakerError::Broken(format!("127.0.0.1 answered {code}: {why}")),
            other => other,
        };
        assert_eq!(fetched, Err(expected), "{status}");
        assert_eq!(own.came(), 1, "{status}: it is the caller who asks again");
    }
}

#[tokio::test]
async fn what_is_cut_short_may_be_whole_another_time() {
    let cut = "127.0.0.1 did not send all of it: the connection was closed";
    let endless = "127.0.0.1 does not say how long its answer is, so that a whole one looks like a cut one";
    for (answer, sentence) in [
        (said("200 OK", "", PNG.len() + 1, PNG), cut),
        (chunked(&[PNG], false), cut),
        (Answer::Say([&b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"[..], PNG].concat()), endless),
        (Answer::Say(Vec::new()), "127.0.0.1 cannot be reached: the connection was closed"),
        (Answer::Say(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()), "127.0.0.1 cannot be reached: the connection was closed"),
    ] {
        let (fetched, _) = asked(answer).await;
        assert_eq!(fetched, Err(MakerError::Broken(sentence.into())));
    }
    let names = Names::new(&[]);
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = WebSettings { own_test_server: Some(gone), ..settings(None, &names) };
    let fetched = WebFetcher::new(settings).fetch(&format!("http://{gone}/")).await;
    assert_eq!(fetched, Err(MakerError::Broken("127.0.0.1 cannot be reached: nobody listens there".into())));
}

#[tokio::test]
async fn what_is_too_large_is_refused_whatever_it_says_of_its_size() {
    let limited =
        |own: &Server| WebFetcher::new(WebSettings { most_bytes: 2_000_000, ..settings(Some(own), &Names::new(&[])) });
    let too_large = MakerError::Refused("what lies at 127.0.0.1 is larger than 2 MB; give a smaller picture".into());
    let mut endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1e8480\r\n".to_vec();
    endless.extend(jpeg(2_000_000));
    endless.extend(b"\r\n1\r\n0");
    for (answer, is_taken) in [
        (whole("200 OK", "", &jpeg(2_000_000)), true),
        (whole("200 OK", "", &jpeg(2_000_001)), false),
        // Said to be large: nothing of it is waited for.
        (Answer::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec()), false),
        // Says nothing of its size, and has no end.
        (Answer::Stall(endless), false),
    ] {
        let own = Server::start("127.0.0.1:0", [("/a.png", answer)]).await;
        let fetched = limited(&own).fetch(&own.url("/a.png")).await;
        let expected = if is_taken { Ok(2_000_000) } else { Err(too_large.clone()) };
        assert_eq!(fetched.map(|bytes| bytes.len()), expected);
    }
}

#[tokio::test]
async fn a_server_has_so_much_time_and_no_more() {
    let begin = [&b"HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n"[..], PNG].concat();
    for answer in [Answer::Drip(begin.clone()), Answer::Stall(begin), Answer::Stall(Vec::new())] {
        let own = Server::start("127.0.0.1:0", [("/a.png", answer), ("/on", send_on(302, "/a.png"))]).await;
        let settings = WebSettings { whole: Duration::from_millis(300), ..settings(Some(&own), &Names::new(&[])) };
        let fetched = WebFetcher::new(settings).fetch(&own.url("/on?token=secret")).await;
        assert_eq!(fetched, Err(MakerError::Broken("127.0.0.1 took longer than 0.3 s".into())));
    }
}

#[tokio::test]
async fn a_redirect_is_followed_five_times() {
    let hops = |on: usize| {
        let answers = (0..on).map(move |hop| (format!("/{hop}"), send_on(302, format!("/{}", hop + 1))));
        answers.chain([(format!("/{on}"), whole("200 OK", "", PNG))]).collect::<Vec<_>>()
    };
    for (on, is_followed) in [(1, true), (5, true), (6, false)] {
        let answers = hops(on);
        let own =
            Server::start("127.0.0.1:0", answers.iter().map(|(path, answer)| (path.as_str(), answer.clone()))).await;
        let fetched = fetcher(Some(&own), &Names::new(&[])).fetch(&own.url("/0")).await;
        assert_eq!(fetched.is_ok(), is_followed, "{on}");
        assert_eq!(own.came(), (on + 1).min(6), "{on}");
    }
    let own = Server::start("127.0.0.1:0", [("/round", send_on(307, "/round?token=secret"))]).await;
    let fetched = fetcher(Some(&own), &Names::new(&[])).fetch(&own.url("/round")).await;
    let sentence = "127.0.0.1 sends on, and that for the sixth time; give the address where the picture itself lies";
    assert_eq!((fetched, own.came()), (Err(MakerError::Refused(sentence.into())), 6));
}

#[tokio::test]
async fn a_redirect_may_be_written_in_every_way_and_carries_nothing_along() {
    for location in ["/b.png?x=1#y", "b.png", "./z/../b.png", "?", "//127.0.0.1:PORT/b.png", "HTTP://127.1:PORT/b.png"]
    {
        for status in [301, 302, 303, 307, 308] {
            // The port is known before the server is there.
            let at = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
            let location = location.replace("PORT", &at.port().to_string());
            let headers = format!("location: {location}\r\nset-cookie: a=b\r\n");
            let sends = whole(&format!("{status} On"), &headers, b"");
            let answers =
                [("/x/a.png", sends), ("/b.png", whole("200 OK", "", PNG)), ("/x/b.png", whole("200 OK", "", PNG))];
            let own = Server::start(&at.to_string(), answers).await;
            let fetched = fetcher(Some(&own), &Names::new(&[])).fetch(&own.url("/x/a.png?token=secret")).await;
            if location == "?" {
                assert!(matches!(fetched, Err(MakerError::Refused(_))), "round and round");
                continue;
            }
            assert_eq!(fetched.as_deref(), Ok(PNG), "{status} {location}");
            let second = own.requests()[1].to_ascii_lowercase();
            assert!(second.starts_with("get /"), "{second}");
            for absent in ["secret", "referer", "cookie", "#y"] {
                assert!(!second.contains(absent), "{second}");
            }
        }
    }
}
