//! From the lines of a script to requests for takes: what a provider adds to them, and what it would refuse.

use crate::invalid::{Invalid, Problem, pointer_step};
use crate::records::{Partition, Record};
use crate::script::{Script, Speaker, VoiceSettings};
use crate::speech::{Catalog, Context, Model, Profile, TakeRequest, Voice};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a provider adds to the lines of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Voicing {
    /// What it is.
    pub profile: Profile,
    /// What its account may use.
    pub catalog: Catalog,
    /// The voices of the script's speakers, by name; `None` where there is none of that name.
    pub voices: BTreeMap<String, Option<Voice>>,
}

/// What a provider said, kept for an hour: a voice, or the catalog.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said<T> {
    /// The account and what was asked.
    pub key: String,
    /// What it said.
    pub answer: T,
    /// Until when it is believed.
    pub expires_at: Timestamp,
}

impl<T: Serialize + serde::de::DeserializeOwned + Send + Sync> Record for Said<T> {
    fn partition(&self) -> Partition {
        Partition::Voices
    }
    fn key(&self) -> String {
        self.key.clone()
    }
    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.expires_at)
    }
}

/// The voice of a speaker. Default voices go by the speakers' places, not by who speaks first: the order of lines changes no sound.
#[must_use]
pub fn voice_of(script: &Script, profile: &Profile, name: &str) -> String {
    let place = script.speakers.keys().position(|speaker| speaker == name).unwrap_or_default();
    let named = script.speakers.get(name).and_then(|speaker| speaker.voice_id.clone());
    named.or_else(|| profile.voices.get(place % profile.voices.len().max(1)).cloned()).unwrap_or_default()
}

/// The voices of all speakers that say something, each once.
#[must_use]
pub fn voices_of(script: &Script, profile: &Profile) -> Vec<String> {
    let mut voices: Vec<String> = script.lines.iter().map(|line| voice_of(script, profile, &line.speaker)).collect();
    voices.sort();
    voices.dedup();
    voices
}

impl Voicing {
    /// What is known of the model that a speaker names; of one that is not listed, what is known of the default.
    #[must_use]
    pub fn model(&self, speaker: &Speaker) -> Option<&Model> {
        let name = self.model_name(speaker);
        let listed = |name: &str| self.catalog.models.iter().find(|model| model.id == name);
        listed(name).or_else(|| listed(&self.profile.model).filter(|_| self.catalog.takes_other_models))
    }

    fn model_name<'a>(&'a self, speaker: &'a Speaker) -> &'a str {
        speaker.model_id.as_deref().unwrap_or(&self.profile.model)
    }

    /// Everything that the provider would refuse in a script.
    ///
    /// # Errors
    /// All problems at once, each with its pointer.
    pub fn check(&self, script: &Script) -> Result<(), Invalid> {
        let mut problems = Vec::new();
        if let Some(reason) = &self.catalog.refused_format {
            problems.push(Problem { pointer: String::new(), detail: reason.clone() });
        }
        let speaks = |name: &str| script.lines.iter().any(|line| line.speaker == name);
        for (name, speaker) in script.speakers.iter().filter(|(name, _)| speaks(name)) {
            self.check_speaker(script, name, speaker, &mut problems);
        }
        Invalid::unless_empty(problems)
    }

    fn check_speaker(&self, script: &Script, name: &str, speaker: &Speaker, problems: &mut Vec<Problem>) {
        let provider = &self.profile.provider;
        let place = format!("/speakers/{}", pointer_step(name));
        let mut refuse =
            |field: &str, detail: String| problems.push(Problem { pointer: format!("{place}{field}"), detail });
        let voice = voice_of(script, &self.profile, name);
        if self.voices.get(&voice).is_some_and(Option::is_none) {
            refuse("/voice_id", format!("{provider} has no voice \"{voice}\" for this account; name another"));
        }
        let Some(model) = self.model(speaker) else {
            let known: Vec<&str> = self.catalog.models.iter().map(|model| model.id.as_str()).collect();
            let named = self.model_name(speaker);
            refuse("/model_id", format!("{provider} has no model \"{named}\" for speech; it has {}", known.join(", ")));
            return;
        };
        let settings = self.settings(speaker, &voice);
        let steps = &model.stability_steps;
        if let Some(stability) = settings.stability.filter(|value| !steps.is_empty() && !steps.contains(value)) {
            let steps: Vec<String> = steps.iter().map(|step| format!("{step:.1}")).collect();
            let detail = format!("{} takes a stability of {} only, not {stability}", model.id, steps.join(", "));
            refuse("/voice_settings/stability", detail);
        }
        if script.speech.stitch && !model.stitches {
            problems.push(Problem {
                pointer: "/speech/stitch".into(),
                detail: format!(
                    "{} does not take the lines before and after ({name}): leave stitch out, or name another model",
                    model.id
                ),
            });
        }
    }

    /// The settings of a speaker, with the voice's own where it says nothing.
    #[must_use]
    pub fn settings(&self, speaker: &Speaker, voice: &str) -> VoiceSettings {
        let own = self.voices.get(voice).and_then(Option::as_ref).map(|voice| voice.settings.clone());
        speaker.voice_settings.clone().or(own.unwrap_or_default())
    }

    /// A script's language as a model is told it: a model that lists `en` is not told `en-GB`, which would be another request for
    /// the same sound; one that is not listed is told it as it is.
    fn language(&self, model: &str, language: &str) -> Option<String> {
        let Some(known) = self.catalog.models.iter().find(|known| known.id == model) else {
            return Some(language.to_owned());
        };
        let primary = language.split('-').next().unwrap_or(language);
        [language, primary].into_iter().find(|one| known.languages.iter().any(|it| it == one)).map(str::to_owned)
    }

    /// The request for one piece of a line.
    #[must_use]
    pub fn request(&self, script: &Script, line: usize, text: String, context: Option<Context>) -> TakeRequest {
        let line = &script.lines[line];
        let speaker = script.speakers.get(&line.speaker).cloned().unwrap_or_default();
        let voice = voice_of(script, &self.profile, &line.speaker);
        let model = self.model_name(&speaker).to_owned();
        TakeRequest {
            provider: self.profile.provider.clone(),
            base_url: self.profile.base_url.clone(),
            settings: self.settings(&speaker, &voice),
            model: model.clone(),
            voice,
            text,
            language: script.language.as_deref().and_then(|language| self.language(&model, language)),
            normalization: script.speech.text_normalization,
            seed: script.seed,
            format: self.profile.format.clone(),
            context,
            extra: None,
            retake: line.retake,
        }
    }
}
