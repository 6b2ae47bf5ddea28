//! The gateway: answers as `ElevenLabs` does, while a line is spoken.

use functions::Deployment;
use std::sync::Arc;
use web::Speaking;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let desk = Deployment::open().await?.desk().await?;
    let speaking = Speaking::new(Arc::new(functions::ear()));
    aws::serve_http_streaming(web::speech(desk, speaking)).await
}
