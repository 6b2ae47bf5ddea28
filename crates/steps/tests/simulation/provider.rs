//! The provider of a world: the double's own rules and books, reached without a network.

use crate::double;
use crate::simulation::answer::Arriving;
use crate::simulation::breaks::Break;
use crate::simulation::process::Process;
use crate::simulation::temper::Limit;
use crate::simulation::time;
use async_trait::async_trait;
use doubles::account::{self, Ended, FaultKind};
use std::sync::Arc;
use std::time::Duration;
use story::Speech;
use story::maker::{Busy, Concurrency, MakerError, MayBegin};
use story::speech::{Answer, Books, Catalog, Profile, TakeRequest, Unspoken, Voice};

pub(crate) struct Double(pub(crate) Arc<Process>);

#[async_trait]
impl Speech for Double {
    fn profile(&self) -> Profile {
        double::profile()
    }

    async fn catalog(&self) -> Result<Catalog, MakerError> {
        self.asks("the catalog").await?;
        Ok(double::catalog())
    }

    async fn voice(&self, id: &str) -> Result<Option<Voice>, MakerError> {
        self.asks("a voice").await?;
        Ok(double::voice(&mut self.0.world.account(), id))
    }

    async fn speak(&self, request: &TakeRequest, may_begin: MayBegin) -> Result<Box<dyn Answer>, Unspoken> {
        let world = &self.0.world;
        if !world.temper.cuts_in_time() {
            // Where processes stand still for minutes they do so here too, between the attempt and its request.
            for _ in 0..8 {
                self.0.step("the connection").await;
            }
        }
        self.asks("the connection").await?;
        let fault = world.next_fault().or_else(|| self.fault());
        // From here to the charge nothing is awaited.
        if !may_begin() && !world.breaks(Break::LateSend) {
            self.0.say(|| "comes too late to begin".into());
            return Err(MakerError::TooLate.into());
        }
        let now_ms = world.now().0;
        let call = {
            let mut account = world.account();
            account.faults.clear();
            if let Some(fault) = fault {
                account.faults.push(fault.once());
            }
            double::begin(&mut account, request, now_ms).map(|call| (call, account.in_flight()))
        };
        let (call, in_flight) = match call {
            Ok(call) => call,
            Err(refusal) => {
                self.0.say(|| format!("CALL refused: {} {}", refusal.status, refusal.code));
                let is_too_many = refusal.code == "concurrent_limit_exceeded";
                if is_too_many && world.temper.limit == Limit::Lanes && world.temper.cuts_in_time() {
                    world.wrong("5.2", "one call more than lanes");
                }
                return Err(self.meaning(&refusal).into());
            }
        };
        self.0.say(|| format!("CALL {} for {} charged, {:?}", call.request_id, request.key(), call.fault));
        if in_flight > world.temper.lanes as usize && world.temper.cuts_in_time() {
            world.wrong("5.2", &format!("{in_flight} calls in flight"));
        }
        world.checks(|checker, _| checker.charged(&self.0, call.id, request));
        let answer = Arriving::new(&self.0, &call, self.told());
        if call.fault == Some(FaultKind::Reset) {
            let storm_ms = world.storm_until().saturating_sub(world.now().0);
            let left_ms = if storm_ms > 0 { storm_ms + world.between(0, 30) } else { world.between(1, 3_000) };
            time::passes(Duration::from_millis(left_ms)).await;
            self.0.pass().await;
            answer.ends(Ended::Reset);
            return Err(MakerError::Unknown("the connection was reset".into()).into());
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
    pub(crate) async fn asks(&self, what: &str) -> Result<(), MakerError> {
        self.0.step(what).await;
        let world = &self.0.world;
        time::passes_between(world, 5, 80).await;
        self.0.pass().await;
        let fails = world.fault(world.temper.call / 5);
        if fails { Err(MakerError::Broken("no connection".into())) } else { Ok(()) }
    }

    /// What a refusal means.
    pub(crate) fn meaning(&self, refusal: &account::Refusal) -> MakerError {
        let said = refusal.code.to_owned();
        let is_crowded = refusal.code == "concurrent_limit_exceeded";
        match refusal.status {
            429 => MakerError::Busy(Busy {
                is_crowded,
                concurrency: if is_crowded { self.told() } else { None },
                ..Busy::default()
            }),
            401 | 402 => MakerError::Spent(said),
            503 => MakerError::Broken(said),
            500 => MakerError::Unknown(said),
            _ => MakerError::Refused(said),
        }
    }

    /// What it tells of calls at once.
    fn told(&self) -> Option<Concurrency> {
        let world = &self.0.world;
        let account = world.account();
        let (current, maximum) = (account.in_flight(), account.settings.concurrency.unwrap_or_default());
        world.temper.tells_limit.then_some(Concurrency { current: current as u32, maximum: maximum as u32 })
    }

    /// What goes wrong with a call, if anything does. In a storm all calls are lost, and all of them at its end.
    fn fault(&self) -> Option<FaultKind> {
        let world = &self.0.world;
        if world.is_stormy() {
            return Some(FaultKind::Reset);
        }
        let fault = world.fault(world.temper.call).then(|| self.kind());
        if fault == Some(FaultKind::Reset) {
            world.storm();
        }
        fault
    }

    fn kind(&self) -> FaultKind {
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
