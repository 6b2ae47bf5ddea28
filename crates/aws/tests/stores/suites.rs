//! Every implementation here does what its port says, also where the services are too busy for one call in three.

use crate::place::{Host, Place};
use crate::proxy::Fault;
use std::sync::Arc;

mod as_it_is {
    use super::*;

    conformance::records_suite!(async {
        let place = Place::new().await;
        let records = place.records(&place.account().await);
        (place, Arc::new(records))
    });

    conformance::artifacts_suite!(async {
        let place = Place::new().await;
        let artifacts = place.artifacts(&place.account().await);
        (place, Arc::new(artifacts))
    });

    conformance::queue_suite!(async {
        let place = Place::new().await;
        let host = Host::new(&place, &place.account().await);
        (place, Arc::new(host))
    });
}

mod while_one_call_in_three_is_throttled {
    use super::*;

    conformance::records_suite!(async {
        let place = Place::new().await;
        let (proxy, account) = place.account_through(Fault::Throttled { each: 3 }).await;
        let records = place.records(&account);
        ((place, proxy), Arc::new(records))
    });

    conformance::artifacts_suite!(async {
        let place = Place::new().await;
        let (proxy, account) = place.account_through(Fault::Throttled { each: 3 }).await;
        let artifacts = place.artifacts(&account);
        ((place, proxy), Arc::new(artifacts))
    });

    conformance::queue_suite!(async {
        let place = Place::new().await;
        let (proxy, account) = place.account_through(Fault::Throttled { each: 3 }).await;
        let host = Host::new(&place, &account);
        ((place, proxy), Arc::new(host))
    });
}

#[tokio::test]
async fn two_openings_of_one_table_agree_on_every_winner() {
    let place = Place::new().await;
    let (one, other) = (place.records(&place.account().await), place.records(&place.account().await));
    conformance::records::exactly_one_makes_a_document_in_two_openings(&one, &other).await;
    conformance::records::exactly_one_swaps_a_document_in_two_openings(&one, &other).await;
    conformance::records::no_step_is_lost_in_two_openings(&one, &other).await;
}
