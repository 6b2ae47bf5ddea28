//! A small client, and a decoder that measures what it got.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doubles::account::Settings;
use doubles::{ElevenLabs, account};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

pub(crate) const GEORGE: &str = "JBFqnCBsd6RMkjVDRZzb";
pub(crate) const TEXT: &str = "The harbour lights were on, 42 of them. Nobody had expected that!";
/// Its characters.
pub(crate) const COST: u64 = 65;

/// A double with these settings and a client for it.
pub(crate) struct Vendor {
    pub(crate) double: ElevenLabs,
    pub(crate) client: reqwest::Client,
}

pub(crate) async fn vendor(settings: Settings) -> Vendor {
    let double = ElevenLabs::start(settings).await.unwrap();
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    Vendor { double, client }
}

impl Vendor {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.double.base_url())
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).header("xi-api-key", self.double.api_key())
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.client.post(self.url(path)).header("xi-api-key", self.double.api_key()).json(body)
    }

    /// `kind` is what follows the voice: "", "/stream", "/with-timestamps", "/stream/with-timestamps", with a query.
    pub(crate) fn speech(&self, kind: &str, body: &Value) -> RequestBuilder {
        self.post(&format!("/v1/text-to-speech/{GEORGE}{kind}"), body)
    }

    pub(crate) async fn speak(&self, kind: &str, text: &str) -> Response {
        self.speech(kind, &json!({"text": text})).send().await.unwrap()
    }

    /// The status and the `detail` of what should be refused.
    pub(crate) async fn refused(&self, kind: &str, body: Value) -> (StatusCode, Value) {
        let answer = self.speech(kind, &body).send().await.unwrap();
        let status = answer.status();
        assert_ne!(status, StatusCode::OK, "{body} was taken");
        (status, answer.json::<Value>().await.unwrap()["detail"].clone())
    }

    pub(crate) async fn check_refused(&self, kind: &str, body: Value, status: u16, code: &str) {
        let (is, detail) = self.refused(kind, body).await;
        let word = if detail.is_array() { &detail[0]["type"] } else { &detail["code"] };
        assert_eq!((is.as_u16(), word.as_str()), (status, Some(code)), "{detail}");
    }

    pub(crate) fn log(&self) -> account::Log {
        self.double.log()
    }

    /// Until the log shows it: what a client does reaches the server a moment later.
    pub(crate) async fn until(&self, what: &str, shown: impl Fn(&account::Log) -> bool) {
        let shown = self.double.until(|account| shown(account.log()));
        let patience = std::time::Duration::from_secs(10);
        tokio::time::timeout(patience, shown).await.unwrap_or_else(|_| panic!("the log never showed {what}"));
    }
}

/// A stream with times, put together again.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) audio: Vec<u8>,
    pub(crate) characters: String,
    pub(crate) ends_s: Vec<f64>,
    pub(crate) starts_s: Vec<f64>,
    pub(crate) without_times: usize,
    pub(crate) empty_lines: usize,
}

impl Told {
    pub(crate) fn of(body: &str) -> Self {
        assert!(body.ends_with('\n'));
        let mut told = Self::default();
        for line in body.strip_suffix('\n').unwrap().split('\n') {
            if line.is_empty() {
                told.empty_lines += 1;
                continue;
            }
            told.add(&serde_json::from_str(line).unwrap());
        }
        told
    }

    pub(crate) fn add(&mut self, object: &Value) {
        self.audio.extend(STANDARD.decode(object["audio_base64"].as_str().unwrap()).unwrap());
        let alignment = &object["alignment"];
        if alignment.is_null() {
            self.without_times += 1;
            return;
        }
        let column = |name: &str| alignment[name].as_array().unwrap().clone();
        let characters = column("characters");
        let (starts, ends) = (column("character_start_times_seconds"), column("character_end_times_seconds"));
        assert_eq!((characters.len(), characters.len()), (starts.len(), ends.len()));
        self.characters.extend(characters.iter().map(|character| character.as_str().unwrap()));
        self.starts_s.extend(starts.iter().map(|time| time.as_f64().unwrap()));
        self.ends_s.extend(ends.iter().map(|time| time.as_f64().unwrap()));
    }

    pub(crate) fn length_s(&self) -> f64 {
        *self.ends_s.last().unwrap()
    }
}

/// The samples of an MP3 or WAV, and its rate.
pub(crate) fn decode(bytes: &[u8], extension: &str) -> (Vec<f32>, u32) {
    let source =
        MediaSourceStream::new(Box::new(std::io::Cursor::new(bytes.to_vec())), MediaSourceStreamOptions::default());
    let mut hint = Hint::new();
    hint.with_extension(extension);
    let probe = symphonia::default::get_probe();
    let mut format = probe.probe(&hint, source, FormatOptions::default(), MetadataOptions::default()).unwrap();
    let track = format.default_track(TrackType::Audio).unwrap();
    let parameters = track.codec_params.as_ref().unwrap().audio().unwrap().clone();
    let mut decoder =
        symphonia::default::get_codecs().make_audio_decoder(&parameters, &AudioDecoderOptions::default()).unwrap();
    let mut samples = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        let buffer = decoder.decode(&packet).unwrap();
        let mut part = Vec::new();
        buffer.copy_to_vec_interleaved(&mut part);
        samples.extend_from_slice(&part);
    }
    (samples, parameters.sample_rate.unwrap())
}

pub(crate) fn decoded_s(bytes: &[u8], extension: &str) -> f64 {
    let (samples, rate) = decode(bytes, extension);
    samples.len() as f64 / f64::from(rate)
}

/// The length of one MP3 frame at 44.1 and 22.05 kHz.
pub(crate) const FRAME_S: f64 = 0.026_2;
