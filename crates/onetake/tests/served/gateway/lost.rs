//! Calls that are lost in the middle: whoever waits for the whole gets the whole, and whoever was told a part is never told that
//! it was all.

use super::{House, as_it_should_be, said, sound_and_characters};
use crate::stage::quick;
use doubles::account::FaultKind;

/// What is lost after some sound came.
const CUT: FaultKind = FaultKind::Cut { share: 0.5 };
/// What is lost before.
const SOUNDLESS: [FaultKind; 6] = [
    FaultKind::Cut { share: 0.0 },
    FaultKind::Reset,
    FaultKind::Gateway,
    FaultKind::Hang { headers: true },
    FaultKind::Hang { headers: false },
    FaultKind::BrokenLine,
];

/// A house whose next call is lost so.
fn house(fault: FaultKind) -> House {
    let stage = quick().with("ONETAKE_SPEECH_FIRST_BYTE_S", "1").with("ONETAKE_SPEECH_IDLE_S", "1");
    stage.double.fault(fault.once());
    House::on(stage)
}

fn text(fault: FaultKind) -> String {
    format!("A call for this is lost by {fault:?}; it was paid for, and its sound is found again.")
}

/// Asked, it is answered with all of the sound, for one payment.
fn is_whole(house: &House, fault: FaultKind, form: &str) {
    let text = text(fault);
    let told = house.side().speak(form, "", &said(&text));
    let expected = as_it_should_be(form, "", &text);
    assert_eq!(told.status, 200, "{fault:?}{form}: {told:?}");
    if form.ends_with("timestamps") {
        // The history knows the times, and not the lines in which they were told.
        let (sound, characters) = sound_and_characters(&expected.body);
        assert!(sound_and_characters(&told.body).1 == characters, "{fault:?}{form}: {told:?}");
        assert!(form.contains("stream") || sound_and_characters(&told.body).0 == sound, "{fault:?}{form}");
    } else {
        assert!(told.body == expected.body, "{fault:?}{form}: {told:?}");
    }
    paid_once(house, fault, form);
}

fn paid_once(house: &House, fault: FaultKind, form: &str) {
    let (calls, used) = (house.stage.calls(), house.stage.used());
    assert_eq!((calls, used), (1, text(fault).chars().count() as u64), "{fault:?}{form}: {:#?}", house.stage.log());
}

#[test]
fn who_waits_for_the_whole_gets_it_though_the_call_was_lost() {
    for fault in SOUNDLESS.into_iter().chain([CUT]) {
        is_whole(&house(fault), fault, "");
    }
    is_whole(&house(CUT), CUT, "/with-timestamps");
}

#[test]
fn a_stream_of_which_nothing_was_told_yet_is_told_whole_when_it_is_found() {
    for fault in SOUNDLESS {
        is_whole(&house(fault), fault, "/stream");
    }
    is_whole(&house(FaultKind::Reset), FaultKind::Reset, "/stream/with-timestamps");
}

#[test]
fn a_stream_that_is_lost_in_the_middle_is_cut_and_whoever_asks_again_gets_it_whole() {
    for form in ["/stream", "/stream/with-timestamps"] {
        let house = house(CUT);
        let mut connection = house.side().begin(form, "", &[], &said(&text(CUT)));
        assert_eq!(connection.head().0, 200, "{form}");
        let (told, end) = connection.rest();
        let expected = as_it_should_be(form, "", &text(CUT)).body;
        assert!(end.is_err(), "{form}: a part was told as if it were all: {} of {} bytes", told.len(), expected.len());
        assert!(!told.is_empty() && expected.starts_with(&told), "{form}: {} bytes", told.len());
        is_whole(&house, CUT, form);
    }
}
