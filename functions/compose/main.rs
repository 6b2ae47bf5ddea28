//! Renders one scene part, lays a track, or joins the film.

use functions::Deployment;
use story::Task;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let deployment = Deployment::open().await?;
    let (heart, studio) = (deployment.heart(|queues| &queues.compose), deployment.studio()?);
    let house = deployment.house;
    aws::serve_long_queue(&heart, async |task: Task, tries| {
        steps::perform::perform(&house, &studio, &task, tries).await
    })
    .await
}
