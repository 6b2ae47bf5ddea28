//! The film as its viewers see it: Chromium, without a screen, plays it to its end and shows its frames.
//! `ONETAKE_TEST_FILM` names another film to play; else the example is made, in rehearsal.

use serde_json::Value;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Plays the film, then tells what it saw: frames presented to the screen, decoded and dropped.
const PAGE: &str = r#"<!doctype html><title>film</title><style>body{margin:0;background:#000}video{height:100vh}</style>
<video src="/film.mp4" autoplay playsinline></video><script>
const video = document.querySelector("video");
let presented = 0, sent = false;
const count = (_, frame) => { presented = frame.presentedFrames; video.requestVideoFrameCallback(count); };
video.requestVideoFrameCallback(count);
const report = ended => {
  if (sent) return;
  sent = true;
  const quality = video.getVideoPlaybackQuality();
  fetch("/report", {method: "POST", body: JSON.stringify({ended, presented, decoded: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
    seconds: video.currentTime, width: video.videoWidth, height: video.videoHeight, error: video.error && video.error.message})});
};
video.addEventListener("ended", () => report(true));
video.addEventListener("error", () => report(false));
</script>"#;

#[test]
#[expect(clippy::print_stdout, reason = "its figures are what it is run for")]
fn chromium_plays_the_film_to_its_end_and_shows_its_frames() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let film = asked_for().unwrap_or_else(|| example_film(folder.path()));
    let (frames, seconds) = measure(&film);

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
    let page = format!("http://{}/", listener.local_addr().expect("it is bound"));
    println!("{page} serves {}: {frames} frames, {seconds:.2} s", film.display());
    let (reported, report) = channel();
    let bytes: &'static [u8] = fs::read(&film).expect("the film can be read").leak();
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let reported = reported.clone();
            thread::spawn(move || serve(connection, bytes, &reported));
        }
    });

    let browser = Browser::start(&page, &folder.path().join("profile"));
    let report = report.recv_timeout(Duration::from_secs_f64(60.0 + 3.0 * seconds));
    drop(browser);
    let report: Value =
        serde_json::from_str(&report.expect("Chromium reports in time")).expect("the page reports JSON");
    println!("{report}");

    assert_eq!(report["ended"], true, "{report}");
    assert!((report["seconds"].as_f64().unwrap() - seconds).abs() < 0.1, "it ends where the file says: {report}");
    let shown = report["decoded"].as_u64().unwrap() - report["dropped"].as_u64().unwrap();
    assert!(shown * 100 >= frames * 95, "{shown} of {frames} frames were shown: {report}");
}

/// The film that the environment names, if it does.
fn asked_for() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "the one variable of this test")]
    std::env::var_os("ONETAKE_TEST_FILM").filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "a test of whole programs starts them")]
fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(name)
}

/// Makes the example's film as README says, and finds it by what the program prints.
fn example_film(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = program(env!("CARGO_BIN_EXE_onetake"))
        .args(["film", "examples/dialogue.json", "--rehearse", "--data"])
        .arg(folder.join("data"))
        .current_dir(root)
        .output()
        .expect("the program starts");
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {printed}{errors}", output.status);
    let film = printed.split_whitespace().chain(errors.split_whitespace()).find(|word| word.ends_with("film.mp4"));
    PathBuf::from(film.unwrap_or_else(|| panic!("the program printed no film: {printed}{errors}")))
}

/// A film's frames and its length in seconds, as ffprobe counts them.
fn measure(film: &Path) -> (u64, f64) {
    let output = program("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-count_packets", "-of", "json"])
        .args(["-show_entries", "stream=nb_read_packets:format=duration"])
        .arg(film)
        .output()
        .expect("ffprobe is installed: infra/setup film");
    assert!(output.status.success(), "{}: {}", film.display(), String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).expect("ffprobe answers JSON");
    let number =
        |pointer: &str| said.pointer(pointer).and_then(Value::as_str).and_then(|number| number.parse::<f64>().ok());
    let frames = number("/streams/0/nb_read_packets").expect("a picture stream");
    (frames as u64, number("/format/duration").expect("a length"))
}

/// Chromium with a page open. Dropping it closes it.
struct Browser(Child);

impl Browser {
    fn start(page: &str, profile: &Path) -> Self {
        for name in ["chromium", "chromium-browser", "google-chrome"] {
            let started = program(name)
                .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage"])
                .args([
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ])
                .args(["--autoplay-policy=no-user-gesture-required", "--window-size=1280,1024"])
                .arg(format!("--user-data-dir={}", profile.display()))
                .arg(page)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            match started {
                Ok(child) => return Self(child),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => panic!("{name} does not start: {error}"),
            }
        }
        panic!("no Chromium here: `infra/setup test` installs the package chromium");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its other processes end when their pipes to this one close.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Answers one connection: the page, the film in ranges (Chromium asks for no other way), and takes the report.
fn serve(connection: TcpStream, film: &[u8], reported: &Sender<String>) {
    let mut reader = BufReader::new(&connection);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if line.trim().is_empty() => break,
                Ok(_) => head.push(line.trim().to_ascii_lowercase()),
            }
        }
        let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let request = head.first().cloned().unwrap_or_default();
        let answered = if request.starts_with("get /film.mp4 ") {
            let first = header("range: bytes=").and_then(|range| range.split('-').next()?.parse::<usize>().ok());
            let first = first.unwrap_or(0).min(film.len() - 1);
            let range =
                format!("Content-Range: bytes {first}-{}/{}\r\nAccept-Ranges: bytes\r\n", film.len() - 1, film.len());
            answer(&connection, "206 Partial Content", "video/mp4", &range, &film[first..])
        } else if request.starts_with("post /report ") {
            let length = header("content-length:").and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            let read = reader.read_exact(&mut body);
            let _ = reported.send(String::from_utf8_lossy(&body).into_owned());
            read.and_then(|()| answer(&connection, "204 No Content", "text/plain", "", b""))
        } else if request.starts_with("get / ") {
            answer(&connection, "200 OK", "text/html; charset=utf-8", "", PAGE.as_bytes())
        } else {
            answer(&connection, "404 Not Found", "text/plain", "", b"")
        };
        // A browser that seeks closes the connection in the middle of an answer.
        if answered.is_err() {
            return;
        }
    }
}

fn answer(mut connection: &TcpStream, status: &str, content_type: &str, more: &str, body: &[u8]) -> io::Result<()> {
    write!(
        connection,
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{more}\r\n",
        body.len()
    )?;
    connection.write_all(body)
}
