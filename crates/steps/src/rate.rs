//! How fast voices speak: learned from each take that is recorded, read by estimates.

use std::collections::BTreeSet;
use story::failure::StoreError;
use story::fit::{Rates, VoiceRate};
use story::plan::Plan;
use story::records::{Partition, Read};
use story::speech::TakeRequest;
use story::{House, TakeKey};

/// Notes how long a take is: of takes that end at the same time, each is noted. A store that does not work has one line less
/// known, and no take fails of it.
pub(crate) async fn learn(house: &House, take: &TakeKey, request: &TakeRequest, samples: u64) {
    let learned = |rate: &VoiceRate| rate.learned(take, request, samples).filter(|learned| learned != rate);
    if let Err(error) = house.update_or(&VoiceRate::new(request), learned).await {
        tracing::debug!(take.key = %take, %error, "how long a take is was not noted");
    }
}

/// What is known of the voices of a plan.
pub(crate) async fn of_plan(house: &House, plan: &Plan) -> Result<Rates, StoreError> {
    let keys: BTreeSet<String> = plan.takes.iter().map(|take| VoiceRate::key_of(&take.request)).collect();
    let mut known = Vec::new();
    for key in keys {
        known.extend(house.read(&Partition::VoiceRates, &key).await?.map(|read: Read<VoiceRate>| read.record));
    }
    Ok(Rates::new(known, plan.script.language.as_deref()))
}
