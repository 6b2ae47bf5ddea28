//! How a still picture moves: slowly, by a kind chosen by what it shows, into a fixed pose.

use crate::frame::Size;
use crate::warp::Pose;
use story::script::Motion;

/// How far a picture is zoomed at most.
const PICTURE_ZOOM: f64 = 1.08;
/// How far a card is: its letters should not seem to swim.
const CARD_ZOOM: f64 = 1.035;

/// A way through a picture: from one view to another. A view is a zoom and where it looks, 0 to 1 of the room there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Way {
    /// Size of the picture that is moved over.
    pub(crate) picture: Size,
    frame: Size,
    largest: f64,
    from: View,
    to: View,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    zoom: f64,
    x: f64,
    y: f64,
}

impl Way {
    /// The way that `motion` takes through the picture named by `key`.
    pub(crate) fn new(motion: Motion, key: &str, is_card: bool, frame: Size) -> Self {
        Self::as_far_as(if is_card { CARD_ZOOM } else { PICTURE_ZOOM }, motion, key, frame)
    }

    /// The same, zoomed as far as told.
    pub(crate) fn as_far_as(zoom: f64, motion: Motion, key: &str, frame: Size) -> Self {
        let largest = if motion == Motion::None { 1.0 } else { zoom };
        let view = |zoom, x, y| View { zoom, x, y };
        let whole = view(1.0, 0.5, 0.5);
        let chance = key.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let (from, to) = match (motion, chance % 4) {
            (Motion::None, _) => (whole, whole),
            (Motion::Zoom, 0) => (whole, view(largest, 0.5, 0.5)),
            (Motion::Zoom, 1) => (view(largest, 0.5, 0.5), whole),
            (Motion::Zoom, 2) => (whole, view(largest, 0.3, 0.4)),
            (Motion::Zoom, _) => (whole, view(largest, 0.7, 0.4)),
            (Motion::Pan, 0) => (view(largest, 0.0, 0.5), view(largest, 1.0, 0.5)),
            (Motion::Pan, 1) => (view(largest, 1.0, 0.5), view(largest, 0.0, 0.5)),
            (Motion::Pan, 2) => (view(largest, 0.5, 0.0), view(largest, 0.5, 1.0)),
            (Motion::Pan, _) => (view(largest, 0.5, 1.0), view(largest, 0.5, 0.0)),
        };
        let even = |side: usize| (side as f64 * largest / 2.0).ceil() as usize * 2;
        let picture = Size { width: even(frame.width), height: even(frame.height) };
        Self { picture, frame, largest, from, to }
    }

    /// Whether anything moves.
    pub(crate) fn moves(&self) -> bool {
        self.from != self.to
    }

    /// The view of frame `index` of `frames`: the first frame stands at the start, the last one in the end pose.
    pub(crate) fn pose(&self, index: u64, frames: u64) -> Pose {
        let t = if frames > 1 { (index.min(frames - 1)) as f64 / (frames - 1) as f64 } else { 1.0 };
        // Half steady, half eased: it starts and stops softly and never seems to stand.
        let eased = 0.4 * t + 0.6 * t * t * (3.0 - 2.0 * t);
        let mix = |from: f64, to: f64| from + (to - from) * eased;
        // Sizes grow evenly to the eye when their logarithm does.
        let zoom = (mix(self.from.zoom.ln(), self.to.zoom.ln())).exp();
        self.view(View { zoom, x: mix(self.from.x, self.to.x), y: mix(self.from.y, self.to.y) })
    }

    /// The pose in which the motion ends.
    pub(crate) fn end(&self) -> Pose {
        self.view(self.to)
    }

    fn view(&self, view: View) -> Pose {
        let step = self.largest / view.zoom;
        // Room left and right of what is seen.
        let place = |picture: usize, frame: usize, at: f64| {
            let seen = frame as f64 * step;
            (seen - step) / 2.0 + (step - 1.0) / 2.0 + (picture as f64 - seen).max(0.0) * at
        };
        Pose {
            x: place(self.picture.width, self.frame.width, view.x),
            y: place(self.picture.height, self.frame.height, view.y),
            step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_ends_in_its_end_pose_and_stays_inside_the_picture() {
        let frame = Size { width: 270, height: 480 };
        for motion in [Motion::Zoom, Motion::Pan, Motion::None] {
            for key in ["a", "b", "c", "d", "e", "f", "g", "h"] {
                let way = Way::new(motion, key, false, frame);
                assert_eq!(way.pose(99, 100), way.end());
                assert_eq!(way.pose(0, 1), way.end());
                for index in 0..100 {
                    let pose = way.pose(index, 100);
                    let half = (frame.width as f64 - 1.0) / 2.0 * pose.step;
                    let (left, right) = (pose.x - half, pose.x + half);
                    assert!(left >= -0.6 && right <= way.picture.width as f64 - 0.4, "{motion:?} {key} {left} {right}");
                }
            }
        }
    }
}
