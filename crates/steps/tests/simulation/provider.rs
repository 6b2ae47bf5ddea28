//! The provider of a world: the double's own rules and books, reached without a network.

use crate::simulation::breaks::Break;
use crate::simulation::process::Process;
use crate::simulation::temper::Limit;
use async_trait::async_trait;
use bytes::Bytes;
use doubles::account::{self, Ended, Endpoint, FaultKind, MODELS, SpeechCall, SpeechQuery};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use story::speech::{
    Answer, Balance, Books, Busy, Catalog, Concurrency, Heard, HistoryItem, HistoryPage, HistoryQuery, MayBegin, Model,
    Profile, Receipt, SpeechError, TakeRequest, Voice,
};
use story::{Speech, Timestamp};

const KEY: &str = "sk_double";
const FORMAT: &str = "mp3_44100_128";

pub(crate) struct Double(pub(crate) Arc<Process>);

#[async_trait]
impl Speech for Double {
    fn profile(&self) -> Profile {
        Profile {
            provider: "double".into(),
            base_url: String::new(),
            account: "account".into(),
            model: "eleven_multilingual_v2".into(),
            voices: vec!["JBFqnCBsd6RMkjVDRZzb".into(), "EXAVITQu4vr4xnSDxMaL".into()],
            format: FORMAT.into(),
            usd_per_1000_characters: 0.1,
            rehearsed: false,
        }
    }

    async fn catalog(&self) -> Result<Catalog, SpeechError> {
        self.asks("the catalog").await?;
        let model = |model: &account::Model| Model {
            id: model.id.into(),
            max_characters: model.limit as u64,
            cost_factor: model.multiplier,
            languages: Vec::new(),
            stitches: true,
            stability_steps: Vec::new(),
        };
        let models = MODELS.iter().filter(|model| model.speaks).map(model).collect();
        Ok(Catalog { models, takes_other_models: false, refused_format: None })
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, SpeechError> {
        self.asks("a voice").await?;
        let found = self.0.world.account().voice(id).ok();
        Ok(found.map(|voice| Voice { id: voice.id, name: voice.name, settings: told(&json!(voice.settings)) }))
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, SpeechError> {
        let world = &self.0.world;
        self.asks("the connection").await?;
        let fault = world.next_fault().or_else(|| world.fault(world.temper.call).then(|| self.fault()));
        // From here to the charge nothing is awaited.
        if !may_begin() && !world.breaks(Break::LateSend) {
            self.0.say(|| "comes too late to begin".into());
            return Err(SpeechError::TooLate);
        }
        let query = SpeechQuery { output_format: Some(request.format.clone()), enable_logging: None };
        let body = json!({ "text": request.text, "model_id": request.model, "voice_settings": request.settings });
        let call = SpeechCall {
            endpoint: Endpoint::StreamWithTimestamps,
            api_key: Some(KEY),
            voice_id: &request.voice,
            query: &query,
            body: &body,
        };
        let now_ms = world.now().0;
        let call = {
            let mut account = world.account();
            account.faults.clear();
            if let Some(fault) = fault {
                account.faults.push(fault.once());
            }
            account.begin(call, now_ms).map(|call| (call, account.in_flight()))
        };
        let (call, in_flight) = match call {
            Ok(call) => call,
            Err(refusal) => {
                self.0.say(|| format!("CALL refused: {} {}", refusal.status, refusal.code));
                let is_too_many = refusal.code == "concurrent_limit_exceeded";
                if is_too_many && world.temper.limit == Limit::Lanes && world.temper.cuts_in_time() {
                    world.wrong("5.2", "one call more than lanes");
                }
                return Err(self.meaning(&refusal));
            }
        };
        self.0.say(|| format!("CALL {} for {} charged, {:?}", call.request_id, request.key(), call.fault));
        if in_flight > world.temper.lanes as usize && world.temper.cuts_in_time() {
            world.wrong("5.2", &format!("{in_flight} calls in flight"));
        }
        world.checks(|checker, _| checker.charged(&self.0, call.id, request));
        let answer = Arriving::new(&self.0, &call, self.told());
        if call.fault == Some(FaultKind::Reset) {
            tokio::time::sleep(Duration::from_millis(world.between(1, 3_000))).await;
            self.0.pass().await;
            answer.ends(Ended::Reset);
            return Err(SpeechError::Unknown("the connection was reset".into()));
        }
        self.0.step("the answer's head").await;
        Ok(Box::new(answer))
    }

    fn books(&self) -> Option<&dyn Books> {
        (!self.0.world.breaks(Break::NoHistory)).then_some(self)
    }
}

impl Double {
    /// A request that changes nothing.
    async fn asks(&self, what: &str) -> Result<(), SpeechError> {
        self.0.step(what).await;
        let world = &self.0.world;
        tokio::time::sleep(Duration::from_millis(world.between(5, 80))).await;
        self.0.pass().await;
        let fails = world.fault(world.temper.call / 5);
        if fails { Err(SpeechError::Broken("no connection".into())) } else { Ok(()) }
    }

    /// What a refusal means.
    fn meaning(&self, refusal: &account::Refusal) -> SpeechError {
        let said = refusal.code.to_owned();
        let is_crowded = refusal.code == "concurrent_limit_exceeded";
        match refusal.status {
            429 => SpeechError::Busy(Busy {
                is_crowded,
                concurrency: if is_crowded { self.told() } else { None },
                ..Busy::default()
            }),
            401 | 402 => SpeechError::Spent(said),
            503 => SpeechError::Broken(said),
            500 => SpeechError::Unknown(said),
            _ => SpeechError::Refused(said),
        }
    }

    /// What it tells of calls at once.
    fn told(&self) -> Option<Concurrency> {
        let world = &self.0.world;
        let account = world.account();
        let (current, maximum) = (account.in_flight(), account.settings.concurrency.unwrap_or_default());
        world.temper.tells_limit.then_some(Concurrency { current: current as u32, maximum: maximum as u32 })
    }

    fn fault(&self) -> FaultKind {
        let world = &self.0.world;
        let share = world.between(0, 100) as f64 / 100.0;
        let kinds = [
            FaultKind::Reset,
            FaultKind::Reset,
            FaultKind::Cut { share },
            FaultKind::Cut { share: 1.0 },
            FaultKind::Hang { headers: true },
            FaultKind::SystemBusy,
            FaultKind::RateLimit,
            FaultKind::ServiceUnavailable,
            FaultKind::SlowFirstByte { ms: world.between(1_000, 12_000) },
        ];
        if world.temper.fails_unclearly && world.between(0, 4) == 0 {
            return FaultKind::InternalError;
        }
        if world.temper.limit != Limit::Lanes && world.between(0, 4) == 0 {
            return FaultKind::ConcurrentLimit;
        }
        world.dice(|chance| chance.pick(&kinds))
    }
}

/// The sound of a call: its name, so that a recording tells whose it is.
fn sound(request_id: &str) -> Vec<Bytes> {
    vec![format!("{request_id}\n").into(), "sound".into(), "and sound".into()]
}

/// An answer while it arrives.
struct Arriving {
    process: Arc<Process>,
    call: u64,
    parts: VecDeque<(u64, Part)>,
    concurrency: Option<Concurrency>,
}

enum Part {
    Sound(Bytes),
    End(Receipt),
    Cut,
    Hang,
}

impl Arriving {
    fn new(process: &Arc<Process>, call: &account::Call, concurrency: Option<Concurrency>) -> Self {
        let sounds = sound(&call.request_id);
        let (first_ms, count) = (call.start_ms + call.first_byte_ms, sounds.len());
        let making_ms = call.generated_ms.saturating_sub(first_ms);
        let end = Receipt {
            request_id: Some(call.request_id.clone()),
            item: call.history_item_id.clone(),
            characters: call.cost,
        };
        let mut parts: VecDeque<(u64, Part)> = sounds
            .into_iter()
            .enumerate()
            .map(|(index, bytes)| (first_ms + making_ms * index as u64 / count as u64, Part::Sound(bytes)))
            .collect();
        parts.push_back((call.generated_ms, Part::End(end)));
        match call.fault {
            Some(FaultKind::Cut { share }) => {
                let kept = (parts.len() as f64 * share) as usize;
                let at = parts.get(kept).map_or(call.generated_ms, |(at, _)| *at);
                parts.truncate(kept.min(count));
                parts.push_back((at, Part::Cut));
            }
            Some(FaultKind::Hang { .. }) => parts = VecDeque::from([(first_ms, Part::Hang)]),
            _ => {}
        }
        Self { process: Arc::clone(process), call: call.id, parts, concurrency }
    }

    fn ends(&self, ended: Ended) {
        let world = &self.process.world;
        world.account().end(self.call, world.now().0, ended);
        world.checks(|checker, _| checker.ended(self.call));
    }
}

#[async_trait]
impl Answer for Arriving {
    fn concurrency(&self) -> Option<Concurrency> {
        self.concurrency
    }

    async fn next(&mut self) -> Result<Heard, SpeechError> {
        let world = Arc::clone(&self.process.world);
        self.process.step("the answer's next part").await;
        let Some((at_ms, part)) = self.parts.pop_front() else {
            return Err(SpeechError::Unknown("the answer has ended".into()));
        };
        tokio::time::sleep(Duration::from_millis(at_ms.saturating_sub(world.now().0))).await;
        self.process.pass().await;
        match part {
            Part::Sound(bytes) => Ok(Heard::Sound(bytes, None)),
            Part::End(receipt) => {
                // Its last byte had left then, also if nobody took it in for a while.
                world.account().end(self.call, at_ms, Ended::Complete);
                world.checks(|checker, _| checker.ended(self.call));
                Ok(Heard::End(receipt))
            }
            Part::Cut => {
                self.ends(Ended::Cut);
                Err(SpeechError::Unknown("the answer was cut".into()))
            }
            Part::Hang => {
                // The client's own patience.
                tokio::time::sleep(Duration::from_millis(world.between(20_000, 60_000))).await;
                self.process.pass().await;
                Err(SpeechError::Unknown("nothing more came".into()))
            }
        }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.ends(Ended::ClientLeft);
    }
}

#[async_trait]
impl Books for Double {
    async fn balance(&self) -> Result<Option<Balance>, SpeechError> {
        self.asks("the balance").await?;
        let account = self.0.world.account();
        let (used, limit) = (account.settings.used, account.settings.credits);
        Ok(Some(Balance { used, limit, tier: account.settings.tier.name().into(), period_began: None }))
    }

    async fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, SpeechError> {
        self.asks("the history").await?;
        let world = &self.0.world;
        let asked = account::HistoryQuery {
            page_size: Some(world.temper.page_size),
            start_after_history_item_id: query.after.clone(),
            voice_id: query.voice.clone(),
            date_after_unix: query.since.map(|at| at.0 / 1_000),
            date_before_unix: query.until.map(|at| at.0.div_ceil(1_000)),
            ..account::HistoryQuery::default()
        };
        let answer = world.account().history(&asked, world.now().0);
        let answer = answer.map_err(|refusal| self.meaning(&refusal))?;
        let items: Vec<HistoryItem> = answer["history"].as_array().into_iter().flatten().map(item).collect();
        self.0.say(|| format!("HISTORY {:?}", items.iter().map(|item| &item.request_id).collect::<Vec<_>>()));
        let next = answer["last_history_item_id"].as_str().map(str::to_owned);
        Ok(HistoryPage { items, next: next.filter(|_| answer["has_more"] == true) })
    }

    async fn sound(&self, item: &str) -> Result<Box<dyn Answer>, SpeechError> {
        self.asks("a sound of the history").await?;
        let world = &self.0.world;
        let item = world.account().item(item, world.now().0).map_err(|refusal| self.meaning(&refusal))?;
        let receipt = Receipt { request_id: None, item: Some(item.id), characters: 0 };
        let parts = sound(&item.request_id).into_iter().map(|bytes| (0, Part::Sound(bytes)));
        let parts = parts.chain([(0, Part::End(receipt))]).collect();
        Ok(Box::new(Arriving { process: Arc::clone(&self.0), call: 0, parts, concurrency: None }))
    }
}

fn item(value: &Value) -> HistoryItem {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| value[name].as_u64().unwrap_or_default();
    HistoryItem {
        id: text("history_item_id"),
        request_id: value["request_id"].as_str().map(str::to_owned),
        voice: text("voice_id"),
        model: text("model_id"),
        is_speech: true,
        text: text("text"),
        at: Timestamp(number("date_unix") * 1_000),
        characters: number("character_count_change_to") - number("character_count_change_from"),
        settings: Some(told(&value["settings"])),
        format: Some(text("output_format")),
        alignment: None,
    }
}

fn told(settings: &Value) -> story::script::VoiceSettings {
    serde_json::from_value(settings.clone()).expect("the double spells settings as scripts do")
}
