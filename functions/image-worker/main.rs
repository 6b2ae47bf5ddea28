//! Draws and fetches pictures, inside the provider's window.

use functions::Deployment;
use std::time::Duration;
use steps::paint::Which;
use story::Task;

/// No picture is begun after so long: the longest call still ends within the function's time.
const BUDGET: Duration = Duration::from_secs(150);

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let deployment = Deployment::open().await?;
    let (heart, painters) = (deployment.heart(|queues| &queues.images), deployment.painters().await?);
    let house = deployment.house;
    aws::serve_long_queue(&heart, async |_: Task, _| painters.paint_for(&house, Which::Still, BUDGET).await).await
}
