//! Font files: named ones out of the folders given. The system's own list of fonts is never asked, so a film looks the same everywhere.

use cosmic_text::fontdb::{Database, ID, Source};
use cosmic_text::{FontSystem, Weight};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use story::failure::Failure;
use story::ids::sha256_hex;

/// Files that are loaded where they are found, in the order in which they are asked for a character.
const FILES: [&str; 41] = [
    "NotoSans-Bold.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansHebrew-Bold.ttf",
    "NotoSansDevanagari-Bold.ttf",
    "NotoSansBengali-Bold.ttf",
    "NotoSansGujarati-Bold.ttf",
    "NotoSansGurmukhi-Bold.ttf",
    "NotoSansTamil-Bold.ttf",
    "NotoSansTelugu-Bold.ttf",
    "NotoSansKannada-Bold.ttf",
    "NotoSansMalayalam-Bold.ttf",
    "NotoSansOriya-Bold.ttf",
    "NotoSansSinhala-Bold.ttf",
    "NotoSansThai-Bold.ttf",
    "NotoSansLao-Bold.ttf",
    "NotoSansKhmer-Bold.ttf",
    "NotoSansMyanmar-Bold.ttf",
    "NotoSansGeorgian-Bold.ttf",
    "NotoSansArmenian-Bold.ttf",
    "NotoSansEthiopic-Bold.ttf",
    "NotoSansThaana-Bold.ttf",
    "NotoSansCherokee-Bold.ttf",
    "NotoSansCJK-Bold.ttc",
    "NotoSansSymbols-Bold.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "NotoSansMath-Regular.ttf",
    "NotoColorEmoji.ttf",
    "NotoSerif-Bold.ttf",
    "DejaVuSans-Bold.ttf",
    "LiberationSans-Bold.ttf",
    "DroidSansFallbackFull.ttf",
    // macOS.
    "Arial Bold.ttf",
    "Arial Unicode.ttf",
    "ヒラギノ角ゴシック W7.ttc",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "GeezaPro.ttc",
    "ArialHB.ttc",
    "Kohinoor.ttc",
    "Thonburi.ttc",
    "Apple Color Emoji.ttc",
];

/// How deep folders are looked through.
const DEPTH: usize = 5;

/// Where fonts usually are: Debian and its kin, macOS, a Lambda layer. Folders that are not there do no harm.
#[must_use]
pub fn font_folders() -> Vec<PathBuf> {
    [
        "/opt/fonts",
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/Library/Fonts",
        "/System/Library/Fonts",
        "/opt/homebrew/share/fonts",
    ]
    .iter()
    .map(PathBuf::from)
    .collect()
}

/// The font files that were found.
pub(crate) struct Fonts {
    /// Every font file in the folders, by its name.
    found: BTreeMap<String, PathBuf>,
    loaded: OnceLock<Loaded>,
}

struct Loaded {
    database: Database,
    /// Faces in the order in which they are asked, and whether each draws emoji.
    faces: Vec<Face>,
    hash: String,
}

/// One face of a font.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    pub(crate) id: ID,
    pub(crate) family: String,
    pub(crate) weight: Weight,
    pub(crate) is_emoji: bool,
}

impl Fonts {
    /// Looks for font files in folders.
    ///
    /// # Errors
    /// A sentence for a person if there is none that could be used.
    pub(crate) fn find(folders: &[PathBuf]) -> Result<Self, Failure> {
        let mut found = BTreeMap::new();
        for folder in folders {
            look(folder, DEPTH, &mut found);
        }
        let names = FILES.iter().filter(|name| found.contains_key(**name)).count();
        if names == 0 {
            let places: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            return Err(Failure::GiveUp(format!(
                "no font is installed: none of NotoSans-Bold.ttf and its kin is in {} (on Debian: apt-get install fonts-noto-core)",
                places.join(", ")
            )));
        }
        Ok(Self { found, loaded: OnceLock::new() })
    }

    fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| {
            let (mut database, mut faces, mut hashes) = (Database::new(), Vec::new(), Vec::new());
            for name in FILES {
                // A file that cannot be read is as one that is not there; the hash tells the two apart.
                let Some(bytes) = self.found.get(name).and_then(|path| std::fs::read(path).ok()) else { continue };
                hashes.push(format!("{name} {}", sha256_hex(&bytes)));
                faces.extend(load(&mut database, bytes));
            }
            // Others are loaded only where a look names them: their sizes must do.
            for (name, path) in &self.found {
                let size_bytes = std::fs::metadata(path).map_or(0, |data| data.len());
                hashes.push(format!("{name} {size_bytes}"));
            }
            Loaded { database, faces, hash: sha256_hex(hashes.join("\n").as_bytes()) }
        })
    }

    /// The hash of everything that can change how a letter looks.
    pub(crate) fn hash(&self) -> &str {
        &self.loaded().hash
    }

    /// All fonts, ready to set type with; the face of the family named first, if it is there.
    pub(crate) fn open(&self, family: Option<&str>) -> (FontSystem, Vec<Face>) {
        let loaded = self.loaded();
        let (mut database, mut faces) = (loaded.database.clone(), loaded.faces.clone());
        if let Some(family) = family {
            match faces.iter().position(|face| face.family.eq_ignore_ascii_case(family) && !face.is_emoji) {
                Some(at) => faces[..=at].rotate_right(1),
                None => {
                    if let Some(bytes) = self.file_of(family).and_then(|path| std::fs::read(path).ok()) {
                        let own = load(&mut database, bytes).into_iter().next();
                        faces.splice(0..0, own);
                    }
                }
            }
        }
        // The locale only steers cosmic-text's own fallback, which is not asked: each character's face is chosen here.
        (FontSystem::new_with_locale_and_db("en-US".to_owned(), database), faces)
    }

    /// The boldest file whose name begins with a family's.
    fn file_of(&self, family: &str) -> Option<&PathBuf> {
        let plain = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        let family = plain(family);
        let endings =
            ["bold", "extrabold", "black", "heavy", "semibold", "variablefontwght", "wght", "", "medium", "regular"];
        endings
            .iter()
            .find_map(|ending| {
                let wanted = format!("{family}{ending}");
                self.found.iter().find(|(name, _)| {
                    !family.is_empty() && plain(name.rsplit_once('.').map_or("", |(stem, _)| stem)) == wanted
                })
            })
            .map(|(_, path)| path)
    }
}

fn load(database: &mut Database, bytes: Vec<u8>) -> Vec<Face> {
    let ids = database.load_font_source(Source::Binary(Arc::new(bytes)));
    let face = |id: &ID| {
        let info = database.face(*id)?;
        let family = info.families.first()?.0.clone();
        Some(Face { id: *id, family, weight: info.weight, is_emoji: info.post_script_name.contains("Emoji") })
    };
    ids.iter().filter_map(face).collect()
}

fn look(folder: &Path, depth: usize, found: &mut BTreeMap<String, PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if depth > 0 {
                look(&path, depth - 1, found);
            }
        } else if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            let is_font = [".ttf", ".otf", ".ttc"].iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
            if is_font {
                found.entry(name.to_owned()).or_insert(path);
            }
        }
    }
}
