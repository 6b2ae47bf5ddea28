//! Settings that a script leaves out are the voice's own: asked for once an hour, and sent with every call.

use crate::room::dialogue;
use crate::stage::quick;
use doubles::account::Change;
use serde_json::json;

#[test]
fn settings_that_are_left_out_are_the_voices_own_and_are_sent() {
    let stage = quick();
    let mut script = dialogue();
    script["speakers"]["Ana"] = json!({ "voice_settings": { "style": 0.25 } });
    stage.make("preview", &script, &[]);
    let log = stage.log();
    let george =
        json!({ "stability": 0.5, "similarity_boost": 0.75, "style": 0.25, "use_speaker_boost": true, "speed": 1.0 });
    let sarah =
        json!({ "stability": 0.4, "similarity_boost": 0.75, "style": 0.0, "use_speaker_boost": true, "speed": 1.0 });
    for (call, expected) in log.calls.iter().zip([&george, &sarah, &george, &sarah]) {
        assert_eq!(&call.voice_settings, expected, "{}", call.voice_id);
    }
}

#[test]
fn what_a_voice_and_the_account_are_is_not_asked_again_within_the_hour() {
    let stage = quick();
    stage.make("preview", &dialogue(), &[]);
    let down = ["/v1/voices", "/v2/voices", "/v1/models", "/v1/user"].map(str::to_owned).into();
    stage.double.change(Change { down: Some(down), ..Change::default() });
    let mut script = dialogue();
    script["lines"][0]["text"] = json!("Good evening to the harbour");
    let job = stage.make("film", &script, &[]);
    assert_eq!((stage.calls(), &job["counts"]["spoken"]), (5, &json!(1)));
    // Another voice must be asked for.
    script["speakers"]["Bo"] = json!({ "voice_id": "21m00Tcm4TlvDq8ikWAM" });
    let ran = stage.attempt("preview", &script, &[]);
    assert_eq!((ran.code, stage.calls()), (Some(1), 5), "{}", ran.err);
}
