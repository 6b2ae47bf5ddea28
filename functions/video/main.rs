//! Takes a script or a preview, opens a video job.

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = functions::desk().await?;
    aws::serve_http(web::videos(desk)).await
}
