//! A host that does whatever tasks come.

use local::{Delivery, Inbox};
use std::sync::Arc;
use std::time::Duration;
use story::queue::Receiver;
use story::{House, Studio};

const VISIBILITY: Duration = Duration::from_secs(60);

/// Does the tasks of this receiver, one after the other, for ever.
pub(crate) async fn receives(house: House, inbox: Arc<dyn Inbox>, studio: impl Studio, receiver: Receiver) {
    loop {
        match inbox.receive(receiver, VISIBILITY).await.expect("the queue works") {
            Some(Delivery { task, receipt, tries, .. }) => {
                let settled = match steps::perform::perform(&house, &studio, &task, tries).await {
                    Ok(()) => inbox.done(receipt).await,
                    Err(_) => inbox.again(receipt, Duration::from_secs(1)).await,
                };
                settled.expect("the queue works");
            }
            None => inbox.wait(receiver).await.expect("the queue works"),
        }
    }
}
