//! What the scenes of a script are made of, and who makes the pictures that it describes.

use super::{FETCHING, PlannedPicture, PlannedScene, PlannedSegment, PlannedTake};
use crate::animation::{Animation, Photo, Staged, key_points};
use crate::clips::{ClipOrder, ClipsProfile};
use crate::images::{ImagesProfile, PictureRequest, Prompt};
use crate::scene::{Backdrop, Card};
use crate::script::{Line, Picture, Script};
use crate::time::estimated_speech_s;
use crate::writer::WriterProfile;
use crate::writing::{Brief, FORMAT, Section};
use std::collections::BTreeMap;

/// A scene part is at most about this long; a longer line is a part of its own.
const PART_S: f64 = 60.0;

/// Who draws what a script describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Painter {
    /// What it is.
    pub profile: ImagesProfile,
    /// The size that it is asked for, for the frame of this film.
    pub size: (u32, u32),
    /// What a picture of that size costs, in US dollars.
    pub usd: f64,
}

impl Painter {
    fn plan(&self, text: &str) -> PlannedPicture {
        let account = self.profile.drawing_account();
        let ImagesProfile { provider, base_url, model, .. } = self.profile.clone();
        let (width, height) = self.size;
        let text = text.trim().to_owned();
        let request = PictureRequest::Drawn(Prompt { provider, base_url, model, text, width, height, seed: None });
        PlannedPicture { key: request.key(), request, account, usd: self.usd }
    }
}

/// Who makes the pictures that a script describes, where anybody does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PictureMakers {
    /// Who draws.
    pub painter: Option<Painter>,
    /// Who generates clips.
    pub clips: Option<ClipsProfile>,
    /// Who writes the animations of sections.
    pub writer: Option<WriterProfile>,
}

impl PictureMakers {
    /// Whether nothing is paid for a picture; `None` where nobody is ever paid for such a one.
    pub(super) fn rehearse(&self, request: &PictureRequest) -> Option<bool> {
        match request {
            PictureRequest::Drawn(_) => self.painter.as_ref().map(|painter| painter.profile.rehearsed),
            PictureRequest::Generated(_) => self.clips.as_ref().map(|clips| clips.rehearsed),
            PictureRequest::Written(_) => self.writer.as_ref().map(|writer| writer.rehearsed),
            PictureRequest::Fetched(_) => None,
        }
    }
}

/// What the scenes of a script are made of.
pub(super) struct Scenes<'a> {
    pub(super) script: &'a Script,
    /// The user's files by the name the script calls them.
    pub(super) pictures: &'a BTreeMap<String, String>,
    pub(super) makers: &'a PictureMakers,
    /// The sections of a topic: one for each line.
    pub(super) sections: &'a [Section],
}

impl Scenes<'_> {
    /// A scene is a maximal run of lines under one picture; lines under no picture are scenes of their own, each with its card.
    /// Long scenes are cut at segments by the length to be expected: parts must be known before the first take is there.
    pub(super) fn of(
        &self,
        takes: &[PlannedTake],
        segments: &[PlannedSegment],
    ) -> (Vec<PlannedScene>, Vec<PlannedPicture>) {
        let (mut parts, mut paintings): (Vec<PlannedScene>, Vec<PlannedPicture>) = (Vec::new(), Vec::new());
        let mut picture: Option<&Picture> = None;
        // The line at which the scene begins.
        let mut origin = self.script.lines.first();
        let mut length_s = 0.0;
        for (index, segment) in segments.iter().enumerate() {
            let line = &self.script.lines[segment.line];
            let begins_line = index.checked_sub(1).is_none_or(|before| segments[before].line != segment.line);
            let ends_line = segments.get(index + 1).is_none_or(|after| after.line != segment.line);
            let pause_ms = if ends_line { line.pause_ms } else { 0 };
            let segment_s = estimated_speech_s(&takes[segment.take].request.text) + f64::from(pause_ms) / 1000.0;
            let opens = begins_line && (line.picture.is_some() || picture.is_none());
            picture = line.picture.as_ref().or(picture);
            origin = if opens { Some(line) } else { origin };
            if !opens && length_s + segment_s <= PART_S {
                if let Some(part) = parts.last_mut() {
                    part.end = index + 1;
                }
                length_s += segment_s;
                continue;
            }
            let mut numbered = |planned: PlannedPicture| {
                paintings.iter().position(|known| known.key == planned.key).unwrap_or_else(|| {
                    paintings.push(planned);
                    paintings.len() - 1
                })
            };
            let (section, origin) = (self.sections.get(segment.line), origin.unwrap_or(line));
            let painting = match section {
                Some(section) => self.animation(section),
                None => picture.and_then(|picture| self.painting(picture)),
            };
            let painting = painting.map(&mut numbered);
            let photos = self.photos(picture).into_iter().map(|(id, planned)| (id, numbered(planned))).collect();
            let backdrop = match section {
                Some(section) => self.staged(key_points(&section.heading, &section.points, &section.words()), origin),
                None => self.backdrop(picture, line, origin),
            };
            parts.push(PlannedScene { first: index, end: index + 1, backdrop, painting, photos, goes_on: !opens });
            length_s = segment_s;
        }
        (parts, paintings)
    }

    fn backdrop(&self, picture: Option<&Picture>, line: &Line, origin: &Line) -> Backdrop {
        match picture {
            Some(Picture::File(name)) => Backdrop::Picture(self.pictures.get(name).cloned().unwrap_or_default()),
            Some(Picture::Color(color)) => Backdrop::Color(color.rgb().unwrap_or_default()),
            Some(Picture::Animation(animation)) => self.staged(animation.as_ref().clone(), origin),
            _ => Backdrop::Card(Card {
                speaker: line.speaker.clone(),
                text: line.text.clone(),
                speaker_index: self.speaker_index(line),
            }),
        }
    }

    fn speaker_index(&self, line: &Line) -> usize {
        self.script.speakers.keys().position(|name| *name == line.speaker).unwrap_or_default()
    }

    /// An animation with the pictures of the user's that are at hand. When its steps begin follows from what is spoken.
    fn staged(&self, animation: Animation, line: &Line) -> Backdrop {
        let file = |(id, photo): (&str, &Photo)| match photo {
            Photo::File(name) => Some((id.to_owned(), self.pictures.get(name)?.clone())),
            Photo::Url(_) | Photo::Prompt(_) => None,
        };
        let pictures = animation.photos().filter_map(file).collect();
        Backdrop::Animation(Box::new(Staged {
            animation,
            cues: Vec::new(),
            pictures,
            palette: self.speaker_index(line),
        }))
    }

    /// The pictures inside an animation that are still to be had, by their things.
    fn photos(&self, picture: Option<&Picture>) -> Vec<(String, PlannedPicture)> {
        let Some(Picture::Animation(animation)) = picture else { return Vec::new() };
        let planned = |(id, photo): (&str, &Photo)| {
            let picture = match photo {
                Photo::File(_) => return None,
                Photo::Url(address) => Picture::Url(address.clone()),
                Photo::Prompt(text) => Picture::Prompt(text.clone()),
            };
            Some((id.to_owned(), self.painting(&picture)?))
        };
        animation.photos().filter_map(planned).collect()
    }

    /// The animation of a section, which is still to be written.
    fn animation(&self, section: &Section) -> Option<PlannedPicture> {
        let writer = self.makers.writer.as_ref()?;
        let WriterProfile { provider, base_url, model, .. } = writer.clone();
        let aspect = self.script.look.aspect;
        let language = self.script.language.clone();
        let brief = Brief { provider, base_url, model, section: section.clone(), aspect, language, format: FORMAT };
        let request = PictureRequest::Written(Box::new(brief));
        // What it costs is known when it is written.
        Some(PlannedPicture { key: request.key(), request, account: writer.writing_account(), usd: 0.0 })
    }

    fn painting(&self, picture: &Picture) -> Option<PlannedPicture> {
        match picture {
            Picture::Prompt(text) => self.makers.painter.as_ref().map(|painter| painter.plan(text)),
            Picture::Clip(text) => {
                let (clips, look) = (self.makers.clips.as_ref()?, &self.script.look);
                // That its model makes it was seen when the order came.
                let (request, usd) = clips.asked(&ClipOrder::of_scene(text, look.frame_size()), None, None).ok()?;
                Some(PlannedPicture::generated(request, usd, clips))
            }
            Picture::Url(address) => {
                let request = PictureRequest::Fetched(address.trim().to_owned());
                Some(PlannedPicture { key: request.key(), request, account: FETCHING.to_owned(), usd: 0.0 })
            }
            Picture::File(_) | Picture::Color(_) | Picture::Upload(_) | Picture::Animation(_) => None,
        }
    }
}
