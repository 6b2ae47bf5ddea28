//! The bill: what was spoken and what was not, in lines, characters and dollars.

use steps::view::{Cost, Counts};

/// One line for a person.
pub(crate) fn bill(counts: Counts, cost: Cost) -> String {
    let characters = cost.characters_paid;
    let some = |count: usize, word: &str| if count > 0 { format!(" · {count} {word}") } else { String::new() };
    let rest = some(counts.rebought, "rebought") + &some(counts.silent, "silent");
    let lines = format!("{} spoken · {} reused{rest} · {characters} characters", counts.spoken, counts.reused);
    let money = match (cost.characters_paid, cost.characters_saved) {
        (_, 0) => dollars(cost.cost_usd),
        _ => format!("{} paid · {} not paid", dollars(cost.cost_usd), dollars(cost.saved_usd)),
    };
    let rehearsed = if cost.rehearsed { "   (rehearsed: $0)" } else { "" };
    format!("{lines} · {money}{rehearsed}")
}

/// Dollars to a tenth of a cent, or to the cent from one dollar on.
pub(crate) fn dollars(usd: f64) -> String {
    if usd >= 1.0 { format!("${usd:.2}") } else { format!("${usd:.3}") }
}

/// Minutes and seconds.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole >= 3600 {
        format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
    } else {
        format!("{}:{:02}", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_says_what_was_paid_and_what_was_not() {
        let counts = |spoken, reused| Counts { lines: 6, spoken, reused, ..Counts::default() };
        let cost = |paid: u64, saved: u64, rehearsed| Cost {
            characters_paid: paid,
            characters_saved: saved,
            cost_usd: paid as f64 * 0.000_08,
            saved_usd: saved as f64 * 0.000_08,
            rehearsed,
        };
        assert_eq!(
            bill(counts(6, 0), cost(412, 0, true)),
            "6 spoken · 0 reused · 412 characters · $0.033   (rehearsed: $0)"
        );
        assert_eq!(
            bill(counts(1, 5), cost(58, 354, false)),
            "1 spoken · 5 reused · 58 characters · $0.005 paid · $0.028 not paid"
        );
        assert_eq!(clock(31.2), "0:31");
        assert_eq!(clock(3_725.0), "1:02:05");
    }
}
