//! Has clips generated, inside the provider's window: orders them, asks how far they are, fetches those that are there.

use functions::Deployment;
use std::time::Duration;
use steps::paint::Which;
use story::Task;

/// No clip is ordered or asked for after so long: the longest call still ends within the function's time.
const BUDGET: Duration = Duration::from_secs(150);

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let deployment = Deployment::open().await?;
    let (heart, painters) = (deployment.heart(|queues| &queues.clips), deployment.painters().await?);
    let house = deployment.house;
    aws::serve_long_queue(&heart, async |_: Task, _| painters.paint_for(&house, Which::Moving, BUDGET).await).await
}
