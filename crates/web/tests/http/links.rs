//! Files of a store that has links.

use crate::world::{World, rehearsal, world_in};
use async_trait::async_trait;
use std::ops::Range;
use std::sync::Arc;
use story::artifacts::{Body, Head, Link};
use story::failure::StoreError;
use story::{Artifacts, House, Object};
use web::Settings;

/// Artifacts that are found under an address, which says what it was asked for.
struct Linked(Arc<dyn Artifacts>);

#[async_trait]
impl Artifacts for Linked {
    async fn put(&self, object: &Object, body: Body) -> Result<(), StoreError> {
        self.0.put(object, body).await
    }

    async fn put_new(&self, object: &Object, body: Body) -> Result<bool, StoreError> {
        self.0.put_new(object, body).await
    }

    async fn get(&self, object: &Object, range: Option<Range<u64>>) -> Result<Option<Body>, StoreError> {
        assert!(matches!(object, Object::Plan(_)), "{object} is not read: who has the link reads it");
        self.0.get(object, range).await
    }

    async fn head(&self, object: &Object) -> Result<Option<Head>, StoreError> {
        self.0.head(object).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Head>, StoreError> {
        self.0.list(prefix).await
    }

    async fn delete(&self, object: &Object) -> Result<(), StoreError> {
        self.0.delete(object).await
    }

    async fn link(&self, object: &Object, name: &str, content_type: &str) -> Result<Link, StoreError> {
        Ok(Link::Url(format!("https://store.example/{object}?name={name}&type={content_type}")))
    }
}

#[tokio::test]
async fn a_file_is_where_its_link_points_to() {
    let linked = |house: House| House { artifacts: Arc::new(Linked(house.artifacts)), ..house };
    let world: World = world_in(linked, web::everything, Settings::default(), Ok(rehearsal()));
    let (id, _) = world.preview().await;
    let file = steps::job::write_file(&world.house, &id, "preview.m4a", &b"0123456789"[..]).await.unwrap();
    steps::job::change(&world.house, &id, |job| job.files = vec![file.clone()]).await.unwrap();
    let path = format!("/v1/jobs/{id}/files/preview.m4a");
    for headers in [&[][..], &[("range", "bytes=2-4")]] {
        let answer = world.ask("GET", &path, headers, "").await;
        let location = format!("https://store.example/jobs/{id}/preview.m4a?name=preview.m4a&type=audio/mp4");
        assert_eq!((answer.status, answer.header("location")), (302, location.as_str()), "{headers:?}");
        assert_eq!((answer.header("cache-control"), answer.bytes.len()), ("no-store", 0), "a link is never kept");
    }
    // A link is signed for reading, and would refuse who asks for the head alone.
    let head = world.ask("HEAD", &path, &[], "").await;
    assert_eq!((head.status, head.header("content-length"), head.bytes.len()), (200, "10", 0));
    for name in ["film.mp4", "plan.json", "line-000.mp3"] {
        let answer = world.get(&format!("/v1/jobs/{id}/files/{name}")).await;
        assert_eq!(answer.problem(), (404, "not-found".into(), vec![]), "{name}");
    }
}
