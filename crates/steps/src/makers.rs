//! Who an order is planned for: whoever speaks, draws and fetches.

use crate::open::Refusal;
use story::clips::ClipOrder;
use story::plan::{Painter, PictureMakers};
use story::script::Picture;
use story::{Clips, Fetcher, Images, Invalid, Problem, Script, Speech, Writer};

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
        let mut problems = Vec::new();
        let (mut painter, mut clips) = (None, None);
        for (index, line) in script.lines.iter().enumerate() {
            let problem = match &line.picture {
                Some(Picture::Prompt(text)) => match self.images {
                    Err(why) => Some(("prompt", format!("{why}; use \"url\", \"file\" or \"color\""))),
                    Ok(images) => {
                        painter = painter.or_else(|| Some(of(images, script)));
                        let most = painter.as_ref().map_or(usize::MAX, |painter| painter.profile.most_characters);
                        let given = text.trim().chars().count();
                        (given > most)
                            .then(|| ("prompt", format!("{given} characters are too many: at most {most} here")))
                    }
                },
                Some(Picture::Url(address)) => {
                    let nobody = || Err("nobody fetches pictures here; use \"file\" or \"color\"".to_owned());
                    let checked = self.fetcher.map_or_else(nobody, |fetcher| fetcher.check(address.trim()));
                    checked.err().map(|sentence| ("url", sentence))
                }
                Some(Picture::Clip(text)) => match self.clips {
                    Err(why) => Some(("clip", format!("{why}; use \"url\", \"prompt\" or \"color\""))),
                    Ok(generating) => {
                        let profile = clips.get_or_insert_with(|| generating.profile());
                        let asked = profile.asked(&ClipOrder::of_scene(text, script.look.frame_size()), None, None);
                        asked.err().and_then(|wrong| Some(("clip", wrong.problems.into_iter().next()?.detail)))
                    }
                },
                _ => None,
            };
            problems.extend(
                problem.map(|(kind, detail)| Problem { pointer: format!("/lines/{index}/picture/{kind}"), detail }),
            );
        }
        Invalid::unless_empty(problems)?;
        Ok(PictureMakers { painter, clips })
    }
}

fn of(images: &dyn Images, script: &Script) -> Painter {
    let (width, height) = script.look.frame_size();
    let size = images.size(width, height);
    Painter { profile: images.profile(), size, usd: images.usd(size.0, size.1) }
}
