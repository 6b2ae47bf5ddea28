//! Answers every other route: estimates, jobs, their files, the audit, stats, health.

use functions::Deployment;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = Deployment::open().await?.desk().await?;
    aws::serve_http(web::status(desk)).await
}
