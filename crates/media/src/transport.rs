//! MPEG-TS, in which scene parts lie: each frame is a unit with times of its own. Read and written here, so that no program is
//! started to count frames, to put frames in, or to tell a player what is coming.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

const PACKET_BYTES: usize = 188;
const SYNC: u8 = 0x47;
const TABLE_PID: u16 = 0x1000;
const FILM_PID: u16 = 0x100;
/// Times count 90,000ths of a second.
const CLOCK: u64 = 90_000;
/// A frame is decoded this many frames before it is shown, in every part: x264's pyramid of frames needs as many.
const REORDERED: u64 = 2;
/// The mark that begins a frame.
const MARK: [u8; 6] = [0, 0, 0, 1, 9, 0xF0];

/// One frame as it lies in a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// When it is shown, in 90,000ths of a second.
    pub(crate) shown: u64,
    /// When it is decoded.
    pub(crate) decoded: u64,
    /// Whether a player can begin here.
    pub(crate) is_key: bool,
    /// Annex B.
    pub(crate) data: Vec<u8>,
}

/// Reads the units of a part, one after the other.
pub(crate) struct Reader {
    file: BufReader<File>,
    left: u64,
    /// The unit whose packets are being read.
    begun: Option<Unit>,
}

impl Reader {
    /// # Errors
    /// Those of the disk.
    pub(crate) fn open(part: &Path) -> io::Result<Self> {
        let file = File::open(part)?;
        // What is left over at the end ends too early.
        let left = file.metadata()?.len().div_ceil(PACKET_BYTES as u64);
        Ok(Self { file: BufReader::with_capacity(PACKET_BYTES * 1024, file), left, begun: None })
    }

    /// The next unit; `None` at the end.
    ///
    /// # Errors
    /// Those of the disk; `InvalidData` or `UnexpectedEof` where it is no whole number of packets.
    pub(crate) fn unit(&mut self) -> io::Result<Option<Unit>> {
        let mut packet = [0; PACKET_BYTES];
        while self.left > 0 {
            self.left -= 1;
            self.file.read_exact(&mut packet)?;
            if packet[0] != SYNC {
                return Err(ErrorKind::InvalidData.into());
            }
            let adaptation = if packet[3] & 0x20 == 0 { 0 } else { 1 + usize::from(packet[4]) };
            let carried = match packet.get(4 + adaptation..) {
                Some(carried) if packet[3] & 0x10 != 0 => carried,
                _ => continue,
            };
            let is_start = packet[1] & 0x40 != 0;
            // A stream of video is known by its start; what begins otherwise is a table.
            match (is_start, carried) {
                (true, [0, 0, 1, 0xE0..=0xEF, ..]) => {
                    let is_key = adaptation > 1 && packet[5] & 0x40 != 0;
                    let before = self.begun.replace(Unit::begun(carried, is_key)?);
                    if before.is_some() {
                        return Ok(before);
                    }
                }
                (false, data) if (u16::from(packet[1] & 31) << 8 | u16::from(packet[2])) == FILM_PID => {
                    if let Some(unit) = &mut self.begun {
                        unit.data.extend_from_slice(data);
                    }
                }
                _ => {}
            }
        }
        Ok(self.begun.take())
    }
}

impl Unit {
    /// From its first packet.
    fn begun(carried: &[u8], is_key: bool) -> io::Result<Self> {
        let broken = || io::Error::from(ErrorKind::InvalidData);
        let header = usize::from(*carried.get(8).ok_or_else(broken)?);
        let data = carried.get(9 + header..).ok_or_else(broken)?.to_vec();
        let time = |at: usize| {
            let bytes: [u8; 5] = carried.get(at..at + 5)?.try_into().ok()?;
            let [a, b, c, d, e] = bytes.map(u64::from);
            Some((a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1)
        };
        let shown = time(9).filter(|_| carried[7] & 0x80 != 0).ok_or_else(broken)?;
        let decoded = time(14).filter(|_| carried[7] & 0x40 != 0).unwrap_or(shown);
        Ok(Self { shown, decoded, is_key, data })
    }
}

/// Writes a part.
pub(crate) struct Writer {
    file: BufWriter<File>,
    /// Packets of the film so far.
    counter: u8,
}

impl Writer {
    /// # Errors
    /// Those of the disk.
    pub(crate) fn create(part: &Path) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(PACKET_BYTES * 1024, File::create(part)?);
        let [high, low] = (TABLE_PID | 0xE000).to_be_bytes();
        file.write_all(&table(0, 0, &[0, 1, high, low]))?;
        let [high, low] = (FILM_PID | 0xE000).to_be_bytes();
        file.write_all(&table(TABLE_PID, 2, &[high, low, 0xF0, 0, 0x1B, high, low, 0xF0, 0]))?;
        Ok(Self { file, counter: 0 })
    }

    /// Writes frame `index` of a part whose frames are decoded in the order in which they are shown.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn frame(&mut self, index: u64, fps: u32, data: &[u8]) -> io::Result<()> {
        let decoded = index * CLOCK / u64::from(fps);
        let shown = (index + REORDERED) * CLOCK / u64::from(fps);
        self.unit(&Unit { shown, decoded, is_key: index == 0, data: [&MARK, data].concat() })
    }

    /// Writes a unit.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn unit(&mut self, unit: &Unit) -> io::Result<()> {
        let mut carried = vec![0, 0, 1, 0xE0, 0, 0, 0x80, 0xC0, 10];
        carried.extend(time(3, unit.shown));
        carried.extend(time(1, unit.decoded));
        carried.extend_from_slice(&unit.data);
        let mut left = &carried[..];
        let mut is_first = true;
        while !left.is_empty() {
            let mut adaptation = if is_first { clock(unit) } else { Vec::new() };
            let count = left.len().min(PACKET_BYTES - 4 - adaptation.len());
            stuff(&mut adaptation, PACKET_BYTES - 4 - count);
            let [high, low] = (FILM_PID | if is_first { 0x4000 } else { 0 }).to_be_bytes();
            let has = if adaptation.is_empty() { 0x10 } else { 0x30 };
            self.file.write_all(&[SYNC, high, low, has | self.counter])?;
            self.file.write_all(&adaptation)?;
            self.file.write_all(&left[..count])?;
            self.counter = (self.counter + 1) & 15;
            left = &left[count..];
            is_first = false;
        }
        Ok(())
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A time as a unit's head has it.
fn time(mark: u8, time: u64) -> [u8; 5] {
    let part = |shift: u32| (time >> shift) as u8;
    [mark << 4 | (part(30) & 7) << 1 | 1, part(22), part(14) | 1, part(7), part(0) << 1 | 1]
}

/// The adaptation field of a unit's first packet: the clock, and whether a player can begin.
fn clock(unit: &Unit) -> Vec<u8> {
    let base = (unit.decoded << 15 | 0x7E00).to_be_bytes();
    let flags = if unit.is_key { 0x50 } else { 0x10 };
    [&[7, flags], &base[2..]].concat()
}

/// Fills an adaptation field up to `length` bytes.
fn stuff(adaptation: &mut Vec<u8>, length: usize) {
    if adaptation.len() < length && adaptation.is_empty() {
        adaptation.push(0);
    }
    if adaptation.len() < length && adaptation.len() == 1 {
        adaptation.push(0);
    }
    adaptation.resize(length, 0xFF);
    if let Some(first) = adaptation.first_mut() {
        *first = (length - 1) as u8;
    }
}

/// A packet with a table.
fn table(pid: u16, id: u8, entries: &[u8]) -> [u8; PACKET_BYTES] {
    let mut section = vec![id, 0xB0, (entries.len() + 9) as u8, 0, 1, 0xC1, 0, 0];
    section.extend_from_slice(entries);
    let sum = section.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04C1_1DB7 } else { 0 })
    });
    section.extend(sum.to_be_bytes());
    let [high, low] = (pid | 0x4000).to_be_bytes();
    let mut packet = [0xFF; PACKET_BYTES];
    packet[..5].copy_from_slice(&[SYNC, high, low, 0x10, 0]);
    packet[5..5 + section.len()].copy_from_slice(&section);
    packet
}
