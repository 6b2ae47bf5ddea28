//! Files that say more than they hold, or hold more than they say: each is refused by name, before it costs anything. No test of
//! another kind is here, for all of them together may move the peak of memory by little.

mod support;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, RgbImage};
use media::{Ear, check_picture};
use std::io::Cursor;
use story::artifacts::Body;
use story::failure::Failure;
use story::studio::Listener;
use support::{run, wav};
use tempfile::TempDir;

/// What a refusal may take, all tests of this file at once, in KiB.
#[cfg(target_os = "linux")]
const PEAK_KB: u64 = 300 << 10;

/// The peak of this process so far.
fn small() {
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
        let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("its peak");
        let peak: u64 = line.split_whitespace().nth(1).and_then(|value| value.parse().ok()).expect("a number");
        assert!(peak <= PEAK_KB, "{peak} KiB");
    }
}

fn refused(bomb: &[u8], why: &str) {
    let said = check_picture(bomb).expect_err("it is a bomb");
    assert!(said.starts_with("not a picture that can be read: ") && said.contains(why), "{said}");
    small();
}

/// PNG's checksum.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    };
    !bytes.iter().fold(!0, step)
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// A PNG of 8 bits and a number of channels, with these chunks.
fn png(width: u32, height: u32, colour: u8, chunks: &[Vec<u8>]) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, colour, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(b"IHDR", &head));
    file.extend(chunks.concat());
    file.extend(chunk(b"IEND", &[]));
    file
}

/// Nothing but zeroes, in zlib's form: a thousandth of their number.
fn zeroes(bytes: usize) -> Vec<u8> {
    // The picture's bytes are what its encoder compresses: one row without a filter, and one filter byte.
    let row = vec![0; bytes - 1];
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Best, FilterType::NoFilter)
        .write_image(&row, (bytes - 1) as u32, 1, ExtendedColorType::L8)
        .expect("room in memory");
    let (mut at, mut data) = (8, Vec::new());
    while at < file.len() {
        let size = u32::from_be_bytes(file[at..at + 4].try_into().expect("four")) as usize;
        if &file[at + 4..at + 8] == b"IDAT" {
            data.extend(&file[at + 8..at + 8 + size]);
        }
        at += size + 12;
    }
    data
}

#[test]
fn a_png_of_thirty_thousand_pixels_a_side_is_refused() {
    refused(&png(30_000, 30_000, 2, &[chunk(b"IDAT", &zeroes(1 << 20))]), "30000x30000 is too large");
}

#[test]
fn a_png_that_is_a_thousand_times_its_file_is_refused() {
    // 9,500 x 9,500 fit into 100 megapixels: 270 MB as pixels, out of 50 KB.
    refused(
        &png(9_500, 9_500, 2, &[chunk(b"IDAT", &zeroes(50 << 20))]),
        "it says far more pixels than it has bytes for",
    );
}

#[test]
fn a_small_png_whose_data_never_ends_costs_its_pixels_only() {
    let data = zeroes(64 << 20);
    let chunks: Vec<_> = (0..20).map(|_| chunk(b"IDAT", &data)).collect();
    let _read_or_refused = check_picture(&png(16, 16, 2, &chunks));
    small();
}

#[test]
fn a_profile_of_colours_that_is_a_bomb_costs_nothing() {
    let profile = [b"p\0\0".to_vec(), zeroes(64 << 20)].concat();
    let texts = [b"t\0\0".to_vec(), zeroes(64 << 20)].concat();
    let pixels = chunk(b"IDAT", &zeroes(16 * 49));
    let _read_or_refused = check_picture(&png(16, 16, 2, &[chunk(b"iCCP", &profile), chunk(b"zTXt", &texts), pixels]));
    small();
}

#[test]
fn a_jpeg_that_says_it_is_huge_is_refused() {
    let mut file = Vec::new();
    JpegEncoder::new(&mut file).encode_image(&DynamicImage::new_rgb8(16, 16)).expect("a picture");
    let frame = file.windows(2).position(|marker| marker == [0xFF, 0xC0]).expect("its frame");
    file[frame + 5..frame + 9].fill(0xFF);
    refused(&file, "65535x65535 is too large");
    let (height, width) = (9_900_u16.to_be_bytes(), 9_900_u16.to_be_bytes());
    file[frame + 5..frame + 9].copy_from_slice(&[height, width].concat());
    refused(&file, "it says far more pixels than it has bytes for");
}

#[test]
fn a_jpeg_of_thousands_of_scans_is_refused() {
    // Progressive: each scan goes over every block once more, and takes a dozen bytes.
    let picture = run("ffmpeg", "-v error -f lavfi -i color=s=64x64 -frames:v 1 -c:v mjpeg -f image2pipe pipe:1", b"");
    let frame = picture.windows(2).position(|marker| marker == [0xFF, 0xC0]).expect("its frame");
    let scan = picture.windows(2).position(|marker| marker == [0xFF, 0xDA]).expect("its scan");
    let mut file = picture[..scan].to_vec();
    file[frame + 1] = 0xC2;
    file[frame + 5..frame + 9].copy_from_slice(&[4_000_u16.to_be_bytes(), 4_000_u16.to_be_bytes()].concat());
    for _ in 0..5_000 {
        file.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0, 0x55, 0x55]);
    }
    file.extend([0xFF, 0xD9]);
    file.resize(200_000, 0);
    refused(&file, "it is drawn in far too many passes");
}

#[test]
fn a_gif_that_says_it_is_huge_is_refused_and_of_many_frames_one_is_read() {
    let mut file = Vec::new();
    let picture = DynamicImage::new_rgb8(16, 16);
    picture.write_to(&mut Cursor::new(&mut file), ImageFormat::Gif).expect("a picture");
    let frame = file.windows(4).position(|bytes| bytes[0] == 0x21 && bytes[1] == 0xF9).expect("its first frame");
    let (head, body) = (file[..frame].to_vec(), file[frame..file.len() - 1].to_vec());
    let mut many = head;
    for _ in 0..100_000 {
        many.extend(&body);
    }
    many.push(0x3B);
    assert_eq!(check_picture(&many), Ok(()));
    // What comes after the first frame is not even looked at.
    many.truncate(frame + body.len() + 5);
    assert_eq!(check_picture(&many), Ok(()));
    small();
    file[6..10].fill(0xFF);
    refused(&file, "65535x65535 is too large");
}

#[test]
fn a_webp_that_says_it_is_huge_is_refused() {
    let file = |width: u32, height: u32| {
        // Lossless: 14 bits of width and height, each less one.
        let sizes = ((width - 1) | ((height - 1) << 14)).to_le_bytes();
        let data = [&[0x2F][..], &sizes, &[0; 27]].concat();
        let chunk = [&b"WEBPVP8L"[..], &(data.len() as u32).to_le_bytes(), &data].concat();
        [&b"RIFF"[..], &(chunk.len() as u32).to_le_bytes(), &chunk].concat()
    };
    refused(&file(16_383, 16_383), "16383x16383 is too large");
    refused(&file(9_900, 9_900), "it says far more pixels than it has bytes for");
}

#[test]
fn a_video_of_a_hundred_streams_is_no_picture() {
    let maps = "-map 0:v ".repeat(100);
    let arguments = format!("-v error -f lavfi -i color=s=16x16:d=0.1 {maps} -c:v rawvideo -f nut pipe:1");
    refused(&run("ffmpeg", &arguments, b""), "it is neither PNG, JPEG, WebP, GIF nor BMP");
    let arguments = format!(
        "-v error -f lavfi -i color=s=16x16:d=0.1 {maps} -c:v mpeg4 -movflags frag_keyframe+empty_moov -f mp4 pipe:1"
    );
    refused(&run("ffmpeg", &arguments, b""), "it is neither PNG, JPEG, WebP, GIF nor BMP");
}

#[test]
fn a_large_honest_picture_is_none_of_these() {
    // 36 megapixels of noise at a low quality.
    let noise =
        RgbImage::from_fn(6_000, 6_000, |x, y| image::Rgb([(x * 7 + y * 13) as u8, (x ^ y) as u8, (x * y) as u8]));
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 30).encode_image(&noise).expect("a picture");
    drop(noise);
    assert_eq!(check_picture(&file), Ok(()));
}

async fn unheard(sound: impl Fn() -> Body, why: &str) {
    let folder = TempDir::new().expect("a folder");
    let ear = Ear::open(folder.path().to_owned());
    let said = [ear.level(sound()).await.err(), ear.activity(sound()).await.err()];
    for said in said {
        let Some(Failure::GiveUp(said)) = said else { panic!("it must be given up: {said:?}") };
        assert!(said.contains(why), "{said}");
    }
    small();
}

/// A piece again and again, never whole in memory.
fn again(head: Bytes, piece: Bytes, times: usize) -> Body {
    stream::iter([Ok(head)]).chain(stream::iter((0..times).map(move |_| Ok(piece.clone())))).boxed()
}

#[tokio::test]
async fn ten_hours_of_a_loop_are_refused() {
    // 36 MB as MP3: what its bytes amount to is enough.
    let arguments =
        "-v error -f lavfi -i sine=d=60 -ar 8000 -c:a libmp3lame -b:a 8k -write_xing 0 -id3v2_version 0 -f mp3 pipe:1";
    let loops = Bytes::from(run("ffmpeg", arguments, b""));
    unheard(|| again(Bytes::new(), loops.clone(), 600), "it is longer than an hour").await;
    let second = wav(&[0.1; 8_000], 8_000);
    let mut head = second[..44].to_vec();
    head[4..8].copy_from_slice(&(3_700_u32 * 16_000 + 36).to_le_bytes());
    head[40..44].copy_from_slice(&(3_700_u32 * 16_000).to_le_bytes());
    let head = Bytes::from(head);
    unheard(|| again(head.clone(), second.slice(44..), 3_700), "it is longer than an hour").await;
    // One that does not say how long it is.
    let mut endless = second[..44].to_vec();
    endless[4..8].fill(0xFF);
    endless[40..44].fill(0xFF);
    let endless = Bytes::from(endless);
    unheard(|| again(endless.clone(), second.slice(44..), 3_700), "it is longer than an hour").await;
    // And one that says so because it was streamed, but is short.
    let folder = TempDir::new().expect("a folder");
    let level = Ear::open(folder.path().to_owned()).level(again(endless, second.slice(44..), 3)).await;
    assert_eq!(level.map(|level| level.samples).ok(), Some(144_000));
}

#[tokio::test]
async fn a_sound_of_one_sample_a_second_is_refused() {
    for rate in [1, 100, 3_999, 400_000] {
        unheard(|| again(wav(&[0.1; 100_000], rate), Bytes::new(), 0), "its sample rate is none of a voice").await;
    }
}
