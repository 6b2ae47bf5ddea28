//! Who an order is planned for: whoever speaks, draws and fetches.

use crate::open::Refusal;
use story::animation::{Animation, Photo, Primitive};
use story::clips::ClipOrder;
use story::plan::{Painter, PictureMakers};
use story::script::Picture;
use story::{Clips, Fetcher, Images, Invalid, Problem, Script, Speech, Viewer, Writer};

/// The makers of a house, as far as an order must know them.
#[derive(Clone, Copy)]
pub struct Makers<'a> {
    /// Who speaks.
    pub speech: &'a dyn Speech,
    /// Who draws; else why nobody does.
    pub images: Result<&'a dyn Images, &'a str>,
    /// Who generates clips; else why nobody does.
    pub clips: Result<&'a dyn Clips, &'a str>,
    /// Who fetches what lies at an address.
    pub fetcher: Option<&'a dyn Fetcher>,
    /// Who writes; else why nobody does.
    pub writer: Result<&'a dyn Writer, &'a str>,
    /// Who knows what can be drawn.
    pub viewer: Option<&'a dyn Viewer>,
}

const NOBODY_DRAWS: &str = "nobody draws here";
const NOBODY_GENERATES: &str = "nobody generates clips here";
const NOBODY_WRITES: &str = "nobody writes here; give a script";

impl<'a> From<&'a dyn Speech> for Makers<'a> {
    fn from(speech: &'a dyn Speech) -> Self {
        Self {
            speech,
            images: Err(NOBODY_DRAWS),
            clips: Err(NOBODY_GENERATES),
            fetcher: None,
            writer: Err(NOBODY_WRITES),
            viewer: None,
        }
    }
}

impl<'a, S: Speech> From<&'a S> for Makers<'a> {
    fn from(speech: &'a S) -> Self {
        let speech: &'a dyn Speech = speech;
        Self::from(speech)
    }
}

impl Makers<'_> {
    /// Who makes what a script describes, if it describes anything; its prompts and addresses are looked at, all of them.
    pub(crate) fn painters(&self, script: &Script) -> Result<PictureMakers, Refusal> {
        let mut asked = Asked { makers: self, script, found: PictureMakers::default(), problems: Vec::new() };
        for (index, line) in script.lines.iter().enumerate() {
            let pointer = format!("/lines/{index}/picture");
            match &line.picture {
                Some(Picture::Animation(animation)) => asked.animation(&format!("{pointer}/animation"), animation),
                Some(picture) => asked.picture(&pointer, picture),
                None => {}
            }
        }
        Invalid::unless_empty(asked.problems)?;
        Ok(PictureMakers { writer: self.writer.ok().map(Writer::profile), ..asked.found })
    }
}

/// What a script asks of makers, as it is looked through.
struct Asked<'a> {
    makers: &'a Makers<'a>,
    script: &'a Script,
    found: PictureMakers,
    problems: Vec<Problem>,
}

impl Asked<'_> {
    /// A picture at its place.
    fn picture(&mut self, pointer: &str, picture: &Picture) {
        let problem = match picture {
            Picture::Prompt(text) => self.prompt(text).map(|detail| ("prompt", detail)),
            Picture::Url(address) => {
                let nobody = || Err("nobody fetches pictures here; use \"file\" or \"color\"".to_owned());
                let checked = self.makers.fetcher.map_or_else(nobody, |fetcher| fetcher.check(address.trim()));
                checked.err().map(|sentence| ("url", sentence))
            }
            Picture::Clip(text) => self.clip(text).map(|detail| ("clip", detail)),
            Picture::File(_) | Picture::Upload(_) | Picture::Animation(_) | Picture::Color(_) => None,
        };
        self.problems.extend(problem.map(|(kind, detail)| Problem { pointer: format!("{pointer}/{kind}"), detail }));
    }

    fn prompt(&mut self, text: &str) -> Option<String> {
        let images = match self.makers.images {
            Ok(images) => images,
            Err(why) => return Some(format!("{why}; use \"url\", \"file\" or \"color\"")),
        };
        let script = self.script;
        let most = self.found.painter.get_or_insert_with(|| of(images, script)).profile.most_characters;
        let given = text.trim().chars().count();
        (given > most).then(|| format!("{given} characters are too many: at most {most} here"))
    }

    fn clip(&mut self, text: &str) -> Option<String> {
        let generating = match self.makers.clips {
            Ok(generating) => generating,
            Err(why) => return Some(format!("{why}; use \"url\", \"prompt\" or \"color\"")),
        };
        let profile = self.found.clips.get_or_insert_with(|| generating.profile());
        let asked = profile.asked(&ClipOrder::of_scene(text, self.script.look.frame_size()), None, None);
        asked.err().and_then(|wrong| Some(wrong.problems.into_iter().next()?.detail))
    }

    /// What cannot be drawn of an animation, and the pictures inside it.
    fn animation(&mut self, pointer: &str, animation: &Animation) {
        let found = self.makers.viewer.map(|viewer| viewer.proof(animation)).unwrap_or_default();
        let below = |problem: Problem| Problem { pointer: format!("{pointer}{}", problem.pointer), ..problem };
        self.problems.extend(found.into_iter().map(below));
        for (index, thing) in animation.things.iter().enumerate() {
            let picture = match &thing.draw {
                Primitive::Picture(Photo::Url(address)) => Picture::Url(address.clone()),
                Primitive::Picture(Photo::Prompt(text)) => Picture::Prompt(text.clone()),
                _ => continue,
            };
            self.picture(&format!("{pointer}/things/{index}/draw/picture"), &picture);
        }
    }
}

fn of(images: &dyn Images, script: &Script) -> Painter {
    let (width, height) = script.look.frame_size();
    let size = images.size(width, height);
    Painter { profile: images.profile(), size, usd: images.usd(size.0, size.1) }
}
