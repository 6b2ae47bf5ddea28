//! The measures and colours of an animation: one type scale, one width of line, and what each role looks like in a palette.

use crate::card::PALETTES;
use crate::frame::Size;
use story::animation::Role;
use story::animator::Colors;

/// The least size of any letters, for a frame 1080 wide.
pub(crate) const LEAST_TYPE: f32 = 28.0;
/// Sizes of type for a frame 1080 wide, before the scene's scale.
pub(super) const TITLE: f32 = 70.0;
pub(super) const HEADING: f32 = 62.0;
pub(super) const BODY: f32 = 46.0;
pub(super) const NOTE: f32 = 34.0;
pub(super) const LABEL: f32 = 32.0;
/// From baseline to baseline, in parts of the size.
pub(super) const LINE_HEIGHT: f32 = 1.3;

/// A colour.
pub(super) type Rgb = [u8; 3];

/// What everything of one scene is drawn with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Pixels for each of a frame 1080 wide.
    pub(super) unit: f32,
    /// What sizes of type are multiplied with in this scene.
    pub(super) scale: f32,
    pub(super) dark: Rgb,
    pub(super) plain: Rgb,
    pub(super) accent: Rgb,
    pub(super) second: Rgb,
    pub(super) good: Rgb,
    pub(super) bad: Rgb,
    pub(super) muted: Rgb,
}

/// A palette's colours, for programs that draw in them.
pub(crate) fn colors(palette: usize, size: Size) -> Colors {
    let Look { dark, plain, accent, second, good, bad, muted, .. } = Look::new(palette, size);
    Colors { ground: dark, plain, accent, second, good, bad, muted }
}

impl Look {
    pub(super) fn new(palette: usize, size: Size) -> Self {
        let palette = &PALETTES[palette % PALETTES.len()];
        let accent = mix(palette.lights[0], palette.accent, 0.62);
        // Warm stands against cool.
        let is_warm = accent[0] > accent[2];
        Self {
            unit: size.scale(),
            scale: 1.0,
            dark: palette.dark,
            plain: [242, 245, 252],
            accent,
            second: if is_warm { [104, 214, 255] } else { [255, 184, 112] },
            good: [104, 232, 160],
            bad: [255, 146, 146],
            muted: mix(palette.accent, [168, 176, 196], 0.55),
        }
    }

    /// The colour of a role.
    pub(super) fn of(&self, role: Role) -> Rgb {
        match role {
            Role::Plain => self.plain,
            Role::Accent => self.accent,
            Role::Second => self.second,
            Role::Good => self.good,
            Role::Bad => self.bad,
            Role::Muted => self.muted,
        }
    }

    /// The colour of shapes that have no letters: plain ones are drawn in the accent.
    pub(super) fn shape(&self, role: Role) -> Rgb {
        if role == Role::Plain { self.accent } else { self.of(role) }
    }

    /// A length given for a frame 1080 wide.
    pub(super) fn px(&self, length: f32) -> f32 {
        length * self.unit
    }

    /// The least size of letters, in pixels.
    pub(super) fn least(&self) -> f32 {
        self.px(LEAST_TYPE)
    }

    /// A size of type in this scene, in pixels.
    pub(super) fn type_size(&self, base: f32) -> f32 {
        self.px(base * self.scale).max(self.least())
    }

    /// The width of lines.
    pub(super) fn line(&self) -> f32 {
        self.px(4.0).max(1.5)
    }

    /// Room between letters and the outline around them.
    pub(super) fn padding(&self, size: f32) -> f32 {
        size * 0.62
    }
}

/// A colour between two.
pub(super) fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    std::array::from_fn(|channel| {
        let (from, to) = (f32::from(from[channel]), f32::from(to[channel]));
        (from + (to - from) * share).round().clamp(0.0, 255.0) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn light(color: Rgb) -> f32 {
        let [red, green, blue] = color.map(|channel| {
            let value = f32::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn every_role_reads_well_on_the_ground_of_every_palette() {
        let size = Size { width: 54, height: 96 };
        for (index, palette) in PALETTES.iter().enumerate() {
            let look = Look::new(index, size);
            let ground = crate::card::ground(palette, index, size, crate::animation::stage::LIGHT).expect("a ground");
            let pixels = ground.data().chunks_exact(4).map(|pixel| light([pixel[0], pixel[1], pixel[2]]));
            let brightest = pixels.fold(0.0, f32::max);
            for role in [Role::Plain, Role::Accent, Role::Second, Role::Good, Role::Bad, Role::Muted] {
                let contrast = (light(look.of(role)) + 0.05) / (brightest + 0.05);
                // Large letters read well from 3 on (WCAG 2.2).
                assert!(contrast >= 3.0, "palette {index}, {role:?}: {contrast}");
            }
        }
    }
}
