//! Speaks one line at a time, in order, so that the speech provider never hears two of us at once.

use aws::Wake;
use functions::Deployment;
use std::time::Duration;

/// No call begins after so long: the longest one still ends within the function's time.
const BUDGET: Duration = Duration::from_secs(150);

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let deployment = Deployment::open().await?;
    let (heart, speech, ear) =
        (deployment.heart(|queues| &queues.speech), deployment.speech().await??, functions::ear());
    let house = deployment.house;
    aws::serve_long_queue(&heart, async |_: Wake, _| {
        steps::speak::speak_for(&house, speech.as_ref(), &ear, BUDGET).await
    })
    .await
}
