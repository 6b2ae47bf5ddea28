//! Who generates clips, as an owner chose it: one reading of that choice, for the command line and for Lambda.

use crate::Key;
use crate::choice::{NoMaker, address};
use crate::clips::{Omni, Settings, Veo};
use std::sync::Arc;
use story::Clips;

const URL: &str = "ONETAKE_CLIPS_URL";
const PROJECT: &str = "VERTEX_PROJECT";
const REGION: &str = "VERTEX_REGION";

/// What an owner has said of who generates clips, and the variable that says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipChoice {
    /// `ONETAKE_CLIPS`: the provider's name, `gemini` (Gemini Omni), `veo` (Veo on Vertex) or `rehearsal`. Where not set, Gemini if
    /// its key is there, else the rehearsal; see also `has_own_keys`.
    pub named: Option<String>,
    /// `ONETAKE_CLIPS_URL`: where it is reached, before the addresses of one's own below.
    pub url: Option<String>,
    /// `ONETAKE_CLIPS_MODEL`: the model of clips that name none.
    pub model: Option<String>,
    /// `GEMINI_API_KEY`.
    pub gemini_key: Option<Key>,
    /// `GEMINI_BASE_URL`: what stands before `/v1beta`.
    pub gemini_url: Option<String>,
    /// `VERTEX_ACCESS_TOKEN`: what `gcloud auth print-access-token` prints.
    pub vertex_token: Option<Key>,
    /// `VERTEX_PROJECT`: the project of Google's cloud that pays.
    pub vertex_project: Option<String>,
    /// `VERTEX_REGION`: where it generates; `us-central1` where not set.
    pub vertex_region: Option<String>,
    /// Whether the keys are there for Onetake alone. Then nothing is rehearsed unasked.
    pub has_own_keys: bool,
}

/// Who generates clips.
#[derive(Clone)]
pub enum ClipMaker {
    /// A provider.
    Provider(Arc<dyn Clips>),
    /// Nobody: cards that move stand for clips.
    Rehearsal,
}

impl ClipChoice {
    /// What the owner has said: `setting` knows a variable's text by its name, `key` that of one that is secret.
    ///
    /// # Errors
    /// A sentence about the one that cannot be right.
    pub fn read(
        setting: impl Fn(&str) -> Option<String>,
        key: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let name = |variable: &str, besides: &[char]| match setting(variable) {
            Some(text) if !is_name(&text, besides) => Err(format!("{variable} is \"{text}\": give the name alone")),
            text => Ok(text),
        };
        let key = |name: &str| key(name).as_deref().and_then(Key::new);
        Ok(Self {
            named: setting("ONETAKE_CLIPS"),
            url: setting(URL),
            model: setting("ONETAKE_CLIPS_MODEL"),
            gemini_key: key("GEMINI_API_KEY"),
            gemini_url: setting("GEMINI_BASE_URL"),
            vertex_token: key("VERTEX_ACCESS_TOKEN"),
            vertex_project: name(PROJECT, &['-', '.', ':'])?,
            vertex_region: name(REGION, &['-'])?,
            has_own_keys: false,
        })
    }

    /// Who generates clips. Nothing is sent before something is asked.
    ///
    /// # Errors
    /// [`NoMaker`].
    pub fn open(self) -> Result<ClipMaker, NoMaker> {
        let usual = if self.gemini_key.is_some() || self.has_own_keys { "gemini" } else { "rehearsal" };
        let clips: Arc<dyn Clips> = match self.named.as_deref().unwrap_or(usual) {
            "rehearsal" => return Ok(ClipMaker::Rehearsal),
            "gemini" => Arc::new(self.gemini()?),
            "veo" => Arc::new(self.veo()?),
            other => {
                let sentence = format!("ONETAKE_CLIPS is \"{other}\": give gemini, veo or rehearsal");
                return Err(NoMaker::Wrong(sentence));
            }
        };
        Ok(ClipMaker::Provider(clips))
    }

    fn gemini(self) -> Result<Omni, NoMaker> {
        let no_key = NoMaker::NoKey { provider: "Gemini", key: "GEMINI_API_KEY" };
        let usual = Settings::omni(self.gemini_key.ok_or(no_key)?);
        let (url, base_url_setting) = address((self.url, URL), (self.gemini_url, "GEMINI_BASE_URL"));
        let base_url = url.unwrap_or(usual.base_url);
        Omni::open(Settings { base_url, base_url_setting, model: self.model, ..usual }).map_err(NoMaker::Wrong)
    }

    fn veo(self) -> Result<Veo, NoMaker> {
        let no_key = NoMaker::NoKey { provider: "Veo", key: "VERTEX_ACCESS_TOKEN" };
        let token = self.vertex_token.ok_or(no_key)?;
        if self.url.is_none() && self.vertex_project.is_none() {
            let sentence = format!("{PROJECT} is not set: give the project of Google's cloud that pays");
            return Err(NoMaker::Wrong(sentence));
        }
        let project = self.vertex_project.unwrap_or_default();
        let usual = Settings::veo(token, &project, self.vertex_region.as_deref().unwrap_or("us-central1"));
        let (base_url, base_url_setting) = match self.url {
            Some(url) => (url, URL),
            None => (usual.base_url, usual.base_url_setting),
        };
        Veo::open(Settings { base_url, base_url_setting, model: self.model, ..usual }).map_err(NoMaker::Wrong)
    }
}

/// Whether a text may stand in an address as it is. (Before a project's name a domain may stand: `example.com:name`.)
fn is_name(text: &str, besides: &[char]) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(is_word) && text.chars().all(|c| is_word(c) || besides.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(choice: ClipChoice, generates: Result<&str, &str>) {
        let said = choice.clone().open().map_err(|why| match why {
            NoMaker::NoKey { key, .. } => key.to_owned(),
            NoMaker::Wrong(sentence) => sentence,
        });
        let said = said.map(|maker| match maker {
            ClipMaker::Provider(clips) => {
                let profile = clips.profile();
                format!("{} {} {}", profile.provider, profile.base_url, profile.models[0].name)
            }
            ClipMaker::Rehearsal => "rehearsal".to_owned(),
        });
        assert_eq!(said.as_deref().map_err(String::as_str), generates, "{choice:?}");
    }

    fn named(name: &str) -> ClipChoice {
        ClipChoice { named: Some(name.to_owned()), ..ClipChoice::default() }
    }

    fn veo() -> ClipChoice {
        ClipChoice { vertex_token: Key::new("secret"), ..named("veo") }
    }

    const OMNI: &str = "gemini https://generativelanguage.googleapis.com gemini-omni-1.2-flash";

    #[test]
    fn who_is_named_generates_and_a_missing_key_is_said() {
        let key = || Key::new("secret");
        let text = |text: &str| Some(text.to_owned());
        check(ClipChoice::default(), Ok("rehearsal"));
        check(ClipChoice { gemini_key: key(), ..ClipChoice::default() }, Ok(OMNI));
        check(ClipChoice { gemini_key: key(), ..named("rehearsal") }, Ok("rehearsal"));
        check(ClipChoice { named: None, ..veo() }, Ok("rehearsal"));
        check(named("gemini"), Err("GEMINI_API_KEY"));
        check(named("veo"), Err("VERTEX_ACCESS_TOKEN"));
        check(veo(), Err("VERTEX_PROJECT is not set: give the project of Google's cloud that pays"));
        let url = || text("http://127.0.0.1:9");
        for choice in [
            ClipChoice { gemini_url: url(), ..named("gemini") },
            ClipChoice { url: url(), gemini_url: text("http://127.0.0.1:8"), ..named("gemini") },
        ] {
            let choice = ClipChoice { gemini_key: key(), model: text("m"), ..choice };
            check(choice, Ok("gemini http://127.0.0.1:9 m"));
        }
        check(
            ClipChoice { vertex_project: text("p"), ..veo() },
            Ok(
                "vertex https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1 veo-3.1-fast-generate-001",
            ),
        );
        check(
            ClipChoice { vertex_project: text("p"), vertex_region: text("europe-west4"), model: text("m"), ..veo() },
            Ok("vertex https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4 m"),
        );
        check(ClipChoice { url: url(), ..veo() }, Ok("vertex http://127.0.0.1:9 veo-3.1-fast-generate-001"));
        check(named("sora"), Err("ONETAKE_CLIPS is \"sora\": give gemini, veo or rehearsal"));
    }

    #[test]
    fn with_keys_of_ones_own_nothing_is_rehearsed_unasked() {
        let own = || ClipChoice { has_own_keys: true, ..ClipChoice::default() };
        check(own(), Err("GEMINI_API_KEY"));
        check(ClipChoice { gemini_key: Key::new("secret"), ..own() }, Ok(OMNI));
        check(ClipChoice { named: Some("rehearsal".to_owned()), ..own() }, Ok("rehearsal"));
    }

    #[test]
    fn a_wrong_address_is_said_of_the_variable_that_it_was_read_of() {
        let key = |_: &str| Some("secret".to_owned());
        for (generates, variable) in [("gemini", URL), ("gemini", "GEMINI_BASE_URL"), ("veo", URL)] {
            let setting = |name: &str| match name {
                "ONETAKE_CLIPS" => Some(generates.to_owned()),
                name => (name == variable).then(|| "ftp://nowhere".to_owned()),
            };
            let sentence = format!("{variable} is no address of a server; write it as https://host");
            check(ClipChoice::read(setting, key).unwrap(), Err(&sentence));
        }
        for (variable, text) in
            [(REGION, "eu.example"), (REGION, ""), (REGION, "a/b"), (PROJECT, ".."), (PROJECT, "a b")]
        {
            let setting = |name: &str| (name == variable).then(|| text.to_owned());
            let sentence = format!("{variable} is \"{text}\": give the name alone");
            assert_eq!(ClipChoice::read(setting, key), Err(sentence));
        }
        let setting = |name: &str| (name == PROJECT).then(|| "example.com:films-7".to_owned());
        assert!(ClipChoice::read(setting, key).is_ok());
    }

    #[test]
    fn each_variable_says_one_thing() {
        let usual = ClipChoice::default;
        let text = || Some("1".to_owned());
        for (name, expected) in [
            ("", usual()),
            ("ONETAKE_CLIPS", ClipChoice { named: text(), ..usual() }),
            ("ONETAKE_CLIPS_URL", ClipChoice { url: text(), ..usual() }),
            ("ONETAKE_CLIPS_MODEL", ClipChoice { model: text(), ..usual() }),
            ("GEMINI_BASE_URL", ClipChoice { gemini_url: text(), ..usual() }),
            ("VERTEX_PROJECT", ClipChoice { vertex_project: text(), ..usual() }),
            ("VERTEX_REGION", ClipChoice { vertex_region: text(), ..usual() }),
            // A key is read where keys are, and nowhere else.
            ("GEMINI_API_KEY", usual()),
            ("VERTEX_ACCESS_TOKEN", usual()),
        ] {
            let one = |asked: &str| (asked == name).then(|| "1".to_owned());
            assert_eq!(ClipChoice::read(one, |_| None), Ok(expected), "{name}");
        }
        for (name, expected) in [
            ("GEMINI_API_KEY", ClipChoice { gemini_key: Key::new("1"), ..usual() }),
            ("VERTEX_ACCESS_TOKEN", ClipChoice { vertex_token: Key::new("1"), ..usual() }),
        ] {
            let one = |asked: &str| (asked == name).then(|| "1".to_owned());
            assert_eq!(ClipChoice::read(|_| None, one), Ok(expected), "{name}");
        }
    }
}
