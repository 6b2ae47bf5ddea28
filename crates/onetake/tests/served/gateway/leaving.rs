//! Clients that leave: before their turn, in the middle, and when the house closes.

use super::{FORMS, House, as_it_should_be, said};
use crate::server::Server;
use doubles::Settings;
use doubles::account::Ended;

/// A call takes long enough that others come meanwhile.
fn slow() -> Settings {
    Settings { first_byte_ms: 1_000, ..Settings::default() }
}

#[test]
fn who_leaves_before_the_call_began_buys_nothing() {
    for form in FORMS {
        let house = House::start(slow());
        let side = house.side();
        let mut first = side.begin(form, "", &[], &said("First."));
        house.until(|account| account.in_flight() > 0);
        let leaving = side.begin(form, "", &[], &said("Left."));
        house.queued(1);
        drop(leaving);
        let last = side.speak(form, "", &said("Last."));
        assert_eq!((first.whole().status, last.status), (200, 200));
        assert_eq!(house.spoken(), ["First.", "Last."], "{form}");
        assert_eq!(house.stage.log().max_in_flight, 1, "{form}");
    }
}

#[test]
fn who_leaves_after_the_call_began_leaves_a_take_behind() {
    for form in FORMS {
        let house = House::start(slow());
        let text = "Begun, and nobody waits for it.";
        let leaving = house.side().begin(form, "", &[], &said(text));
        house.until(|account| account.in_flight() > 0);
        drop(leaving);
        assert_eq!(house.ended(text), Ended::Complete, "{form}");
        let again = house.side().speak(form, "", &said(text));
        assert_eq!((again.is_reused(), house.stage.calls()), (true, 1), "{form}: {again:?}");
        assert!(again.body == as_it_should_be(form, "", text).body, "{form}");
    }
}

#[test]
fn who_comes_again_at_once_after_the_line_broke_joins_the_same_take() {
    for form in ["/stream", "/stream/with-timestamps"] {
        let house = House::start(Settings { speed: 3.0, ..Settings::default() });
        let text = "The line breaks after the first words of this, while the rest of it is still being said.";
        let mut broken = house.side().begin(form, "", &[], &said(text));
        assert_eq!(broken.head().0, 200);
        broken.exactly(1_000);
        drop(broken);
        let again = house.side().begin(form, "", &[], &said(text)).whole();
        assert_eq!((again.is_reused(), house.stage.calls()), (true, 1), "{form}: {again:?}");
        assert!(again.body == as_it_should_be(form, "", text).body, "{form}");
        assert_eq!(house.ended(text), Ended::Complete, "{form}");
    }
}

#[test]
fn what_is_spoken_when_the_house_closes_is_finished_told_and_kept() {
    for form in ["", "/stream/with-timestamps"] {
        // Longer than the house waits for those who only read.
        let house = House::start(Settings { first_byte_ms: 3_000, ..Settings::default() });
        let (text, other) = ("Spoken while the house closes.", "Its turn does not come.");
        let mut spoken = house.side().begin(form, "", &[], &said(text));
        house.until(|account| account.in_flight() > 0);
        let mut waiting = house.side().begin(form, "", &[], &said(other));
        house.queued(1);
        house.server.signal("TERM");
        let (told, refused) = (spoken.whole(), waiting.whole());
        let expected = as_it_should_be(form, "", text);
        assert!(told.status == 200 && told.body == expected.body, "{form}: {told:?}");
        assert_eq!((refused.status, &refused.json()["detail"]["code"]), (503, &"service_unavailable".into()));
        let House { stage, server } = house;
        let ran = server.ends();
        assert_eq!(ran.code, Some(0), "{form}: {}", ran.err);
        assert_eq!(stage.log().calls[0].ended, Some(Ended::Complete), "{form}");

        let house = House { server: Server::start(&stage.room, &[]), stage };
        let again = house.side().speak(form, "", &said(text));
        assert!(again.is_reused() && again.body == expected.body, "{form}: {again:?}");
        assert_eq!(house.spoken(), [text], "{form}");
    }
}
