//! Speaks one line at a time, in order, so that the speech provider never hears two of us at once.

use aws::Wake;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let house = functions::house().await?;
    let speech = functions::speech().await;
    let studio = functions::studio()?;
    aws::serve_queue(async |_: Wake| steps::speak::speak(&house, &speech, &studio).await).await
}
