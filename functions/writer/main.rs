//! Has the scripts of stories and topics written, and the animations of topics.

use functions::Deployment;
use std::time::Duration;
use steps::paint::Which;
use story::Task;

/// No animation is begun after so long: the longest call still ends within the function's time.
const BUDGET: Duration = Duration::from_secs(150);

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let deployment = Deployment::open().await?;
    let (speech, painters) = (deployment.speech().await??, deployment.painters().await?);
    let (heart, house) = (deployment.heart(|queues| &queues.writer), deployment.house);
    aws::serve_long_queue(&heart, async |task: Task, tries| match task {
        Task::Sketch { .. } => painters.paint_for(&house, Which::Written, BUDGET).await,
        _ => steps::perform::have_written(&house, painters.makers(speech.as_ref()), &task, tries).await,
    })
    .await
}
