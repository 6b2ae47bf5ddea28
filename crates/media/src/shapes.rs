//! Rectangles and paints: small geometry shared by captions and cards.

use tiny_skia::{FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Transform};

/// Fills a path with one colour.
pub(crate) fn fill(drawing: &mut Pixmap, path: Option<Path>, color: [u8; 3], at: Transform) {
    if let Some(path) = path {
        drawing.fill_path(&path, &paint(color), FillRule::Winding, at, None);
    }
}

/// A paint of one colour.
pub(crate) fn paint(color: [u8; 3]) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(color[0], color[1], color[2], 255);
    paint
}

/// A rectangle with round corners.
pub(crate) fn rounded(area: Rect, radius: f32) -> Option<Path> {
    let r = radius.min(area.width() / 2.0).min(area.height() / 2.0);
    // A quarter of a circle, as a cubic curve.
    let k = r * 0.447_715;
    let (left, top, right, bottom) = (area.left(), area.top(), area.right(), area.bottom());
    let mut path = PathBuilder::new();
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.cubic_to(right - k, top, right, top + k, right, top + r);
    path.line_to(right, bottom - r);
    path.cubic_to(right, bottom - k, right - k, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.cubic_to(left + k, bottom, left, bottom - k, left, bottom - r);
    path.line_to(left, top + r);
    path.cubic_to(left, top + k, left + k, top, left + r, top);
    path.close();
    path.finish()
}

/// The middle of a rectangle.
pub(crate) fn middle(rect: Rect) -> (f32, f32) {
    ((rect.left() + rect.right()) / 2.0, (rect.top() + rect.bottom()) / 2.0)
}

/// A rectangle grown on all sides.
pub(crate) fn grown(rect: Rect, x: f32, y: f32) -> Rect {
    Rect::from_ltrb(rect.left() - x, rect.top() - y, rect.right() + x, rect.bottom() + y).unwrap_or(rect)
}

/// The least rectangle around all.
pub(crate) fn union(rects: impl Iterator<Item = Rect>) -> Option<Rect> {
    rects.fold(None, |all: Option<Rect>, rect| {
        let Some(all) = all else { return Some(rect) };
        Rect::from_ltrb(
            all.left().min(rect.left()),
            all.top().min(rect.top()),
            all.right().max(rect.right()),
            all.bottom().max(rect.bottom()),
        )
    })
}
