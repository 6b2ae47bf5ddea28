//! The sweep: expires, deletes, moves on what stands still; each minute, and when someone asks for it.

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = functions::desk().await?;
    let house = desk.house.clone();
    aws::serve_schedule(async || steps::sweep::sweep(&house).await.map(|_| ()), web::cleanup(desk)).await
}
