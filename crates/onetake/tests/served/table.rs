//! The table of requests and answers that every host of the interface keeps to.

use crate::room::{Room, Voices};
use crate::server::Server;
use conformance::http::{Place, run};

#[test]
fn serve_answers_as_the_table_has_it() {
    let mut room = Room::new(Voices::Tones);
    room.environment.insert("ONETAKE_TOKENS", "one-of-two, the-other".to_owned());
    let server = Server::start(&room, &["--rehearse"]);
    assert_eq!(server.told["needs_token"], true);
    let rows = run(server.url(), "the-other", Place::Serve);
    assert!(rows >= 40, "{rows} rows");
}
