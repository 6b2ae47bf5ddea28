//! When bytes pass: the first while the provider still speaks, the last when the take is kept.

use super::{House, as_it_should_be, said};
use doubles::Settings;

const TEXT: &str = "This takes two seconds to say, and its first sound is there long before its last.";

fn check(form: &str) {
    let expected = as_it_should_be(form, "", TEXT).body;
    let house = House::start(Settings { speed: 2.5, ..Settings::default() });
    let mut connection = house.side().begin(form, "", &[], &said(TEXT));
    let (status, headers) = connection.head();
    assert_eq!(status, 200, "{headers:?}");
    let mut body = connection.exactly(1);
    let log = house.stage.log();
    assert_eq!((log.calls.len(), log.calls[0].ended), (1, None), "{form}: nothing came before all was said");

    body.extend(connection.exactly(expected.len() - 1));
    let (_, key) = headers.iter().find(|(name, _)| name == "x-onetake-take").unwrap();
    let audio = house.server.ask("GET", &format!("/v1/takes/{key}/audio"), "");
    assert_eq!(audio.status, 200, "{form}: the last byte came before the take was kept: {}", audio.json());
    let lanes = house.server.get("/v1/stats")["lanes"].clone();
    assert_eq!(lanes[0]["is_held"], false, "{form}: {lanes}");
    let (more, end) = connection.rest();
    assert!(end.is_ok() && more.is_empty() && body == expected, "{form}: {end:?} {} bytes", body.len() + more.len());
}

#[test]
fn the_first_sound_passes_while_the_provider_still_speaks_and_the_last_byte_when_the_take_is_kept() {
    check("/stream");
    check("/stream/with-timestamps");
}
