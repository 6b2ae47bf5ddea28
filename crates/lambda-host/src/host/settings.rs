//! What a test chooses of a deployment.

use crate::services::Services;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a test chooses.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The expanded template.
    pub template: PathBuf,
    /// Where the functions' programs are.
    pub programs: Programs,
    /// Parameters of the template that are not as it has them. What it says of their values is not held against them.
    pub parameters: Vec<(String, String)>,
    /// Kept in `MiniStack`, and named in the parameter `Secrets`.
    pub secret: Option<Secret>,
    /// When the schedules come.
    pub turns: Turns,
    /// Every so many calls to AWS are answered as a busy service does.
    pub busy_every: Option<u64>,
    /// How often a function without reserved concurrency may run at once.
    pub most_at_once: usize,
    /// After how long a message that failed is shown again; `None`: when its visibility is over, as on AWS.
    pub failed_again: Option<Duration>,
    /// What stands for the images of functions that are some.
    pub images: Vec<Image>,
    /// Functions whose time limit is another, in seconds.
    pub timeouts_s: Vec<(String, u32)>,
}

/// What stands for a function's image: its program, and what the image says of its environment.
#[derive(Clone, Debug)]
pub struct Image {
    /// The function's logical name.
    pub function: String,
    /// Its program.
    pub bootstrap: PathBuf,
    /// Variables that the template does not set.
    pub environment: Vec<(String, String)>,
}

/// When the schedules come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// As the template says.
    AsTemplate,
    /// Each time that so long has passed.
    Every(Duration),
    /// By [`Host::take_turn`](crate::Host::take_turn) only.
    Never,
}

/// Where keys and tokens are kept.
#[derive(Clone, Debug)]
pub enum Secret {
    /// In Secrets Manager.
    Manager(String),
    /// In a parameter of SSM's, as a secure string.
    Parameter(String),
}

/// Where the functions' programs are.
#[derive(Clone, Debug)]
pub enum Programs {
    /// What `sam build` packed: a folder for each function, and for each layer.
    Packed(PathBuf),
    /// What `cargo build` made, with no layers: for trying a host.
    Built(PathBuf),
}

impl Settings {
    /// As it is deployed, but that every 20th call to AWS is answered as a busy service does.
    #[must_use]
    pub fn new(template: &Path, programs: Programs) -> Self {
        Self {
            template: template.to_owned(),
            programs,
            parameters: Vec::new(),
            secret: None,
            turns: Turns::AsTemplate,
            busy_every: Some(20),
            most_at_once: 3,
            failed_again: None,
            images: Vec::new(),
            timeouts_s: Vec::new(),
        }
    }

    /// With one parameter more.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: &str) -> Self {
        self.parameters.push((parameter.into(), value.into()));
        self
    }

    /// What stands for a function's image, where it is one.
    pub(super) fn image(&self, function: &str, is_image: bool) -> Result<Option<&Image>, String> {
        let image = self.images.iter().find(|image| image.function == function);
        match (is_image, image) {
            (true, Some(image)) if image.bootstrap.is_file() => Ok(Some(image)),
            (true, Some(image)) => Err(format!("{} is missing: `just build` makes it", image.bootstrap.display())),
            (true, None) => Err(format!("{function} is an image, and nothing stands for it")),
            (false, None) => Ok(None),
            (false, Some(_)) => Err(format!("{function} is no image")),
        }
    }

    pub(super) fn timeout_s(&self, function: &str) -> Option<u32> {
        self.timeouts_s.iter().find(|(name, _)| name == function).map(|(_, timeout_s)| *timeout_s)
    }
}

impl Secret {
    /// Keeps it, and answers its ARN.
    pub(super) async fn keep(&self, services: &Services) -> Result<String, String> {
        match self {
            Self::Manager(text) => services.keep_secret("onetake-keys", text).await,
            Self::Parameter(text) => services.keep_parameter("/onetake/keys", text).await,
        }
    }
}

impl Programs {
    /// A function's program.
    pub(super) fn bootstrap(&self, id: &str, binary: Option<&str>) -> Result<PathBuf, String> {
        let (path, how) = match self {
            Self::Packed(folder) => (folder.join(id).join("bootstrap"), "`just build` packs it"),
            Self::Built(folder) => (folder.join(binary.unwrap_or(id)), "`cargo build -p functions` makes it"),
        };
        if path.is_file() { Ok(path) } else { Err(format!("{} is missing: {how}", path.display())) }
    }

    /// An environment whose paths in `/opt` lead to where the layers were packed. Without layers, what names a file in them is
    /// left out.
    pub(super) fn with_layers(
        &self,
        environment: Vec<(String, String)>,
        layers: &[String],
    ) -> Result<Vec<(String, String)>, String> {
        let mut found = Vec::new();
        for (name, value) in environment {
            let Some(inside) = value.strip_prefix("/opt/") else {
                found.push((name, value));
                continue;
            };
            let Self::Packed(folder) = self else { continue };
            let place = layers.iter().map(|layer| folder.join(layer).join(inside)).find(|path| path.exists());
            let place = place.ok_or_else(|| format!("{name} names {value}, which no layer of {layers:?} has"))?;
            found.push((name, place.to_string_lossy().into_owned()));
        }
        Ok(found)
    }
}
