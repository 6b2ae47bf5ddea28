//! Speech without a key, a network or a bill: espeak-ng where it is installed, else tones shaped by the text.
//! It answers as a provider does (MP3 in pieces, times of characters, a receipt), and the same request always sounds the same.

mod clauses;
mod language;
mod manner;
mod mp3;
mod sound;
mod times;
mod tones;

use crate::espeak::{self, Delivery};
use async_trait::async_trait;
use bytes::Bytes;
use clauses::{Clause, clauses};
use manner::{Manner, VOICES};
use mp3::Encoder;
use sound::{RATE, audible, doubled, faded};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::vec::IntoIter;
use story::Speech;
use story::maker::{MakerError, MayBegin};
use story::script::VoiceSettings;
use story::speech::{
    Answer, Catalog, Heard, ListedVoice, Model, Piece, Profile, Receipt, TakeRequest, Unspoken, Voice,
};
use story::words::Alignment;

/// As much as any provider takes in one call: a segment's document holds its text.
const MOST_CHARACTERS: u64 = 40_000;
/// A second of sound: pieces arrive about as large as over a network.
const PIECE_BYTES: usize = 16 * 1024;
const LEAD_IN: usize = RATE / 20;
const LEAD_OUT: usize = RATE * 12 / 100;

/// What a rehearsal needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// espeak-ng, as [`find_espeak`](crate::find_espeak) found it; without it tones speak.
    pub espeak: Option<PathBuf>,
    /// The price that the bill names as not paid, in US dollars.
    pub usd_per_1000_characters: f64,
}

impl Default for Settings {
    /// Tones, and `ElevenLabs`' list price (elevenlabs.io/pricing/api, multilingual v2).
    fn default() -> Self {
        Self { espeak: None, usd_per_1000_characters: 0.08 }
    }
}

/// The speech provider that costs nothing.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    settings: Settings,
}

impl Rehearsal {
    /// A rehearsal; nothing is started before something is spoken.
    #[must_use]
    pub fn open(settings: Settings) -> Self {
        Self { settings }
    }
}

#[async_trait]
impl Speech for Rehearsal {
    fn profile(&self) -> Profile {
        Profile {
            provider: "rehearsal".to_owned(),
            base_url: String::new(),
            account: "rehearsal".to_owned(),
            model: if self.settings.espeak.is_some() { "espeak-ng" } else { "tones" }.to_owned(),
            voices: VOICES.iter().map(|voice| voice.name.to_owned()).collect(),
            format: "mp3_44100_128".to_owned(),
            usd_per_1000_characters: self.settings.usd_per_1000_characters,
            rehearsed: true,
        }
    }

    /// Its one model. Others are tried and sound the same, so that a script made for a provider is rehearsed as it stands.
    async fn catalog(&self) -> Result<Catalog, MakerError> {
        let model = Model {
            id: self.profile().model,
            max_characters: MOST_CHARACTERS,
            cost_factor: 1.0,
            languages: language::codes().map(str::to_owned).collect(),
            stitches: true,
            stability_steps: Vec::new(),
        };
        Ok(Catalog { models: vec![model], takes_other_models: true, refused_format: None })
    }

    /// Any name is a voice. None has settings of its own: what a request leaves out stays out of it.
    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        Ok(Some(Voice { id: id.to_owned(), name: id.to_owned(), settings: VoiceSettings::default() }))
    }

    /// Its own voices; any other name is one of these, a little higher or lower.
    async fn voices(&self) -> Result<Vec<ListedVoice>, MakerError> {
        let listed = |voice: &manner::Voice| ListedVoice {
            id: voice.name.to_owned(),
            name: voice.name.to_owned(),
            // It speaks what the script's language is.
            language: None,
            labels: BTreeMap::from([("accent".to_owned(), voice.accent.to_owned())]),
            sample_url: None,
        };
        Ok(VOICES.iter().map(listed).collect())
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        let characters = request.characters();
        if request.text.trim().is_empty() {
            return Err(MakerError::Refused("the text is empty; write what is said".to_owned()).into());
        }
        if characters > MOST_CHARACTERS {
            return Err(MakerError::Refused(format!(
                "{characters} characters are too many for one call: at most 40,000"
            ))
            .into());
        }
        if request.text.contains('\0') {
            return Err(MakerError::Refused("the text holds the character U+0000; take it out".to_owned()).into());
        }
        let encoder = Encoder::new()?;
        if !may_begin() {
            return Err(MakerError::TooLate.into());
        }
        Ok(Box::new(Rehearsing {
            espeak: self.settings.espeak.clone(),
            manner: Manner::of(request),
            language: language::of(request.language.as_deref(), &request.text),
            clauses: clauses(&request.text).into_iter(),
            encoder: Some(encoder),
            samples: 0,
            piece: Vec::new(),
            alignment: Alignment::default(),
            characters,
        }))
    }
}

/// An answer that is spoken clause by clause while it is listened to, so that a long text takes no more memory than a short one.
struct Rehearsing {
    espeak: Option<PathBuf>,
    manner: Manner,
    language: language::Language,
    clauses: IntoIter<Clause>,
    /// Gone once the last sound has left.
    encoder: Option<Encoder>,
    /// Samples encoded so far.
    samples: usize,
    piece: Vec<u8>,
    alignment: Alignment,
    characters: u64,
}

#[async_trait]
impl Answer for Rehearsing {
    async fn next(&mut self) -> Result<Heard, MakerError> {
        while self.piece.len() < PIECE_BYTES {
            let Some(mut encoder) = self.encoder.take() else { break };
            let Some(clause) = self.clauses.next() else {
                encoder.finish(&mut self.piece)?;
                break;
            };
            let sound = self.say(&clause).await?;
            encoder.encode(&sound, &mut self.piece)?;
            self.samples += sound.len();
            self.encoder = Some(encoder);
        }
        if self.piece.is_empty() {
            return Ok(Heard::End(Receipt { request_id: None, item: None, characters: self.characters }));
        }
        let rest = self.piece.split_off(self.piece.len().min(PIECE_BYTES));
        let piece = Bytes::from(std::mem::replace(&mut self.piece, rest));
        let alignment = std::mem::take(&mut self.alignment);
        let alignment = Some(alignment).filter(|alignment| !alignment.characters.is_empty());
        Ok(Heard::Sound(Piece { sound: piece, alignment, around: None }))
    }
}

impl Rehearsing {
    /// The sound of a clause with the silence around it; its characters' times go into the alignment.
    async fn say(&mut self, clause: &Clause) -> Result<Vec<f32>, MakerError> {
        let mut sound = vec![0.0; if self.samples == 0 { LEAD_IN } else { 0 }];
        let pause = if self.clauses.as_slice().is_empty() { LEAD_OUT } else { (clause.pause_s * RATE as f64) as usize };
        let begins = self.samples + sound.len();
        let voice = match &self.espeak {
            Some(program) => {
                let delivery = Delivery {
                    voice: format!("{}+{}", self.language.espeak(self.manner.voice.accent), self.manner.voice.variant),
                    pitch: self.manner.espeak_pitch(),
                    words_per_minute: self.manner.words_per_minute(),
                };
                let wave = espeak::speak(program, &delivery, &self.language.pronounceable(&clause.text)).await?;
                faded(doubled(audible(&wave.samples, wave.rate), wave.rate)?)
            }
            None => Vec::new(),
        };
        // espeak-ng knows no sound for some scripts; tones know one for everything.
        let voice = if voice.is_empty() { tones::sing(&clause.text, &self.manner) } else { voice };
        let seconds = |samples: usize| samples as f64 / RATE as f64;
        let (start_s, end_s) = (seconds(begins), seconds(begins + voice.len()));
        let silent_until_s = end_s + seconds(pause);
        self.alignment.extend(times::spread(&clause.text, start_s, end_s, silent_until_s));
        sound.extend(voice.iter().map(|sample| (sample * self.manner.loudness).clamp(-1.0, 1.0)));
        sound.resize(sound.len() + pause, 0.0);
        Ok(sound)
    }
}
