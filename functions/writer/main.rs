//! Has the scripts of stories written.

use functions::Deployment;
use steps::makers::Makers;
use story::Task;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let deployment = Deployment::open().await?;
    let (speech, painters, writer) =
        (deployment.speech().await??, deployment.painters().await?, deployment.writer().await?);
    let (heart, house) = (deployment.heart(|queues| &queues.writer), deployment.house);
    let writer = writer.as_deref().map_err(String::as_str);
    aws::serve_long_queue(&heart, async |task: Task, tries| {
        let makers = Makers { writer, ..painters.makers(speech.as_ref()) };
        steps::perform::have_written(&house, makers, &task, tries).await
    })
    .await
}
