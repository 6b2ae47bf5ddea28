//! What is ordered.

use bytes::Bytes;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use story::clips::ClipOrder;
use story::job::Kind;
use story::plan::{OnPictureFailure, OnSpeechFailure, OnUncertain, Order};
use story::ticket::Priority;
use story::writing::{Section, Work};
use story::{JobId, Script};

/// What is ordered.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to make.
    pub kind: Kind,
    /// The script, unless a preview is all there is.
    pub script: Option<Script>,
    /// The sections of a topic, where its script was written: one for each line.
    pub sections: Vec<Section>,
    /// What is to be written first, where there is no script.
    pub writing: Option<Work>,
    /// The clip that is all there is to make.
    pub clip: Option<ClipOrder>,
    /// The preview a film is made from.
    pub preview: Option<JobId>,
    /// Fields of a look that replace the script's, one by one.
    pub look: Option<Value>,
    /// Whether every second frame is drawn only.
    pub draft: bool,
    /// How long the job is kept after its last use, where not as the house has it.
    pub ttl_ms: Option<u64>,
    /// How urgent it is, where not as its kind has it.
    pub priority: Option<Priority>,
    /// What becomes of a line that cannot be spoken.
    pub on_speech_failure: OnSpeechFailure,
    /// What becomes of a picture that cannot be had.
    pub on_picture_failure: OnPictureFailure,
    /// What becomes of a call that was lost for good.
    pub on_uncertain: OnUncertain,
    /// Whether a clip is ordered again whose order was lost.
    pub buys_clips_again: bool,
    /// The user's own notes.
    pub metadata: Map<String, Value>,
    /// The files that the script refers to, by the name it calls them. Checked to be pictures.
    pub files: BTreeMap<String, Bytes>,
    /// What to do if the same was ordered before.
    pub again: Again,
    /// Who orders it, where that is told apart: nothing that a token could be made of again.
    pub caller: Option<String>,
}

/// What to do if the same was ordered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// Open a new job.
    New,
    /// Go on with the job of the same order, if it has not ended.
    GoOn,
    /// The `Idempotency-Key` decides, hashed with its token.
    Key(String),
}

impl Request {
    /// What it says beside its script.
    #[must_use]
    pub fn order(&self) -> Order {
        let plain = Order::new(self.kind);
        Order {
            priority: self.priority.unwrap_or(plain.priority),
            draft: self.draft,
            on_speech_failure: self.on_speech_failure,
            on_picture_failure: self.on_picture_failure,
            on_uncertain: self.on_uncertain,
            buys_clips_again: self.buys_clips_again,
            ..plain
        }
    }

    /// An order for a script, with nothing special.
    #[must_use]
    pub fn script(kind: Kind, script: Script) -> Self {
        Self { script: Some(script), ..Self::nothing(kind) }
    }

    /// An order that says nothing yet.
    #[must_use]
    pub fn nothing(kind: Kind) -> Self {
        Self {
            kind,
            script: None,
            sections: Vec::new(),
            writing: None,
            clip: None,
            preview: None,
            look: None,
            draft: false,
            ttl_ms: None,
            priority: None,
            on_speech_failure: OnSpeechFailure::default(),
            on_picture_failure: OnPictureFailure::default(),
            on_uncertain: OnUncertain::default(),
            buys_clips_again: false,
            metadata: Map::new(),
            files: BTreeMap::new(),
            again: Again::New,
            caller: None,
        }
    }
}
