//! Takes a script, opens a preview job.

use functions::Deployment;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = Deployment::open().await?.desk().await?;
    aws::serve_http(web::previews(desk)).await
}
