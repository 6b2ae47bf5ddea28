//! Renders one scene part, lays a track, or joins the film.

use story::Task;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let house = functions::house().await?;
    let studio = functions::studio()?;
    aws::serve_queue(async |task: Task| steps::perform::perform(&house, &studio, &task).await).await
}
