//! A picture with round corners; where it could not be had, a frame that says so.

use super::{Kind, Widths};
use crate::animation::look::{Look, mix};
use crate::animation::mark::{Drawing, Mark, Shape, circle};
use crate::frame::Size;
use crate::lettering::Typesetter;
use crate::picture::cover;
use crate::shapes::rounded;
use image::RgbImage;
use std::sync::Arc;
use story::animation::Role;
use tiny_skia::{FillRule, IntSize, Mask, PathBuilder, Pixmap, Rect, Transform};

pub(super) struct Drawn {
    picture: Option<Arc<RgbImage>>,
    role: Role,
}

impl Drawn {
    pub(super) fn new(picture: Option<Arc<RgbImage>>, role: Role) -> Self {
        Self { picture, role }
    }

    /// Height of a width of 1; extreme pictures are cut.
    fn shape(&self) -> f32 {
        self.picture
            .as_ref()
            .map_or(0.66, |picture| (picture.height() as f32 / picture.width().max(1) as f32).clamp(0.4, 1.7))
    }
}

impl Kind for Drawn {
    fn widths(&self, look: &Look) -> Widths {
        Widths { least: look.px(150.0), natural: look.px(480.0 * look.scale.max(0.4)) / self.shape().max(1.0) }
    }

    fn height(&self, width: f32, look: &Look) -> f32 {
        width.min(self.widths(look).natural) * self.shape()
    }

    fn most(&self, look: &Look) -> (f32, f32) {
        let width = look.px(900.0) / self.shape().max(1.0);
        (width, width * self.shape())
    }

    fn draw(&self, room: (f32, f32), _: (f32, f32), look: &Look, _: &mut Typesetter) -> Drawing {
        let most = self.most(look);
        let width = room.0.min(room.1 / self.shape()).min(most.0).floor().max(2.0);
        let height = (width * self.shape()).floor().max(2.0).min(room.1.max(2.0));
        let mut drawing = Drawing::new(width, height);
        let radius = look.px(22.0).min(width.min(height) * 0.2);
        let area = Rect::from_xywh(0.0, 0.0, width, height);
        drawing.radius = Some(radius);
        match &self.picture {
            Some(picture) => {
                let photo = clipped(picture, width as usize, height as usize, radius);
                drawing.push(photo.map(|photo| {
                    let mut mark = Mark::new(Shape::Stamp(Arc::new(photo), 0.0, 0.0, 1.0), look.plain);
                    mark.keeps_color = true;
                    mark
                }));
            }
            None => {
                let color = look.of(self.role);
                let path = area.and_then(|area| rounded(crate::shapes::grown(area, -1.0, -1.0), radius));
                super::boxed::outlined(&mut drawing, path, mix(look.dark, color, 0.6), look);
                landscape(&mut drawing, (width, height), look);
            }
        }
        if let (Some(_), Some(area)) = (&self.picture, area) {
            let edge = rounded(crate::shapes::grown(area, -1.0, -1.0), radius);
            let color = if self.role == Role::Plain { mix(look.dark, look.plain, 0.5) } else { look.of(self.role) };
            drawing.push(Mark::line(edge, look.line() / 2.0, color).map(|mark| mark.when(0.0, 0.6)));
        }
        drawing
    }
}

/// The sign for a picture: a hill and a sun.
fn landscape(drawing: &mut Drawing, (width, height): (f32, f32), look: &Look) {
    let side = width.min(height) * 0.4;
    let (x, y) = (width / 2.0, height / 2.0);
    let mut path = PathBuilder::new();
    path.move_to(x - side * 0.7, y + side * 0.4);
    path.line_to(x - side * 0.2, y - side * 0.15);
    path.line_to(x + side * 0.1, y + side * 0.15);
    path.line_to(x + side * 0.3, y - side * 0.05);
    path.line_to(x + side * 0.7, y + side * 0.4);
    path.close();
    drawing.push(Mark::fill(path.finish(), look.muted).map(|mark| mark.alpha(0.7).when(0.4, 1.0)));
    let sun = circle(x + side * 0.3, y - side * 0.35, side * 0.12);
    drawing.push(Mark::fill(sun, look.muted).map(|mark| mark.alpha(0.7).when(0.5, 1.0)));
}

fn clipped(picture: &RgbImage, width: usize, height: usize, radius: f32) -> Option<Pixmap> {
    let photo = cover(picture, Size { width, height });
    let pixels = photo.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2], 255]).collect();
    let mut drawn = Pixmap::from_vec(pixels, IntSize::from_wh(width as u32, height as u32)?)?;
    let mut mask = Mask::new(width as u32, height as u32)?;
    let area = Rect::from_xywh(0.0, 0.0, width as f32, height as f32)?;
    mask.fill_path(&rounded(area, radius)?, FillRule::Winding, true, Transform::identity());
    drawn.apply_mask(&mask);
    Some(drawn)
}
