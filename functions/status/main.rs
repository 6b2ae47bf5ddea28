//! Answers every other route: estimates, jobs, their files, the audit, stats, health.

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = functions::desk().await?;
    aws::serve_http(web::status(desk)).await
}
