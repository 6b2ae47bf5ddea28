//! Lines that were first spoken through an SDK, and then filmed.

use crate::house::House;
use crate::room::{reused, spoken};
use crate::sdk::with_both;
use doubles::Settings;
use serde_json::json;

#[test]
fn lines_spoken_through_the_sdk_are_previewed_for_nothing_with_captions() {
    with_both(|caller| {
        let house = House::start(Settings::default());
        let (voice, model) = ("EXAVITQu4vr4xnSDxMaL", "eleven_multilingual_v2");
        let texts = ["The ferry leaves at noon.", "Nobody waits for it.", "It comes back empty."];
        for text in texts {
            let order = json!({"call": "stream", "text": text, "voice_id": voice, "model_id": model});
            caller.gets(&house.side, &order);
        }
        assert_eq!(house.paid(), texts.len(), "{}", caller.sdk);

        let lines: Vec<_> = texts.iter().map(|text| json!({"speaker": "Ana", "text": text})).collect();
        let job = house.preview(&json!({"speakers": {"Ana": {"voice_id": voice, "model_id": model}}, "lines": lines}));
        assert_eq!((spoken(&job), reused(&job)), (0, 3), "{}: {:#}", caller.sdk, job["counts"]);
        assert_eq!(house.paid(), texts.len(), "{}: the preview bought something", caller.sdk);
        let captions = job["files"].as_array().unwrap().iter().find(|file| file["name"] == "captions.srt").unwrap();
        let captions = house.ask("GET", captions["url"].as_str().unwrap(), "").body;
        let captions = String::from_utf8(captions).unwrap();
        for word in ["ferry", "Nobody", "empty"] {
            assert!(captions.contains(word), "{}: {word} is not in the captions:\n{captions}", caller.sdk);
        }

        // And the other way round: what a preview bought, the SDK gets for nothing.
        let line = json!({"speaker": "Ana", "text": "This one was filmed first."});
        house.preview(&json!({"speakers": {"Ana": {"voice_id": voice, "model_id": model}}, "lines": [line]}));
        let paid = house.paid();
        assert_eq!(paid, texts.len() + 1, "{}", caller.sdk);
        caller.gets(
            &house.side,
            &json!({"call": "convert_with_timestamps", "text": "This one was filmed first.", "voice_id": voice}),
        );
        assert_eq!(house.paid(), paid, "{}: what was filmed was bought again", caller.sdk);
    });
}
