//! Moves a job on: swaps what settled into its progress, sends what is due.

use functions::Deployment;
use story::Task;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let Deployment { house, .. } = Deployment::open().await?;
    aws::serve_queue(async |task: Task, tries| steps::perform::move_on(&house, &task, tries).await).await
}
