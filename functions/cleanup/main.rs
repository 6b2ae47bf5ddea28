//! The sweep: expires, deletes, moves on what stands still; each minute, and when someone asks for it.

use functions::Deployment;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = Deployment::open().await?.desk().await?;
    let house = desk.house.clone();
    aws::serve_schedule(async || steps::sweep::sweep(&house).await.map(|_| ()), web::cleanup(desk)).await
}
