//! Names of objects as paths below a folder, and the refusal of those that would leave it.

use story::Object;
use story::failure::StoreError;

/// The object's path, if each of its parts is one plain name: a job's file carries a name from outside.
pub(crate) fn path(object: &Object) -> Option<String> {
    let plain = match object {
        Object::Plan(job) => plain(&job.0),
        Object::File(job, name) => plain(&job.0) && plain(name),
        Object::TakeAudio(key, attempt) | Object::TakeSidecar(key, attempt) => plain(&key.0) && plain(&attempt.0),
        Object::Picture(name) | Object::Scene(name) | Object::SceneBoxes(name) => plain(name),
    };
    plain.then(|| object.to_string())
}

fn plain(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0'])
}

pub(crate) fn refused(object: &Object) -> StoreError {
    StoreError::Unavailable(format!("{:?} is no name for a file", object.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use story::JobId;

    #[test]
    fn names_that_would_leave_their_folder_are_refused() {
        let file = |name: &str| path(&Object::File(JobId("j".to_owned()), name.to_owned()));
        for hostile in ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "a\0b"] {
            assert_eq!(file(hostile), None, "{hostile:?}");
            assert_eq!(path(&Object::Picture(hostile.to_owned())), None, "{hostile:?}");
        }
        for good in ["film.mp4", "..film", "映画 ü.mp4"] {
            assert_eq!(file(good), Some(format!("jobs/j/{good}")));
        }
    }
}
