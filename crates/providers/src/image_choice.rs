//! Who draws, as an owner chose it: one reading of that choice, for the command line and for Lambda.

use crate::choice::{NoMaker, address, seconds};
use crate::images::{Settings, SizeStyle, TOGETHER_USD_PER_MEGAPIXEL};
use crate::{GeminiImages, Key, OpenAiImages, Timeouts, gemini_images};
use std::sync::Arc;
use std::time::Duration;
use story::{Images, number};

const URL: &str = "ONETAKE_IMAGES_URL";

/// What an owner has said of who draws, and the variable that says it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageChoice {
    /// `ONETAKE_IMAGES`: the provider's name, `together`, `openai` (any service that answers as `OpenAI` does), `gemini` or
    /// `rehearsal`. Where not set, Together if its key is there, else the rehearsal; see also `has_own_keys`.
    pub named: Option<String>,
    /// `ONETAKE_IMAGES_URL`: where it is reached, before the addresses of one's own below.
    pub url: Option<String>,
    /// `ONETAKE_IMAGES_MODEL`: the model that draws.
    pub model: Option<String>,
    /// `ONETAKE_IMAGES_USD_PER_MEGAPIXEL`: what a million pixels cost, in US dollars; the bill is made with it.
    pub usd_per_megapixel: Option<f64>,
    /// `ONETAKE_IMAGES_SIZE`: how a size is said, `pixels` (width and height), `size`, `three` (the one of three) or `ratio`.
    pub size: Option<SizeStyle>,
    /// `ONETAKE_IMAGES_FORMAT`: the value of `response_format`, `base64`, `b64_json` or `url`; `none`: it is not sent.
    pub format: Option<String>,
    /// `ONETAKE_IMAGES_STEPS`: steps of drawing; 0: they are not sent.
    pub steps: Option<u32>,
    /// `ONETAKE_IMAGES_FIRST_BYTE_S`, in seconds: how long a provider may take to begin its answer; 180 where not set.
    pub first_byte: Option<Duration>,
    /// `TOGETHER_API_KEY`.
    pub together_key: Option<Key>,
    /// `TOGETHER_BASE_URL`: what stands before `/images/generations`.
    pub together_url: Option<String>,
    /// `GEMINI_API_KEY`.
    pub gemini_key: Option<Key>,
    /// `GEMINI_BASE_URL`: what stands before `/v1beta`.
    pub gemini_url: Option<String>,
    /// `OPENAI_API_KEY`: many services on one's own machine need none.
    pub openai_key: Option<Key>,
    /// `OPENAI_BASE_URL`: what stands before `/images/generations`.
    pub openai_url: Option<String>,
    /// Whether the keys are there for Onetake alone. Then nothing is rehearsed unasked. (Another's key is not used unasked either: a
    /// picture of theirs costs many times as much.)
    pub has_own_keys: bool,
}

/// Who draws.
#[derive(Clone)]
pub enum Painter {
    /// A provider.
    Provider(Arc<dyn Images>),
    /// Nobody: cards stand for pictures (`media::Cards`).
    Rehearsal {
        /// What a million pixels would cost, in US dollars.
        usd_per_megapixel: f64,
    },
}

impl ImageChoice {
    /// What the owner has said: `setting` knows a variable's text by its name, `key` that of one that is secret.
    ///
    /// # Errors
    /// A sentence about the one that cannot be right.
    pub fn read(
        setting: impl Fn(&str) -> Option<String>,
        key: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let price = "ONETAKE_IMAGES_USD_PER_MEGAPIXEL";
        let steps = "ONETAKE_IMAGES_STEPS";
        let size = setting("ONETAKE_IMAGES_SIZE").map(|name| {
            SizeStyle::named(&name)
                .ok_or_else(|| format!("ONETAKE_IMAGES_SIZE is \"{name}\": give pixels, size, three or ratio"))
        });
        let format = setting("ONETAKE_IMAGES_FORMAT");
        if let Some(format) = format.as_deref().filter(|one| !["base64", "b64_json", "url", "none"].contains(one)) {
            return Err(format!("ONETAKE_IMAGES_FORMAT is \"{format}\": give base64, b64_json, url or none"));
        }
        let key = |name: &str| key(name).as_deref().and_then(Key::new);
        Ok(Self {
            named: setting("ONETAKE_IMAGES"),
            url: setting(URL),
            model: setting("ONETAKE_IMAGES_MODEL"),
            usd_per_megapixel: number::number(price, setting(price).as_deref(), &(0.0..=1_000.0))?,
            size: size.transpose()?,
            format,
            steps: number::whole(steps, setting(steps).as_deref(), 0..=1_000)?,
            first_byte: seconds("ONETAKE_IMAGES_FIRST_BYTE_S", &setting)?,
            together_key: key("TOGETHER_API_KEY"),
            together_url: setting("TOGETHER_BASE_URL"),
            gemini_key: key("GEMINI_API_KEY"),
            gemini_url: setting("GEMINI_BASE_URL"),
            openai_key: key("OPENAI_API_KEY"),
            openai_url: setting("OPENAI_BASE_URL"),
            has_own_keys: false,
        })
    }

    /// Who draws. Nothing is sent before something is asked.
    ///
    /// # Errors
    /// [`NoMaker`].
    pub fn open(self) -> Result<Painter, NoMaker> {
        let usual = if self.together_key.is_some() || self.has_own_keys { "together" } else { "rehearsal" };
        let images: Arc<dyn Images> = match self.named.as_deref().unwrap_or(usual) {
            "rehearsal" => {
                let usd_per_megapixel = self.usd_per_megapixel.unwrap_or(TOGETHER_USD_PER_MEGAPIXEL);
                return Ok(Painter::Rehearsal { usd_per_megapixel });
            }
            "together" => Arc::new(self.together()?),
            "openai" => Arc::new(self.openai()?),
            "gemini" => Arc::new(self.gemini()?),
            other => {
                let sentence = format!("ONETAKE_IMAGES is \"{other}\": give together, openai, gemini or rehearsal");
                return Err(NoMaker::Wrong(sentence));
            }
        };
        Ok(Painter::Provider(images))
    }

    fn together(mut self) -> Result<OpenAiImages, NoMaker> {
        let no_key = NoMaker::NoKey { provider: "Together", key: "TOGETHER_API_KEY" };
        let key = self.together_key.take().ok_or(no_key)?;
        let own = (self.together_url.take(), "TOGETHER_BASE_URL");
        self.compatible(Settings::together(Some(key)), own)
    }

    fn openai(mut self) -> Result<OpenAiImages, NoMaker> {
        if self.openai_key.is_none() && self.url.is_none() && self.openai_url.is_none() {
            return Err(NoMaker::NoKey { provider: "OpenAI", key: "OPENAI_API_KEY" });
        }
        let settings = Settings::openai(self.openai_key.take());
        let own = (self.openai_url.take(), "OPENAI_BASE_URL");
        self.compatible(settings, own)
    }

    fn compatible(self, usual: Settings, own: (Option<String>, &'static str)) -> Result<OpenAiImages, NoMaker> {
        let (url, base_url_setting) = address((self.url, URL), own);
        let usual = match self.model {
            Some(model) => usual.with_model(model),
            None => usual,
        };
        let settings = Settings {
            base_url: url.unwrap_or(usual.base_url),
            base_url_setting,
            response_format: self.format.map_or(usual.response_format, |format| Some(format).filter(|f| f != "none")),
            size: self.size.unwrap_or(usual.size),
            steps: self.steps.map_or(usual.steps, |steps| Some(steps).filter(|steps| *steps > 0)),
            usd_per_megapixel: self.usd_per_megapixel.unwrap_or(usual.usd_per_megapixel),
            timeouts: within(usual.timeouts, self.first_byte),
            ..usual
        };
        OpenAiImages::open(settings).map_err(NoMaker::Wrong)
    }

    fn gemini(self) -> Result<GeminiImages, NoMaker> {
        let no_key = NoMaker::NoKey { provider: "Gemini", key: "GEMINI_API_KEY" };
        let usual = gemini_images::Settings::new(self.gemini_key.ok_or(no_key)?);
        let (url, base_url_setting) = address((self.url, URL), (self.gemini_url, "GEMINI_BASE_URL"));
        let settings = gemini_images::Settings {
            base_url: url.unwrap_or(usual.base_url),
            base_url_setting,
            model: self.model.unwrap_or(usual.model),
            usd_per_megapixel: self.usd_per_megapixel.unwrap_or(usual.usd_per_megapixel),
            timeouts: within(usual.timeouts, self.first_byte),
            ..usual
        };
        GeminiImages::open(settings).map_err(NoMaker::Wrong)
    }
}

fn within(usual: Timeouts, first_byte: Option<Duration>) -> Timeouts {
    Timeouts { first_byte: first_byte.unwrap_or(usual.first_byte), ..usual }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(choice: ImageChoice, draws: Result<&str, &str>) {
        let said = choice.clone().open().map_err(|why| match why {
            NoMaker::NoKey { key, .. } => key.to_owned(),
            NoMaker::Wrong(sentence) => sentence,
        });
        let said = said.map(|painter| match painter {
            Painter::Provider(images) => {
                let profile = images.profile();
                format!("{} {} {}", profile.provider, profile.base_url, profile.model)
            }
            Painter::Rehearsal { usd_per_megapixel } => format!("rehearsal {usd_per_megapixel}"),
        });
        assert_eq!(said.as_deref().map_err(String::as_str), draws, "{choice:?}");
    }

    fn named(name: &str) -> ImageChoice {
        ImageChoice { named: Some(name.to_owned()), ..ImageChoice::default() }
    }

    const TOGETHER: &str = "together https://api.together.ai/v1 black-forest-labs/FLUX.1-schnell";

    #[test]
    fn who_is_named_draws_and_a_missing_key_is_said() {
        let key = || Key::new("secret");
        check(ImageChoice::default(), Ok("rehearsal 0.0027"));
        check(ImageChoice { together_key: key(), ..ImageChoice::default() }, Ok(TOGETHER));
        check(ImageChoice { openai_key: key(), gemini_key: key(), ..ImageChoice::default() }, Ok("rehearsal 0.0027"));
        let dear = Some(1.5);
        check(ImageChoice { together_key: key(), usd_per_megapixel: dear, ..named("rehearsal") }, Ok("rehearsal 1.5"));
        check(named("together"), Err("TOGETHER_API_KEY"));
        check(named("openai"), Err("OPENAI_API_KEY"));
        check(named("gemini"), Err("GEMINI_API_KEY"));
        check(ImageChoice { openai_key: key(), ..named("openai") }, Ok("openai https://api.openai.com/v1 gpt-image-2"));
        let url = || Some("http://127.0.0.1:9".to_owned());
        check(ImageChoice { url: url(), ..named("openai") }, Ok("openai http://127.0.0.1:9/v1 gpt-image-2"));
        check(ImageChoice { openai_url: url(), ..named("openai") }, Ok("openai http://127.0.0.1:9/v1 gpt-image-2"));
        let model = Some("m".to_owned());
        check(
            ImageChoice { gemini_key: key(), gemini_url: url(), model, ..named("gemini") },
            Ok("gemini http://127.0.0.1:9 m"),
        );
        check(named("dali"), Err("ONETAKE_IMAGES is \"dali\": give together, openai, gemini or rehearsal"));
    }

    #[test]
    fn with_keys_of_ones_own_nothing_is_rehearsed_unasked() {
        let key = || Key::new("secret");
        let own = || ImageChoice { has_own_keys: true, ..ImageChoice::default() };
        check(own(), Err("TOGETHER_API_KEY"));
        check(ImageChoice { openai_key: key(), gemini_key: key(), ..own() }, Err("TOGETHER_API_KEY"));
        check(ImageChoice { together_key: key(), ..own() }, Ok(TOGETHER));
        check(ImageChoice { named: Some("rehearsal".to_owned()), ..own() }, Ok("rehearsal 0.0027"));
    }

    #[test]
    fn a_wrong_address_is_said_of_the_variable_that_it_was_read_of() {
        let key = |name: &str| name.ends_with("_API_KEY").then(|| "secret".to_owned());
        for (draws, own) in
            [("together", "TOGETHER_BASE_URL"), ("openai", "OPENAI_BASE_URL"), ("gemini", "GEMINI_BASE_URL")]
        {
            for variable in [URL, own] {
                let setting = |name: &str| match name {
                    "ONETAKE_IMAGES" => Some(draws.to_owned()),
                    name => (name == variable).then(|| "ftp://nowhere".to_owned()),
                };
                let sentence = format!("{variable} is no address of a server; write it as https://host");
                check(ImageChoice::read(setting, key).unwrap(), Err(&sentence));
            }
        }
    }

    #[test]
    fn each_variable_says_one_thing() {
        let usual = ImageChoice::default;
        let text = || Some("1".to_owned());
        for (name, said, expected) in [
            ("", "1", usual()),
            ("ONETAKE_IMAGES", "1", ImageChoice { named: text(), ..usual() }),
            ("ONETAKE_IMAGES_URL", "1", ImageChoice { url: text(), ..usual() }),
            ("ONETAKE_IMAGES_MODEL", "1", ImageChoice { model: text(), ..usual() }),
            ("ONETAKE_IMAGES_USD_PER_MEGAPIXEL", "1", ImageChoice { usd_per_megapixel: Some(1.0), ..usual() }),
            ("ONETAKE_IMAGES_SIZE", "ratio", ImageChoice { size: Some(SizeStyle::AspectRatio), ..usual() }),
            ("ONETAKE_IMAGES_FORMAT", "none", ImageChoice { format: Some("none".to_owned()), ..usual() }),
            ("ONETAKE_IMAGES_STEPS", "1", ImageChoice { steps: Some(1), ..usual() }),
            ("ONETAKE_IMAGES_FIRST_BYTE_S", "1", ImageChoice { first_byte: Some(Duration::from_secs(1)), ..usual() }),
            ("TOGETHER_BASE_URL", "1", ImageChoice { together_url: text(), ..usual() }),
            ("GEMINI_BASE_URL", "1", ImageChoice { gemini_url: text(), ..usual() }),
            ("OPENAI_BASE_URL", "1", ImageChoice { openai_url: text(), ..usual() }),
            // A key is read where keys are, and nowhere else.
            ("TOGETHER_API_KEY", "1", usual()),
            ("GEMINI_API_KEY", "1", usual()),
            ("OPENAI_API_KEY", "1", usual()),
        ] {
            let one = |asked: &str| (asked == name).then(|| said.to_owned());
            assert_eq!(ImageChoice::read(one, |_| None), Ok(expected), "{name}");
        }
        let key = || Key::new("1");
        let keys = ImageChoice { together_key: key(), gemini_key: key(), openai_key: key(), ..usual() };
        assert_eq!(ImageChoice::read(|_| None, |_| Some("1".to_owned())), Ok(keys));
        for name in ["USD_PER_MEGAPIXEL", "SIZE", "FORMAT", "STEPS", "FIRST_BYTE_S"] {
            let name = format!("ONETAKE_IMAGES_{name}");
            let wrong = |asked: &str| (asked == name).then(|| "dear".to_owned());
            let sentence = ImageChoice::read(wrong, |_| None).unwrap_err();
            assert!(sentence.starts_with(&format!("{name} is \"dear\": give ")), "{sentence}");
        }
    }
}
