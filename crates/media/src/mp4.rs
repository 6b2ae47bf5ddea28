//! What an MP4 file says of itself in its boxes (ISO/IEC 14496-12), looked at before anything of it is decoded: reading them costs
//! nothing, however much they claim.

/// Bytes of a clip.
const MOST_BYTES: usize = 256 << 20;
/// Streams: a picture, its sound, and what a camera adds to them.
const MOST_STREAMS: usize = 8;
/// The longest side of a frame.
const LONGEST_SIDE: u32 = 4_096;
/// Under this a side cannot be cut to the shape of a film.
const SHORTEST_SIDE: u32 = 16;
/// Pixels of a frame: what the decoder is told too (see [`crate::clip`]).
pub(crate) const MOST_PIXELS: u32 = 16 << 20;
/// Seconds of a clip.
pub(crate) const MOST_SECONDS: u32 = 200;
/// Frames of a clip: those of the longest, at twice the rate of any film.
pub(crate) const MOST_FRAMES: u32 = MOST_SECONDS * 120;

/// One box: what it is, and what it holds.
struct Part<'a> {
    kind: [u8; 4],
    body: &'a [u8],
}

/// A box says that it is longer than what there is.
struct Cut;

/// The boxes of which something consists, one after another.
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = Result<Part<'a>, Cut>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0;
        // Some files end in a few zeros.
        let (size, kind) = (number(rest, 0)?, rest.get(4..8)?.try_into().ok()?);
        let (head, size) = match size {
            0 => (8, Some(rest.len())),
            1 => (16, long_number(rest, 8).and_then(|size| usize::try_from(size).ok())),
            size => (8, usize::try_from(size).ok()),
        };
        let Some(body) = size.and_then(|size| rest.get(head..size)) else {
            self.0 = &[];
            return Some(Err(Cut));
        };
        self.0 = &rest[head + body.len()..];
        Some(Ok(Part { kind, body }))
    }
}

/// Whether a file is a clip whose decoding may be tried.
///
/// # Errors
/// What it is not, as the end of a sentence.
pub(crate) fn check(file: &[u8]) -> Result<(), String> {
    if file.len() > MOST_BYTES {
        return Err(format!("it has more than {} MB", MOST_BYTES >> 20));
    }
    if file.get(4..8) != Some(b"ftyp") {
        return Err("it is no MP4".to_owned());
    }
    let mut film = None;
    for part in Parts(file) {
        match part {
            Ok(Part { kind: [b'm', b'o', b'o', b'v'], body }) if film.is_none() => film = Some(body),
            Ok(_) => {}
            Err(Cut) => return Err(CUT.to_owned()),
        }
    }
    let film = film.ok_or(CUT)?;
    let tracks: Vec<&[u8]> = within(film, *b"trak").take(MOST_STREAMS + 1).collect();
    if tracks.len() > MOST_STREAMS {
        return Err(format!("it has more than {MOST_STREAMS} streams"));
    }
    let shows = |track: &&&[u8]| down(track, &[*b"mdia", *b"hdlr"]).and_then(|body| body.get(8..12)) == Some(b"vide");
    let track = tracks.iter().find(shows).ok_or("it has no picture")?;
    picture(track)
}

const CUT: &str = "it is cut short";

/// Whether a stream of pictures is within limits, by what it says.
fn picture(track: &[u8]) -> Result<(), String> {
    let table = [*b"mdia", *b"minf", *b"stbl"];
    let entry = |kind| down(track, &[table[0], table[1], table[2], kind]);
    let description = entry(*b"stsd").and_then(|body| body.get(8..)).unwrap_or_default();
    let codec = description.get(4..8).unwrap_or_default();
    // What Lambda's ffmpeg decodes, so that a clip that is taken here is shown there.
    if !matches!(codec, b"avc1" | b"avc3") {
        let named: String =
            codec.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(|&byte| char::from(byte)).collect();
        return Err(format!("its pictures are not H.264 but {}", if named.is_empty() { "unknown" } else { &named }));
    }
    // Two numbers of 16 bits each.
    if let Some(sides) = number(description, 32) {
        sides_are_possible(sides >> 16, sides & 0xFFFF)?;
    }
    let header = down(track, &[*b"mdia", *b"mdhd"]).unwrap_or_default();
    let (scale, length) = match header.first() {
        Some(1) => (number(header, 20), long_number(header, 24)),
        _ => (number(header, 12), number(header, 16).map(u64::from)),
    };
    // All ones where it is not known: the fragments that follow tell.
    let length = length.filter(|&length| length != u64::from(u32::MAX) && length != u64::MAX).unwrap_or_default();
    if length > u64::from(MOST_SECONDS) * u64::from(scale.unwrap_or_default()) {
        return Err(too_long());
    }
    match entry(*b"stsz").and_then(|body| number(body, 8)) {
        Some(frames) if frames > MOST_FRAMES => Err(too_many()),
        _ => Ok(()),
    }
}

/// Whether frames of so many pixels are shown.
///
/// # Errors
/// Why not.
pub(crate) fn sides_are_possible(width: u32, height: u32) -> Result<(), String> {
    if width.max(height) > LONGEST_SIDE || u64::from(width) * u64::from(height) > u64::from(MOST_PIXELS) {
        return Err(format!("{width}x{height} is too large; at most {LONGEST_SIDE} pixels a side"));
    }
    if width.min(height) < SHORTEST_SIDE {
        return Err(format!("{width}x{height} is too small; at least {SHORTEST_SIDE} pixels a side"));
    }
    Ok(())
}

/// Whether so many frames in so many seconds are shown.
///
/// # Errors
/// Why not.
pub(crate) fn length_is_possible(frames: u64, seconds: f64) -> Result<(), String> {
    if seconds > f64::from(MOST_SECONDS) {
        return Err(too_long());
    }
    // It would have to begin again and again.
    if seconds < 0.5 {
        return Err("it is shorter than half a second".to_owned());
    }
    if frames > u64::from(MOST_FRAMES) { Err(too_many()) } else { Ok(()) }
}

fn too_long() -> String {
    format!("it is longer than {MOST_SECONDS} s")
}

fn too_many() -> String {
    format!("it has more than {MOST_FRAMES} frames")
}

/// What the boxes of a kind hold.
fn within(body: &[u8], kind: [u8; 4]) -> impl Iterator<Item = &[u8]> {
    Parts(body).map_while(Result::ok).filter(move |part| part.kind == kind).map(|part| part.body)
}

/// What the first box at the end of a way holds.
fn down<'a>(body: &'a [u8], way: &[[u8; 4]]) -> Option<&'a [u8]> {
    way.iter().try_fold(body, |body, &kind| within(body, kind).next())
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn long_number(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
    }

    fn track(handler: &[u8; 4], codec: &[u8; 4], sides: [u16; 2], seconds: u32, frames: u32) -> Vec<u8> {
        let hdlr = part(b"hdlr", &[&[0; 8][..], handler, &[0; 12]].concat());
        let mdhd = part(b"mdhd", &[&[0; 12][..], &1_000_u32.to_be_bytes(), &(seconds * 1_000).to_be_bytes()].concat());
        let sides = sides.map(u16::to_be_bytes).concat();
        let entry = part(codec, &[&[0; 24][..], &sides, &[0; 50]].concat());
        let stsd = part(b"stsd", &[&[0; 8][..], &entry].concat());
        let stsz = part(b"stsz", &[&[0; 8][..], &frames.to_be_bytes()].concat());
        let stbl = part(b"stbl", &[stsd, stsz].concat());
        let mdia = part(b"mdia", &[mdhd, hdlr, part(b"minf", &stbl)].concat());
        part(b"trak", &mdia)
    }

    fn file(tracks: &[Vec<u8>]) -> Vec<u8> {
        [part(b"ftyp", b"isom"), part(b"mdat", &[0; 100]), part(b"moov", &tracks.concat())].concat()
    }

    #[test]
    fn what_a_file_says_of_itself_is_enough_to_refuse_it() {
        let film = || track(b"vide", b"avc1", [720, 1_280], 8, 192);
        let sound = || track(b"soun", b"mp4a", [0, 0], 8, 192);
        let cut = |file: Vec<u8>, bytes: usize| file[..file.len() - bytes].to_vec();
        let text = b"a film about a lighthouse".to_vec();
        let endless = [part(b"ftyp", b"isom"), vec![0, 0, 0, 1, b'm', b'd', b'a', b't'], vec![0xFF; 8]].concat();
        for (file, expected) in [
            (file(&[film(), sound()]), Ok(())),
            (file(&[sound(), film()]), Ok(())),
            ([file(&[film()]), vec![0; 5]].concat(), Ok(())),
            (Vec::new(), Err("it is no MP4")),
            (text, Err("it is no MP4")),
            (part(b"ftyp", b"isom"), Err("it is cut short")),
            (cut(file(&[film()]), 1), Err("it is cut short")),
            (endless, Err("it is cut short")),
            (part(b"ftyp", b"isom").into_iter().chain([0, 0, 0, 3, 0, 0, 0, 0]).collect(), Err("it is cut short")),
            (file(&[]), Err("it has no picture")),
            (file(&[sound()]), Err("it has no picture")),
            (file(&vec![film(); 9]), Err("it has more than 8 streams")),
            (file(&[track(b"vide", b"hvc1", [720, 1_280], 8, 1)]), Err("its pictures are not H.264 but hvc1")),
            (
                file(&[track(b"vide", b"avc1", [4_098, 16], 8, 1)]),
                Err("4098x16 is too large; at most 4096 pixels a side"),
            ),
            (file(&[track(b"vide", b"avc1", [8, 90], 8, 1)]), Err("8x90 is too small; at least 16 pixels a side")),
            (file(&[track(b"vide", b"avc1", [720, 1_280], 201, 1)]), Err("it is longer than 200 s")),
            (file(&[track(b"vide", b"avc1", [720, 1_280], 8, 24_001)]), Err("it has more than 24000 frames")),
        ] {
            assert_eq!(check(&file), expected.map_err(str::to_owned));
        }
    }

    #[test]
    fn no_cut_and_no_changed_byte_makes_it_stumble() {
        let whole = file(&[track(b"vide", b"avc1", [720, 1_280], 8, 192)]);
        for at in 0..whole.len() {
            let _either = check(&whole[..at]);
            for value in [0, 1, 7, 0x7F, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _either = check(&changed);
            }
        }
    }
}
