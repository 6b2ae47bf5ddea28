//! What a request asks for, and what is wrong with it, by each interface's rules (PROVIDERS 2.1, 2.2, 3.4).

use super::account::ImageSettings;
use super::refusal::Reason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The two interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// `POST /v1/images/generations`: Together's rules, or `OpenAI`'s for models whose name begins with `gpt-image`.
    Generations,
    /// `POST /v1beta/models/{model}:generateContent`.
    Gemini,
}

impl Door {
    pub(super) fn prompt(self, body: &Value) -> Option<&str> {
        match self {
            Self::Generations => body.get("prompt")?.as_str(),
            Self::Gemini => body.pointer("/contents/0/parts/0/text")?.as_str(),
        }
    }
}

/// How the answer carries its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// In base64.
    Data,
    /// At an address.
    Url,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// By which interface.
    pub door: Door,
    /// The model.
    pub model: String,
    /// What is to be drawn.
    pub prompt: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The seed, where one is given.
    pub seed: Option<u64>,
    /// How the answer carries the picture.
    pub carries: Carries,
}

/// Shapes by name, and what is drawn then.
const RATIOS: [(&str, u32, u32); 10] = [
    ("1:1", 1_024, 1_024),
    ("2:3", 832, 1_248),
    ("3:2", 1_248, 832),
    ("3:4", 864, 1_184),
    ("4:3", 1_184, 864),
    ("4:5", 896, 1_152),
    ("5:4", 1_152, 896),
    ("9:16", 768, 1_344),
    ("16:9", 1_344, 768),
    ("21:9", 1_536, 672),
];

fn ratio(value: &Value) -> Result<(u32, u32), Reason> {
    let found = RATIOS.iter().find(|(name, ..)| value.as_str() == Some(name));
    found.map(|(_, width, height)| (*width, *height)).ok_or_else(|| wrong("Unknown aspect ratio."))
}

fn wrong(message: &str) -> Reason {
    Reason::Wrong { message: message.to_owned() }
}

impl Asked {
    pub(super) fn read(
        door: Door,
        model: Option<&str>,
        body: &Value,
        settings: &ImageSettings,
    ) -> Result<Self, Reason> {
        if !body.is_object() {
            return Err(wrong("We could not parse the JSON body of your request."));
        }
        let model = model.or_else(|| body.get("model")?.as_str());
        let model = model.ok_or_else(|| wrong("Missing required parameter: 'model'."))?.to_owned();
        if !settings.models.contains(&model) {
            return Err(Reason::NoModel { model });
        }
        let prompt = door.prompt(body).ok_or_else(|| wrong("Missing required parameter: 'prompt'."))?.to_owned();
        if prompt.trim().is_empty() {
            return Err(wrong("The prompt is empty."));
        }
        let characters = prompt.chars().count();
        if characters > settings.limit {
            let limit = settings.limit;
            return Err(wrong(&format!("The prompt may have {limit} characters, and it has {characters}.")));
        }
        let (seed, (width, height), carries) = match door {
            Door::Gemini => {
                let config = &body["generationConfig"];
                if config["responseModalities"] != serde_json::json!(["IMAGE"]) {
                    return Err(wrong("The double draws only for responseModalities [\"IMAGE\"]."));
                }
                (config["seed"].as_u64(), ratio(&config["imageConfig"]["aspectRatio"])?, Carries::Data)
            }
            Door::Generations if model.starts_with("gpt-image") => of_openai(body, &model)?,
            Door::Generations => of_together(body, &model)?,
        };
        Ok(Self { door, model, prompt, width, height, seed, carries })
    }
}

type Shape = (Option<u64>, (u32, u32), Carries);

fn of_together(body: &Value, model: &str) -> Result<Shape, Reason> {
    let carries = match body["response_format"].as_str() {
        Some("base64" | "b64_json") => Carries::Data,
        Some("url") | None => Carries::Url,
        Some(_) => return Err(wrong("response_format must be 'base64' or 'url'.")),
    };
    // `b64_json` is what servers of one's own say; Together does not know it.
    if body["response_format"] == "b64_json" && model.contains('/') {
        return Err(wrong("response_format must be 'base64' or 'url'."));
    }
    if let Some(steps) = body.get("steps") {
        if model.contains("pro") {
            return Err(wrong("steps is not supported by this model."));
        }
        if !steps.as_u64().is_some_and(|steps| (1..=12).contains(&steps)) {
            return Err(wrong("steps must be between 1 and 12"));
        }
    }
    let side = |name: &str| match body.get(name) {
        None => Ok(1_024),
        Some(side) => side
            .as_u64()
            .filter(|side| (64..=1_792).contains(side) && side % 8 == 0)
            .map(|side| side as u32)
            .ok_or_else(|| wrong(&format!("{name} must be a multiple of 8 between 64 and 1792"))),
    };
    let size = match (body.get("aspect_ratio"), body.get("size").and_then(Value::as_str)) {
        (Some(name), _) => ratio(name)?,
        (None, Some(size)) => parsed(size)?,
        (None, None) => (side("width")?, side("height")?),
    };
    Ok((body["seed"].as_u64(), size, carries))
}

fn parsed(size: &str) -> Result<(u32, u32), Reason> {
    let sides = size.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides.filter(|(width, height)| *width > 0 && *height > 0).ok_or_else(|| wrong("Invalid size."))
}

fn of_openai(body: &Value, model: &str) -> Result<Shape, Reason> {
    for name in ["response_format", "steps", "seed", "width", "height", "aspect_ratio"] {
        if body.get(name).is_some() {
            return Err(wrong(&format!("Unknown parameter: '{name}'.")));
        }
    }
    if !["low", "medium", "high", "xhigh", "max", "auto"].contains(&body["quality"].as_str().unwrap_or("auto")) {
        return Err(wrong("Invalid value: 'quality'."));
    }
    let (width, height) = parsed(body["size"].as_str().unwrap_or("1024x1024"))?;
    let is_known = if model.starts_with("gpt-image-1") {
        [(1_024, 1_024), (1_024, 1_536), (1_536, 1_024)].contains(&(width, height))
    } else {
        let is_in =
            width.max(height) <= 3_840 && width.min(height) <= 2_160 && width.max(height) <= 3 * width.min(height);
        width.is_multiple_of(16) && height.is_multiple_of(16) && is_in
    };
    if is_known { Ok((None, (width, height), Carries::Data)) } else { Err(wrong("Invalid value: 'size'.")) }
}
