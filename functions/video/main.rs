//! Takes a script or a preview, opens a video job.

use functions::Deployment;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = Deployment::open().await?.desk().await?;
    aws::serve_http(web::videos(desk)).await
}
