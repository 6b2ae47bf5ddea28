//! An order with an `Idempotency-Key`, whose process dies.

use crate::world::{rehearsal, script, world_in};
use conformance::faults::Stops;
use serde_json::json;
use std::sync::Arc;
use story::House;
use story::job::OpenJob;
use story::records::Partition;
use web::Settings;

#[tokio::test]
async fn an_order_that_was_killed_between_any_two_writes_is_one_job_when_it_is_sent_again() {
    let order = json!({"script": script()}).to_string();
    let key = [("idempotency-key", "once")];
    let mut after = 0;
    loop {
        let stops = Stops::after_writes(after);
        let failing = |house: House| House {
            records: Arc::new(stops.records(house.records)),
            artifacts: Arc::new(stops.artifacts(house.artifacts)),
            queue: Arc::new(stops.queue(house.queue)),
            ..house
        };
        let world = world_in(failing, web::everything, Settings::default(), Ok(rehearsal()));
        let first = world.ask("POST", "/v1/previews", &key, order.clone()).await;
        if !stops.stopped() {
            assert_eq!(first.status, 202);
            break;
        }
        assert_eq!(first.problem(), (503, "unavailable".into(), vec![]), "after {after} writes");
        stops.lift();
        let again = world.ask("POST", "/v1/previews", &key, order.clone()).await;
        assert_eq!(again.status, 202, "after {after} writes: {}", again.json());
        let once_more = world.ask("POST", "/v1/previews", &key, order.clone()).await;
        assert_eq!(once_more.json()["id"], again.json()["id"], "after {after} writes");
        let jobs = world.get("/v1/jobs").await.json();
        assert_eq!(jobs["jobs"].as_array().unwrap().len(), 1, "after {after} writes: {jobs}");
        let open = world.house.list_all::<OpenJob>(&Partition::OpenJobs).await.unwrap();
        assert_eq!(open.len(), 1, "after {after} writes: it goes on");
        after += 1;
    }
    assert!(after >= 8, "{after} writes: key, its expiry, plan, progress, head and what else a job is made of");
}
