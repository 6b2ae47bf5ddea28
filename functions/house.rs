//! What the functions open: the house on AWS, who speaks for it, and who levels, draws and joins.
//! Imports every room: mains are where they meet.
//! **Invariant:** nothing here decides anything; a function that needs a thought has it in `steps`.

use aws::{Account, Error, Heart, NoSecrets, Places, Secrets, environment};
use local::SystemClock;
use media::{Ear, Workshop};
use providers::{Choice, Key, NoSpeech};
use std::path::PathBuf;
use std::sync::Arc;
use story::{House, Speech};
use web::{Desk, Hosts};

/// The one folder that Lambda lets a function write to.
const SCRATCH: &str = "/tmp";

/// A deployment, as one of its functions reaches it.
pub struct Deployment {
    /// The house.
    pub house: House,
    account: Account,
    places: Places,
}

impl Deployment {
    /// What the environment names.
    ///
    /// # Errors
    /// A sentence, where the environment lacks something or holds what it must not.
    pub async fn open() -> Result<Self, Error> {
        let (account, places) = (Account::open().await?, environment::places()?);
        let settings = environment::settings().map_err(|invalid| invalid.to_string())?;
        let house = aws::house(&account, places.clone(), Arc::new(SystemClock), settings);
        Ok(Self { house, account, places })
    }

    /// Keeps wake-ups from others while the worker works.
    #[must_use]
    pub fn speech_heart(&self) -> Heart {
        Heart::new(&self.account, &self.places.queues.speech, self.house.clock.clone())
    }

    /// Keeps work from others while it is worked on.
    #[must_use]
    pub fn compose_heart(&self) -> Heart {
        Heart::new(&self.account, &self.places.queues.compose, self.house.clock.clone())
    }

    /// Keys and tokens; where there are none, the sentence that says what to set.
    async fn secrets(&self) -> Result<Result<Secrets, String>, Error> {
        let Some(name) = environment::secrets() else {
            return Ok(Err("the template's parameter Secrets names no secret".to_owned()));
        };
        match Secrets::read(&self.account, &name).await {
            Ok(secrets) => Ok(Ok(secrets)),
            Err(NoSecrets::Wrong(sentence)) => Ok(Err(sentence)),
            Err(NoSecrets::Away(sentence)) => Err(sentence.into()),
        }
    }

    /// Who speaks; where a key is missing, the sentence that says what to set.
    ///
    /// # Errors
    /// Where a setting cannot be right, or the secret cannot be read now.
    pub async fn speech(&self) -> Result<Result<Arc<dyn Speech>, String>, Error> {
        if rehearses() {
            return speech(None).await;
        }
        speech(Some(&self.secrets().await?)).await
    }

    /// Who takes requests. API Gateway answers to its own names only, so `Host` needs no second look.
    ///
    /// # Errors
    /// Those of [`Deployment::speech`].
    pub async fn desk(self) -> Result<Desk, Error> {
        let needs_secrets = !rehearses() || !environment::is_open();
        let secrets = if needs_secrets { Some(self.secrets().await?) } else { None };
        let tokens = match &secrets {
            _ if environment::is_open() => Ok(Vec::new()),
            Some(Ok(secrets)) => secrets.tokens(),
            Some(Err(sentence)) => Err(sentence.clone()),
            None => Ok(Vec::new()),
        };
        let missing_token = tokens.as_ref().err().map(|why| {
            format!("Whoever asks must carry a token, and there is none: {why}. Put ONETAKE_TOKENS there, or set the parameter Open to \"true\".")
        });
        let tokens = tokens.unwrap_or_default();
        let settings = web::Settings { tokens, missing_token, hosts: Hosts::Gateway, ..web::Settings::default() };
        Ok(Desk { speech: speech(secrets.as_ref()).await?, house: self.house, settings })
    }
}

fn rehearses() -> bool {
    environment::rehearses() || environment::speech().as_deref() == Some("rehearsal")
}

async fn speech(secrets: Option<&Result<Secrets, String>>) -> Result<Result<Arc<dyn Speech>, String>, Error> {
    let key = |name| secrets.and_then(|secrets| secrets.as_ref().ok()?.get(name).ok()).and_then(Key::new);
    let named = if rehearses() { Some("rehearsal".to_owned()) } else { environment::speech() };
    let choice = Choice {
        // Nothing is rehearsed in place of what was to be spoken.
        named: named.or_else(|| Some("elevenlabs".to_owned())),
        url: environment::speech_url(),
        model: environment::speech_model(),
        usd_per_1000_characters: environment::usd_per_1000_characters().map_err(|invalid| invalid.to_string())?,
        elevenlabs_key: key("ELEVENLABS_API_KEY"),
        openai_key: key("OPENAI_API_KEY"),
        espeak: environment::espeak(),
        ..Choice::default()
    };
    match choice.open().await {
        Ok(speech) => Ok(Ok(speech)),
        Err(NoSpeech::NoKey { provider, key }) => {
            let why = match secrets {
                Some(Err(sentence)) => sentence.clone(),
                Some(Ok(secrets)) => secrets.get(key).err().unwrap_or_default(),
                None => String::new(),
            };
            Ok(Err(format!(
                "{provider} speaks, and there is no key: {why}. Put {key} there, or set the parameter Rehearsal to \"true\"."
            )))
        }
        Err(NoSpeech::Wrong(invalid)) => Err(invalid.to_string().into()),
    }
}

/// Who levels takes, without ffmpeg and fonts.
#[must_use]
pub fn ear() -> Ear {
    Ear::open(PathBuf::from(SCRATCH))
}

/// Who levels, draws and joins.
///
/// # Errors
/// Where ffmpeg or fonts are missing.
pub fn studio() -> Result<Workshop, Error> {
    let fonts = environment::font_folders().unwrap_or_else(media::font_folders);
    let scratch = PathBuf::from(SCRATCH);
    Ok(Workshop::open(media::Settings { ffmpeg: environment::ffmpeg(), fonts, scratch })?)
}
