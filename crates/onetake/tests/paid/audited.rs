//! The audit sets the ledger beside all that the provider says: its history, and its balance.

use crate::room::dialogue;
use crate::stage::quick;
use doubles::account::Change;
use serde_json::{Value, json};

#[test]
fn a_balance_that_no_call_explains_is_named_and_nothing_agrees() {
    let stage = quick();
    stage.make("preview", &dialogue(), &[]);
    stage.listed();
    stage.double.change(Change { used: Some(stage.used() + 270), ..Change::default() });
    let ran = stage.run(&["audit", "--since", "40d"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    assert!(ran.out.contains("270 characters") && !ran.out.contains("they agree"), "{}", ran.out);
    let ran = stage.run(&["audit", "--since", "40d", "--json"]);
    let audit: Value = serde_json::from_str(ran.out.split("\n{").next().unwrap()).unwrap();
    assert_eq!((&audit["agrees"], &audit["balance"]["rest_characters"]), (&json!(false), &json!(270)), "{audit:#}");
    assert_eq!(audit["balance"]["whole_period"], true);
    // Of a day alone it cannot be told: the rest may be older, and is said to be there.
    let ran = stage.run(&["audit", "--since", "1d"]);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert!(ran.out.contains("270 characters") && !ran.out.contains("they agree"), "{}", ran.out);
}

#[test]
fn a_key_that_may_not_read_the_balance_sees_the_rest_of_the_audit() {
    let stage = quick();
    stage.double.change(Change { denied: Some(vec!["/v1/user".into()]), ..Change::default() });
    stage.make("preview", &dialogue(), &[]);
    stage.listed();
    let audit = stage.read(&["audit"]);
    assert_eq!((&audit["agrees"], &audit["balance"]), (&json!(true), &json!(null)));
    assert_eq!(audit["history"]["our_characters"], stage.used());
    let ran = stage.run(&["audit"]);
    assert!(ran.out.contains("may not be read with this key") && !ran.out.contains("they agree"), "{}", ran.out);
}
