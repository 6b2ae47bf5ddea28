//! Frames of a scene part, counted where they lie: in MPEG-TS each begins a unit of its own, so no program is started to count them.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

const PACKET_BYTES: usize = 188;
const SYNC: u8 = 0x47;

/// Frames of a part.
///
/// # Errors
/// Those of the disk; `InvalidData` or `UnexpectedEof` where it is no whole number of packets.
pub(crate) fn frames(part: &Path) -> io::Result<u64> {
    let file = File::open(part)?;
    let size_bytes = file.metadata()?.len();
    let mut file = BufReader::with_capacity(PACKET_BYTES * 1024, file);
    let (mut packet, mut count) = ([0; PACKET_BYTES], 0);
    // What is left over at the end ends too early.
    for _ in 0..size_bytes.div_ceil(PACKET_BYTES as u64) {
        file.read_exact(&mut packet)?;
        if packet[0] != SYNC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        count += u64::from(begins_a_frame(&packet));
    }
    Ok(count)
}

/// Whether a packet is the first of a unit of video: its start is marked, and what it carries has a video stream's start code.
fn begins_a_frame(packet: &[u8; PACKET_BYTES]) -> bool {
    let is_start = packet[1] & 0x40 != 0;
    let adaptation = if packet[3] & 0x20 == 0 { 0 } else { 1 + usize::from(packet[4]) };
    let carries = packet[3] & 0x10 != 0;
    is_start && carries && matches!(packet.get(4 + adaptation..), Some([0, 0, 1, 0xE0..=0xEF, ..]))
}
