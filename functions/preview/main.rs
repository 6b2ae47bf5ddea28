//! Takes a script, opens a preview job.

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = functions::desk().await?;
    aws::serve_http(web::previews(desk)).await
}
