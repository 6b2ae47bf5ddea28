//! What the functions open: the house on AWS, who speaks for it, and who levels, draws and joins.
//! Imports every room: mains are where they meet.
//! **Invariant:** nothing here decides anything; a function that needs a thought has it in `steps`.

use aws::queue::Urls;
use aws::{Account, Error, Heart, ManimFunction, NoSecrets, Places, Secrets, environment};
use local::SystemClock;
use media::{Cards, Ear, Eye, Scenery, Workshop};
use providers::{Choice, ClipChoice, ClipMaker, ImageChoice, NoMaker, Painter, WebFetcher, WriterChoice};
use sandbox::{Environment, Limits, Manim, Walls};
use std::path::PathBuf;
use std::sync::Arc;
use steps::paint::Painters;
use story::animator::Animator;
use story::house::Settings;
use story::{Clips, House, Images, Speech, Writer};
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
        let settings = Settings::read(environment::read)?;
        let house = aws::house(&account, places.clone(), Arc::new(SystemClock), settings);
        Ok(Self { house, account, places })
    }

    /// Keeps messages of a queue from others while a worker works on them.
    #[must_use]
    pub fn heart(&self, queue: impl Fn(&Urls) -> &str) -> Heart {
        Heart::new(&self.account, queue(&self.places.queues), self.house.clock.clone())
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
        if environment::rehearses() {
            return speech(None).await;
        }
        speech(Some(&self.secrets().await?)).await
    }

    /// Who draws, fetches and writes, and who would: a missing key is told to whoever orders what needs it.
    ///
    /// # Errors
    /// Where a setting cannot be right, or the secret cannot be read now.
    pub async fn painters(&self) -> Result<Painters, Error> {
        let secrets = if environment::rehearses() { None } else { Some(self.secrets().await?) };
        let (images, clips, writer) = makers(secrets.as_ref())?;
        let eye = Eye::with_ffmpeg(&media());
        let viewer = Arc::new(eye.with_animator(self.animator()));
        Ok(Painters { images, clips, writer, fetcher: Arc::new(WebFetcher::default()), viewer })
    }

    /// Who levels, draws and joins.
    ///
    /// # Errors
    /// Where ffmpeg or fonts are missing.
    pub fn studio(&self) -> Result<Workshop, Error> {
        Ok(Workshop::open(media())?.with_animator(self.animator()))
    }

    /// Who runs programs for Manim, in a function of their own; else why nobody does.
    fn animator(&self) -> Result<Arc<dyn Animator>, String> {
        ManimFunction::open(&self.account).map(|manim| Arc::new(manim) as Arc<dyn Animator>)
    }

    /// Who takes requests. API Gateway answers to its own names only, so `Host` needs no second look.
    ///
    /// # Errors
    /// Those of [`Deployment::speech`].
    pub async fn desk(self) -> Result<Desk, Error> {
        let needs_secrets = !environment::rehearses() || !environment::is_open();
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
        let (images, clips, writer) = makers(secrets.as_ref())?;
        let (speech, fetcher) = (speech(secrets.as_ref()).await?, Arc::new(WebFetcher::default()));
        Ok(Desk { house: self.house, speech, images, clips, fetcher: Some(fetcher), writer, studio: None, settings })
    }
}

async fn speech(secrets: Option<&Result<Secrets, String>>) -> Result<Result<Arc<dyn Speech>, String>, Error> {
    let choice = Choice::read(environment::read, key_in(secrets))?;
    // There is no espeak-ng on Lambda: the rehearsal speaks in tones.
    let choice = Choice { named: named(choice.named), has_own_keys: true, espeak: None, ..choice };
    match choice.open().await {
        Ok(speech) => Ok(Ok(speech)),
        Err(why) => Ok(Err(nobody(why, "speaks", secrets)?)),
    }
}

/// Who draws, who generates clips, and who writes.
type Makers = (Result<Arc<dyn Images>, String>, Result<Arc<dyn Clips>, String>, Result<Arc<dyn Writer>, String>);

fn makers(secrets: Option<&Result<Secrets, String>>) -> Result<Makers, Error> {
    let settings = media();
    let choice = ImageChoice::read(environment::read, key_in(secrets))?;
    let choice = ImageChoice { named: named(choice.named), has_own_keys: true, ..choice };
    let images: Result<Arc<dyn Images>, String> = match choice.open() {
        Ok(Painter::Provider(images)) => Ok(images),
        Ok(Painter::Rehearsal { usd_per_megapixel }) => {
            // Only whoever draws has fonts.
            let fonts = environment::read("ONETAKE_FONTS").map(|_| settings.fonts.as_slice()).unwrap_or_default();
            Ok(Arc::new(Cards::open(fonts, usd_per_megapixel)))
        }
        Err(why) => Err(nobody(why, "draws", secrets)?),
    };
    let choice = ClipChoice::read(environment::read, key_in(secrets))?;
    let choice = ClipChoice { named: named(choice.named), has_own_keys: true, ..choice };
    let clips: Result<Arc<dyn Clips>, String> = match choice.open() {
        Ok(ClipMaker::Provider(clips)) => Ok(clips),
        Ok(ClipMaker::Rehearsal) => Ok(Arc::new(Scenery::open(&settings))),
        Err(why) => Err(nobody(why, "generates clips", secrets)?),
    };
    Ok((images, clips, writer(secrets)?))
}

fn writer(secrets: Option<&Result<Secrets, String>>) -> Result<Result<Arc<dyn Writer>, String>, Error> {
    let choice = WriterChoice::read(environment::read, key_in(secrets))?;
    let choice = WriterChoice { named: named(choice.named), has_own_keys: true, ..choice };
    match choice.open() {
        Ok(writer) => Ok(Ok(writer)),
        Err(why) => Ok(Err(nobody(why, "writes", secrets)?)),
    }
}

/// A key's text by its name, where there are secrets.
fn key_in(secrets: Option<&Result<Secrets, String>>) -> impl Fn(&str) -> Option<String> {
    move |name| secrets?.as_ref().ok()?.get(name).ok().map(str::to_owned)
}

/// Whom the owner named: where the whole deployment rehearses, the rehearsal.
fn named(named: Option<String>) -> Option<String> {
    if environment::rehearses() { Some("rehearsal".to_owned()) } else { named }
}

/// Why nobody does something, as a sentence that says what to set.
fn nobody(why: NoMaker, does: &str, secrets: Option<&Result<Secrets, String>>) -> Result<String, Error> {
    match why {
        NoMaker::NoKey { provider, key } => {
            let why = match secrets {
                Some(Err(sentence)) => sentence.clone(),
                Some(Ok(secrets)) => secrets.get(key).err().unwrap_or_default(),
                None => String::new(),
            };
            Ok(format!(
                "{provider} {does}, and there is no key: {why}. Put {key} there, or set the parameter Rehearsal to \"true\"."
            ))
        }
        NoMaker::Wrong(sentence) => Err(sentence.into()),
    }
}

/// Who levels takes, without ffmpeg and fonts.
#[must_use]
pub fn ear() -> Ear {
    Ear::open(PathBuf::from(SCRATCH))
}

/// What ffmpeg and fonts are, and where files stand while they are worked on.
fn media() -> media::Settings {
    media::Settings::read(environment::read, SCRATCH.into())
}

/// Who runs programs in here, and what their films are made with.
///
/// # Errors
/// Where the deployment does not say that this function is the sandbox, or Manim is missing.
pub fn stage() -> Result<(Manim, media::Settings), Error> {
    if !environment::is_sandbox() {
        return Err("no program is run here: ONETAKE_SANDBOX does not say \"outer\", which only the template sets, of a function without rights".into());
    }
    let folder = Environment::folder(environment::read);
    Ok((Manim::open(Walls::Deployment, &folder, Limits::default())?, media()))
}
