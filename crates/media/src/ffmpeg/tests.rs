use super::*;
use std::net::TcpListener;
use tempfile::TempDir;

/// Limits that end a test soon.
const SOON: Limits = Limits {
    answer: Duration::from_secs(20),
    end: Duration::from_secs(20),
    whole: Duration::from_secs(60),
    memory_bytes: 1 << 30,
};

/// A shell that stands for ffmpeg, and does what `script` says.
fn stand_in(script: &str, limits: Limits) -> (Ffmpeg, Arguments) {
    let ffmpeg = Ffmpeg { path: "sh".into(), version: String::new(), limits };
    (ffmpeg, Arguments { words: vec!["-c".to_owned(), script.to_owned()], folder: "/".into() })
}

fn sentence<T>(ended: Result<T, Failure>) -> String {
    match ended {
        Err(Failure::Retry(why)) => why.to_string(),
        Err(Failure::GiveUp(why)) => panic!("it may be tried again: {why}"),
        Ok(_) => panic!("it failed"),
    }
}

/// Feeds a stand-in a frame again and again, and ends it: the sentence. It leaves no process behind.
async fn fed(script: &str, limits: Limits) -> String {
    let (ffmpeg, arguments) = stand_in(script, limits);
    let mut running = ffmpeg.start(arguments).expect("a shell");
    let id = running.child.id().expect("it runs");
    while running.feed(&[0; 100_000]).await {}
    let said = sentence(running.finish().await);
    assert!(!Path::new(&format!("/proc/{id}/fd")).exists(), "{script} was left behind");
    said
}

#[tokio::test]
async fn what_takes_nothing_in_is_ended_with_a_sentence() {
    let limits = Limits { answer: Duration::from_millis(200), ..SOON };
    assert_eq!(fed("exec sleep 1000", limits).await, "ffmpeg took nothing in for 200ms and was stopped");
}

#[tokio::test]
async fn what_takes_in_a_crumb_at_a_time_is_ended_too() {
    let limits = Limits { whole: Duration::from_millis(400), ..SOON };
    let crumbs = "while head -c 1000 >/dev/null; do sleep 0.02; done";
    assert_eq!(fed(crumbs, limits).await, "ffmpeg was waited for 400ms and was stopped");
}

#[tokio::test]
async fn what_does_not_end_is_ended() {
    let limits = Limits { end: Duration::from_millis(200), ..SOON };
    for script in ["exec sleep 1000", "cat; exec sleep 1000", "exec yes complaint >&2", "sleep 5 & exec sleep 1000"] {
        let (ffmpeg, arguments) = stand_in(script, limits);
        let said = sentence(ffmpeg.run(arguments).await);
        assert_eq!(said, "ffmpeg did not end for 200ms and was stopped", "{script}");
    }
}

#[tokio::test]
async fn a_pause_of_ours_is_no_fault_of_its() {
    tokio::time::pause();
    let (ffmpeg, arguments) = stand_in("cat", SOON);
    let running = ffmpeg.start(arguments).expect("a shell");
    // A track waits for its takes as long as they take.
    tokio::time::advance(SOON.whole * 10).await;
    tokio::time::resume();
    assert_eq!(running.finish().await.ok(), Some(Vec::new()));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_eats_memory_is_ended_with_a_sentence() {
    let limits = Limits { memory_bytes: 64 << 20, ..SOON };
    // It begins when the limit is there: when its input ends. Without one it would not end.
    let eats = "cat >/dev/null; tail -c 2000000000 /dev/zero || { echo 'Cannot allocate memory' >&2; exit 1; }";
    let (ffmpeg, arguments) = stand_in(eats, limits);
    assert_eq!(sentence(ffmpeg.run(arguments).await), "ffmpeg got no more memory (it may have 64 MiB)");
    // And as ffmpeg itself says it.
    let folder = TempDir::new().expect("a folder");
    let ffmpeg = Ffmpeg { limits, ..Ffmpeg::find(Path::new("ffmpeg")).expect("ffmpeg is installed") };
    let arguments = Arguments::new(folder.path())
        .input("-f rawvideo -pix_fmt yuv420p -s 2160x3840 -r 30", "pipe:0")
        .words("-c:v libx264 -threads 1 -f mpegts")
        .output("scene.ts");
    let mut running = ffmpeg.start(arguments).expect("ffmpeg");
    let frame = vec![0; 2160 * 3840 * 3 / 2];
    for _ in 0..60 {
        if !running.feed(&frame).await {
            break;
        }
    }
    assert_eq!(sentence(running.finish().await), "ffmpeg got no more memory (it may have 64 MiB)");
}

#[tokio::test]
async fn endless_complaints_become_one_short_line() {
    let (ffmpeg, arguments) = stand_in("head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 3", SOON);
    let said = sentence(ffmpeg.run(arguments).await);
    assert!(said.starts_with("ffmpeg stopped (exit status: 3): xxx") && said.len() < 400, "{said}");
    let (ffmpeg, arguments) = stand_in("printf 'first\\n\\033[31mlast\\a of all\\n\\n' >&2; exit 3", SOON);
    assert_eq!(sentence(ffmpeg.run(arguments).await), "ffmpeg stopped (exit status: 3): [31mlast  of all");
    let (ffmpeg, arguments) = stand_in("exit 4", SOON);
    assert_eq!(sentence(ffmpeg.run(arguments).await), "ffmpeg stopped (exit status: 4): it gave no reason");
}

#[tokio::test]
async fn an_input_that_names_an_address_is_not_followed() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    server.set_nonblocking(true).expect("a socket");
    let port = server.local_addr().expect("an address").port();
    let ffmpeg = Ffmpeg::find(Path::new("ffmpeg")).expect("ffmpeg is installed");
    let folder = TempDir::new().expect("a folder");
    for address in [format!("http://127.0.0.1:{port}/a.ts"), format!("tcp://127.0.0.1:{port}"), "data:video;,x".into()]
    {
        std::fs::write(folder.path().join("list.txt"), format!("ffconcat version 1.0\nfile '{address}'\n"))
            .expect("room");
        let arguments = Arguments::new(folder.path())
            .input("-f concat -safe 0", "list.txt")
            .words("-c copy -f mpegts")
            .output("film.ts");
        // The list is what it stands in, so the complaint about it is the last.
        let said = sentence(ffmpeg.run(arguments).await);
        assert!(said.starts_with("ffmpeg stopped"), "{address}: {said}");
        assert!(server.accept().is_err(), "{address} was called");
    }
}

#[test]
fn every_input_says_where_it_may_read_from() {
    let arguments = Arguments::new(Path::new("/")).input("-f a", "a.ts").input("", "pipe:0").output("-b.mp4").words;
    let said = arguments.join(" ");
    assert_eq!(
        said,
        "-nostdin -hide_banner -v error -y -protocol_whitelist file,pipe -f a -i file:a.ts \
         -protocol_whitelist file,pipe -i pipe:0 file:-b.mp4"
    );
}

#[test]
#[should_panic(expected = "names of files are ours")]
fn no_other_name_is_taken() {
    let _refused = Arguments::new(Path::new("/")).output("concat:a|b");
}
