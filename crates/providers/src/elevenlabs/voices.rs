//! The voices of an account of ElevenLabs, a page at a time.

use crate::http::Wire;
use serde::Deserialize;
use std::collections::BTreeMap;
use story::maker::MakerError;
use story::speech::ListedVoice;

/// As many as a page has at most.
const PAGE: &str = "100";
/// A library without end is read so far.
const MOST_PAGES: usize = 20;

/// A page, as `GET /v2/voices` tells it.
#[derive(Deserialize)]
struct Page {
    voices: Vec<Told>,
    #[serde(default)]
    has_more: bool,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
struct Told {
    voice_id: String,
    name: Option<String>,
    category: Option<String>,
    labels: Option<BTreeMap<String, Option<String>>>,
    preview_url: Option<String>,
}

impl From<Told> for ListedVoice {
    fn from(told: Told) -> Self {
        let labels = told.labels.unwrap_or_default().into_iter().chain([("category".to_owned(), told.category)]);
        let mut labels: BTreeMap<String, String> =
            labels.filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect();
        let language = labels.remove("language");
        // It stands in an element of a page: nothing but an address of the web.
        let is_address = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        let sample_url = told.preview_url.filter(is_address);
        let name = told.name.unwrap_or_else(|| told.voice_id.clone());
        Self { name, id: told.voice_id, language, labels, sample_url }
    }
}

pub(super) async fn voices(wire: &Wire) -> Result<Vec<ListedVoice>, MakerError> {
    let (mut voices, mut after) = (Vec::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let mut url = wire.address(&["v2", "voices"]).expect("the path is plain");
        url.query_pairs_mut().append_pair("page_size", PAGE).append_pair("sort", "name");
        if let Some(token) = &after {
            url.query_pairs_mut().append_pair("next_page_token", token);
        }
        let page: Page = wire.read(url).await?;
        voices.extend(page.voices.into_iter().map(ListedVoice::from));
        after = page.next_page_token.filter(|_| page.has_more);
        if after.is_none() {
            break;
        }
    }
    Ok(voices)
}
