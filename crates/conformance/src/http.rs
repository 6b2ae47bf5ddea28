//! One table of requests and answers for the HTTP interface, whoever serves it. It is asked over real connections, and knows the
//! house only by its answers; the house must rehearse, and require the token.

mod client;
mod jobs;
mod orders;
mod row;
mod strangers;

pub use client::{Answer, Client};
use row::{Row, Wanted};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What stands before the routes. The few rows in which hosts differ say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `onetake serve`: it answers by itself, to its own names, and sends files.
    Serve,
    /// API Gateway before functions: it knows no address outside `/v1`, answers to its own names, joins headers that stand twice,
    /// refuses what is too large in its own words, and files are elsewhere, behind a link.
    Gateway,
}

/// Rounds of 20 seconds in which a job ends, or the test fails.
const MOST_WAITS: usize = 30;

/// Runs the table against `base_url` (`http://host:port`, perhaps with a path), and says how many rows it has. Blocks: call it where
/// blocking is allowed, while something else does the house's work.
///
/// # Panics
/// When an answer is not as the table has it: all rows are run first, and each difference is named.
pub fn run(base_url: &str, token: &str, place: Place) -> usize {
    let mut table =
        Table { client: Client::new(base_url), token, place, names: BTreeMap::new(), wrong: Vec::new(), rows: 0 };
    table.name("token", token);
    table.rows(strangers::rows());
    table.rows(orders::rows());
    let preview = table.open("/v1/previews", &json!({"script": orders::dialogue()}));
    table.name("preview", &preview);
    let unusual = table.open("/v1/previews", &json!({"script": orders::unusual()}));
    table.name("unusual", &unusual);
    table.ends("preview", &preview);
    let video =
        table.open("/v1/videos", &json!({"preview_id": preview, "quality": "draft", "metadata": {"by": "the table"}}));
    table.name("video", &video);
    table.ends("video", &video);
    table.ends("unusual", &unusual);
    table.rows(jobs::rows());
    table.rows(jobs::spoken());
    table.rows(jobs::files());
    table.rows(jobs::ends());
    let Table { wrong, rows, .. } = table;
    assert!(wrong.is_empty(), "{} of {rows} rows are answered otherwise:\n{}", wrong.len(), wrong.join("\n"));
    rows
}

struct Table<'a> {
    client: Client,
    token: &'a str,
    place: Place,
    /// What `{…}` stands for.
    names: BTreeMap<String, String>,
    wrong: Vec<String>,
    rows: usize,
}

impl Table<'_> {
    fn name(&mut self, name: &str, value: &str) {
        self.names.insert(name.to_owned(), value.to_owned());
    }

    fn filled(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    fn rows(&mut self, rows: Vec<Row>) {
        for row in rows {
            if row.only.is_at(self.place) {
                self.row(&row);
            }
        }
    }

    fn row(&mut self, row: &Row) {
        self.rows += 1;
        let mut headers: Vec<(String, String)> =
            row.headers.iter().map(|(name, value)| ((*name).to_owned(), self.filled(value))).collect();
        if row.with_token {
            headers.push(("authorization".to_owned(), format!("Bearer {}", self.token)));
        }
        let path = self.filled(&row.path);
        let mut answer = self.client.ask(row.method, &path, &headers, &row.body);
        if row.follows && answer.status == 302 && self.place == Place::Gateway {
            // A link is whoever's who has it: no token goes along.
            let link = answer.header("location").unwrap_or_default();
            headers.retain(|(name, _)| name != "authorization");
            answer = Client::at(&link).ask(row.method, "", &headers, &row.body);
        }
        let complaints = self.complaints(row, &answer);
        if !complaints.is_empty() {
            let body: String = String::from_utf8_lossy(&answer.body).chars().take(600).collect();
            let (method, status) = (row.method, answer.status);
            self.wrong.push(format!("- {method} {path} {headers:?}: {}\n  {status} {body}", complaints.join("; ")));
        }
        for (name, pointer) in &row.keeps {
            let kept = answer.json().pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            let kept = kept.or_else(|| answer.header(pointer)).unwrap_or_default();
            self.name(name, &kept);
        }
    }

    fn complaints(&self, row: &Row, answer: &Answer) -> Vec<String> {
        let mut complaints = Vec::new();
        if answer.status != row.status {
            complaints.push(format!("expected {}", row.status));
        }
        let content_type = answer.header("content-type").unwrap_or_default();
        if let Some(expected) = row.content_type(self.place)
            && content_type != expected
        {
            complaints.push(format!("expected {expected} and not {content_type}"));
        }
        for (name, expected) in &row.answered {
            let (found, expected) = (answer.header(name).unwrap_or_default(), self.filled(expected));
            if !found.starts_with(&expected) {
                complaints.push(format!("{name} is {found:?} and not {expected:?}"));
            }
        }
        let json = answer.json();
        for (pointer, wanted) in &row.fields {
            let found = json.pointer(pointer).unwrap_or(&Value::Null);
            let is_right = match wanted {
                Wanted::Is(Value::String(text)) => found.as_str() == Some(&self.filled(text)),
                Wanted::Is(value) => found == value,
                Wanted::There => !found.is_null(),
                Wanted::Says(part) => found.as_str().is_some_and(|text| text.contains(&self.filled(part))),
            };
            if !is_right {
                complaints.push(format!("{pointer} is {found}, wanted {wanted:?}"));
            }
        }
        if let Some(begins) = row.begins
            && !answer.body.starts_with(begins)
        {
            complaints.push(format!("the bytes do not begin with {begins:?}"));
        }
        if let Some(length) = row.length
            && answer.body.len() != length
        {
            complaints.push(format!("{} bytes and not {length}", answer.body.len()));
        }
        complaints
    }

    /// Opens a job, without which nothing goes on.
    fn open(&mut self, path: &str, order: &Value) -> String {
        let headers = [("authorization".to_owned(), format!("Bearer {}", self.token))];
        let answer = self.client.ask("POST", path, &headers, order.to_string().as_bytes());
        let json = answer.json();
        let id = json["id"].as_str().filter(|_| answer.status == 202);
        id.unwrap_or_else(|| panic!("{path} opens no job: {} {json}", answer.status)).to_owned()
    }

    /// Waits for a job's end, which must be a good one, by long polls.
    fn ends(&mut self, name: &str, id: &str) {
        let path = format!("/v1/jobs/{id}?wait=20");
        let mut tag = String::new();
        for _ in 0..MOST_WAITS {
            let mut headers = vec![("authorization".to_owned(), format!("Bearer {}", self.token))];
            headers.extend((!tag.is_empty()).then(|| ("if-none-match".to_owned(), tag.clone())));
            let answer = self.client.ask("GET", &path, &headers, b"");
            let job = answer.json();
            match (answer.status, job["status"].as_str()) {
                (304, _) | (200, Some("queued" | "running")) => {}
                (200, Some("succeeded")) => {
                    self.name(&format!("{name}-tag"), &answer.header("etag").unwrap_or_default());
                    return;
                }
                _ => panic!("{id} does not succeed: {} {job:#}", answer.status),
            }
            tag = answer.header("etag").unwrap_or(tag);
        }
        panic!("{id} has not ended");
    }
}
