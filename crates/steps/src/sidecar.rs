//! What came with a take's sound and is kept beside it; and how both are fetched from a provider's history.

use futures_util::stream::{self, StreamExt};
use story::artifacts::{Body, Object, body, collect};
use story::failure::StoreError;
use story::maker::MakerError;
use story::speech::{Answer, Books, Heard, HistoryItem, Receipt};
use story::take::Sidecar;
use story::{AttemptId, House, TakeKey};

/// What came with the sound of this name, if it is there.
pub async fn read(house: &House, key: &TakeKey, name: &AttemptId) -> Result<Option<Sidecar>, StoreError> {
    let object = Object::TakeSidecar(key.clone(), name.clone());
    let Some(stored) = house.artifacts.get(&object, None).await? else { return Ok(None) };
    let parsed = serde_json::from_slice(&collect(stored).await?);
    Ok(parsed.inspect_err(|error| tracing::warn!(take.key = %key, %error, "a take's sidecar cannot be read")).ok())
}

/// Writes what came with the sound of this name.
pub(crate) async fn write(house: &House, key: &TakeKey, name: &AttemptId, said: &Sidecar) -> Result<(), StoreError> {
    let json = serde_json::to_vec(said).expect("a sidecar always serialises");
    house.artifacts.put_new(&Object::TakeSidecar(key.clone(), name.clone()), body(json)).await.map(|_| ())
}

/// Fetches an item's sound and stores it under this name, after what came with it; says that. A sound that breaks off is the
/// provider's error: a store that does not work is met again at once.
pub(crate) async fn fetch(
    house: &House,
    books: &dyn Books,
    item: &HistoryItem,
    (key, name): (&TakeKey, &AttemptId),
) -> Result<Result<Sidecar, MakerError>, StoreError> {
    let receipt =
        Receipt { request_id: item.request_id.clone(), item: Some(item.id.clone()), characters: item.characters };
    let said = Sidecar { alignment: item.alignment.clone(), receipt, original: None };
    let sound = match books.sound(&item.id).await {
        Ok(sound) => sound,
        Err(error) => return Ok(Err(error)),
    };
    write(house, key, name, &said).await?;
    match house.artifacts.put_new(&Object::TakeAudio(key.clone(), name.clone()), only_sound(sound)).await {
        Ok(_) => Ok(Ok(said)),
        Err(StoreError::Unavailable(reason)) => Ok(Err(MakerError::Broken(reason))),
        Err(error) => Err(error),
    }
}

/// The bytes of an answer that brings nothing but sound.
fn only_sound(answer: Box<dyn Answer>) -> Body {
    let parts = stream::unfold(Some(answer), |answer| async move {
        let mut answer = answer?;
        match answer.next().await {
            Ok(Heard::Sound(piece)) => Some((Ok(piece.sound), Some(answer))),
            Ok(Heard::End(_)) => None,
            Err(error) => Some((Err(StoreError::Unavailable(error.to_string())), None)),
        }
    });
    parts.boxed()
}
