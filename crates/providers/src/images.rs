//! Pictures as OpenAI's interface has them (`POST {base}/images/generations`): Together, OpenAI, and most gateways and servers of one's
//! own. They differ in a few settings. None keeps a history: what was lost on the way is lost.

mod answer;
mod errors;
mod sizes;
mod whole;

use crate::http::{Key, Timeouts, Vendor, Wire};
pub(crate) use answer::decoded;
use async_trait::async_trait;
pub(crate) use errors::{busy, moderated, no_model};
use serde::Serialize;
pub use sizes::SizeStyle;
pub(crate) use sizes::nearest_ratio;
use std::time::Duration;
use story::Images;
use story::images::{Drawn, ImagesProfile, Prompt};
use story::maker::{MakerError, MayBegin};
pub(crate) use whole::check_whole;

static TOGETHER: Vendor = Vendor {
    name: "Together",
    key_setting: "TOGETHER_API_KEY",
    key_header: ("authorization", "Bearer "),
    meaning: errors::of_together,
};

static OPENAI: Vendor = Vendor {
    name: "the OpenAI-compatible image server",
    key_setting: "OPENAI_API_KEY",
    key_header: ("authorization", "Bearer "),
    meaning: errors::of_openai,
};

/// The setting that says the model, for sentences about it.
pub(crate) const MODEL_SETTING: &str = "ONETAKE_IMAGES_MODEL";
/// The largest picture that is taken.
pub(crate) const MOST_PICTURE_BYTES: usize = 32 << 20;
/// Seeds are smaller than this: all of them take such.
const SEEDS: u64 = 1 << 31;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Together.
    Together,
    /// `OpenAI`, or any server that answers as it does.
    OpenAi,
}

/// What the image server is called with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Who answers.
    pub service: Service,
    /// The key, where the server wants one.
    pub key: Option<Key>,
    /// Where it is reached: what stands before `/images/generations`. An address without a path gets `/v1`.
    pub base_url: String,
    /// The setting that says so, for sentences about it.
    pub base_url_setting: &'static str,
    /// The model.
    pub model: String,
    /// The value of `response_format`: `base64`, `b64_json` or `url`; absent, it is not sent. Whatever comes is taken.
    pub response_format: Option<String>,
    /// The value of `output_format`, where one is sent.
    pub output_format: Option<String>,
    /// The value of `quality`, where one is sent.
    pub quality: Option<String>,
    /// How the size is said.
    pub size: SizeStyle,
    /// Steps of drawing, where they are sent.
    pub steps: Option<u32>,
    /// Whether a seed may be sent.
    pub takes_seed: bool,
    /// What a million pixels cost, in US dollars.
    pub usd_per_megapixel: f64,
    /// Characters of a prompt, at most.
    pub most_characters: usize,
    /// How long it may take.
    pub timeouts: Timeouts,
}

/// What FLUX.1 schnell costs at Together, in US dollars a million pixels (May 2026): the price of a rehearsal too.
pub const TOGETHER_USD_PER_MEGAPIXEL: f64 = 0.0027;

impl Settings {
    /// Together's FLUX.1 schnell, in the four steps that it was made for.
    #[must_use]
    pub fn together(key: Option<Key>) -> Self {
        Self {
            service: Service::Together,
            key,
            base_url: "https://api.together.ai/v1".to_owned(),
            base_url_setting: "TOGETHER_BASE_URL",
            model: String::new(),
            response_format: Some("base64".to_owned()),
            output_format: Some("png".to_owned()),
            quality: None,
            size: SizeStyle::WidthAndHeight,
            steps: None,
            takes_seed: true,
            usd_per_megapixel: TOGETHER_USD_PER_MEGAPIXEL,
            most_characters: 4_000,
            timeouts: patient(),
        }
        .with_model("black-forest-labs/FLUX.1-schnell".to_owned())
    }

    /// `OpenAI`'s own, in its medium quality: the price is what a million pixels of it are about, for it counts tokens.
    #[must_use]
    pub fn openai(key: Option<Key>) -> Self {
        Self {
            service: Service::OpenAi,
            key,
            base_url: "https://api.openai.com/v1".to_owned(),
            base_url_setting: "OPENAI_BASE_URL",
            model: String::new(),
            response_format: None,
            output_format: None,
            quality: None,
            size: SizeStyle::Size,
            steps: None,
            takes_seed: false,
            usd_per_megapixel: 0.035,
            most_characters: 32_000,
            timeouts: patient(),
        }
        .with_model("gpt-image-2".to_owned())
    }

    /// With another model, and what that one wants said.
    #[must_use]
    pub fn with_model(mut self, model: String) -> Self {
        match self.service {
            // Its other models refuse a number of steps.
            Service::Together => self.steps = model.contains("schnell").then_some(4),
            // Left to itself it may choose the dearest. Models of others know no such word, and send addresses unless told.
            Service::OpenAi if model.starts_with("gpt-image") => {
                (self.quality, self.response_format) = (Some("medium".to_owned()), None);
                self.size = if model.starts_with("gpt-image-1") { SizeStyle::ThreeSizes } else { SizeStyle::Size };
            }
            Service::OpenAi => (self.quality, self.response_format) = (None, Some("b64_json".to_owned())),
        }
        self.model = model;
        self
    }
}

/// A picture takes longer than the first sound of a line.
pub(crate) fn patient() -> Timeouts {
    Timeouts { first_byte: Duration::from_secs(180), ..Timeouts::default() }
}

/// A server of pictures with `OpenAI`'s interface.
#[derive(Clone, Debug)]
pub struct OpenAiImages {
    wire: Wire,
    settings: Settings,
}

impl OpenAiImages {
    /// A server; nothing is sent before something is asked.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be right.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let vendor = match settings.service {
            Service::Together => &TOGETHER,
            Service::OpenAi => &OPENAI,
        };
        let given = settings.base_url.trim().trim_end_matches('/');
        // Servers are often named by their host alone; all of them answer under `/v1`.
        let has_path = given.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
        let base_url = if has_path { given.to_owned() } else { format!("{given}/v1") };
        let wire =
            Wire::open(vendor, (settings.base_url_setting, &base_url), settings.key.as_ref(), settings.timeouts)?;
        Ok(Self { wire, settings })
    }
}

/// The body of a request.
#[derive(Serialize)]
struct Asked<'a> {
    model: &'a str,
    prompt: &'a str,
    n: u32,
    #[serde(flatten)]
    size: sizes::Said,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_format: Option<&'a str>,
}

#[async_trait]
impl Images for OpenAiImages {
    fn profile(&self) -> ImagesProfile {
        let provider = match self.settings.service {
            Service::Together => "together",
            Service::OpenAi => "openai",
        };
        ImagesProfile {
            provider: provider.to_owned(),
            base_url: self.wire.base_url(),
            account: self.wire.account(),
            model: self.settings.model.clone(),
            most_characters: self.settings.most_characters,
            rehearsed: false,
        }
    }

    fn size(&self, width: u32, height: u32) -> (u32, u32) {
        self.settings.size.nearest(width, height)
    }

    fn usd(&self, width: u32, height: u32) -> f64 {
        megapixels(width, height) * self.settings.usd_per_megapixel
    }

    async fn draw(&self, prompt: &Prompt, may_begin: MayBegin) -> Result<Drawn, MakerError> {
        let url = self.wire.address(&["images", "generations"]).expect("the path is plain");
        let settings = &self.settings;
        let asked = Asked {
            model: &prompt.model,
            prompt: &prompt.text,
            n: 1,
            size: settings.size.said(prompt.width, prompt.height),
            steps: settings.steps,
            seed: prompt.seed.filter(|_| settings.takes_seed).map(short_seed),
            quality: settings.quality.as_deref(),
            response_format: settings.response_format.as_deref(),
            output_format: settings.output_format.as_deref(),
        };
        let incoming = self.wire.pay(url, &asked, may_begin).await.map_err(|unspoken| unspoken.error)?;
        answer::read(&self.wire, incoming).await
    }
}

pub(crate) fn megapixels(width: u32, height: u32) -> f64 {
    f64::from(width) * f64::from(height) / 1e6
}

/// A seed that every model takes.
pub(crate) fn short_seed(seed: u64) -> u64 {
    seed % SEEDS
}
