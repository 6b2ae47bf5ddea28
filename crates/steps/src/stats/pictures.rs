//! How each account that draws stands now: its window, its breaker, and what waits.

use serde::Serialize;
use std::collections::BTreeMap;
use story::failure::StoreError;
use story::records::Partition;
use story::ticket::Ticket;
use story::window::{SPAN_MS, Window};
use story::{House, PictureKey};

/// Tickets read at a time.
const PAGE: usize = 500;

/// An account that draws, or the fetching of what lies at addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PictureStats {
    /// Which one.
    pub account: String,
    /// Pictures that wait or are under way.
    pub waiting: usize,
    /// Starts that count now: those of the last 66 s.
    pub begun: usize,
    /// Starts that may be in a minute; none for no limit.
    pub per_minute: Option<usize>,
    /// No picture is begun before this, RFC 3339: the provider refused one for being one too many.
    pub rests_until: Option<String>,
    /// Such refusals in a row.
    pub refusals: u32,
    /// Why no call would work, where that was said within the last minute.
    pub stopped: Option<String>,
}

pub(super) async fn pictures(house: &House) -> Result<Vec<PictureStats>, StoreError> {
    let now = house.clock.now();
    let mut all: BTreeMap<String, PictureStats> = BTreeMap::new();
    for window in house.list_all::<Window>(&Partition::Windows).await?.into_iter().map(|read| read.record) {
        let stats = PictureStats {
            begun: window.starts.iter().filter(|start| now.since_ms(**start) < SPAN_MS).count(),
            per_minute: house.settings.images_per_minute,
            rests_until: (window.rest_ms(now) > 0).then(|| window.rests_until.to_string()),
            refusals: window.refusals,
            stopped: window.why_hopeless(now).map(str::to_owned),
            ..PictureStats::default()
        };
        all.insert(window.account, stats);
    }
    let mut after = String::new();
    loop {
        let page = house.list::<Ticket<PictureKey>>(&Partition::PictureTickets, &after, PAGE).await?;
        let is_last = page.len() < PAGE;
        for ticket in page {
            all.entry(ticket.record.account).or_default().waiting += 1;
            after = ticket.record.name;
        }
        if is_last {
            let named = all.into_iter().map(|(account, stats)| PictureStats { account, ..stats });
            return Ok(named.collect());
        }
    }
}
