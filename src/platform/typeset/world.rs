//! All that a template can see: our look, the data, our fonts, and nothing of the machine.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Features, Library, LibraryExt, World};

use crate::platform::error::{Error, Result};

const LOOK: &str = include_str!("look.typ");

/// The Liberation fonts, under the SIL Open Font License: see `fonts/OFL.txt`.
static FONT_FILES: [&[u8]; 3] = [
    include_bytes!("fonts/LiberationSans-Regular.ttf"),
    include_bytes!("fonts/LiberationSans-Bold.ttf"),
    include_bytes!("fonts/LiberationMono-Regular.ttf"),
];

/// What is the same for all documents.
struct Shop {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static SHOP: LazyLock<Shop> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONT_FILES.iter().flat_map(|bytes| Font::iter(Bytes::new(*bytes))).collect();
    Shop {
        // With it the first cell of a table's row can be tagged as its heading.
        library: LazyHash::new(
            Library::builder().with_features(Features::from_iter([Feature::A11yExtras])).build(),
        ),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

/// Whether each of our fonts has a character.
pub(super) fn fonts_have(c: char) -> bool {
    SHOP.fonts.iter().all(|font| font.info().coverage.contains(c as u32))
}

/// One document's files.
pub(super) struct TemplateWorld {
    main: FileId,
    sources: [Source; 2],
    files: [(FileId, Bytes); 2],
    today: Datetime,
}

impl TemplateWorld {
    /// The files of a document: its template, what all have in common, and its data.
    pub(super) fn new(template: &str, job: String, data: String, today: Datetime) -> Result<TemplateWorld> {
        let main = id("/main.typ")?;
        Ok(TemplateWorld {
            main,
            sources: [Source::new(main, template.to_owned()), Source::new(id("/look.typ")?, LOOK.to_owned())],
            files: [
                (id("/job.json")?, Bytes::from_string(job)),
                (id("/data.json")?, Bytes::from_string(data)),
            ],
            today,
        })
    }
}

fn id(path: &str) -> Result<FileId> {
    let path = VirtualPath::new(path).map_err(|e| Error::internal(format!("{path}: {e:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(format!("{:?}", id.vpath()).into())
}

impl World for TemplateWorld {
    fn library(&self) -> &LazyHash<Library> {
        &SHOP.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHOP.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.iter().find(|source| source.id() == id).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let file = self.files.iter().find(|(own, _)| *own == id);
        file.map(|(_, bytes)| bytes.clone()).ok_or_else(|| not_found(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHOP.fonts.get(index).cloned()
    }

    /// The day of the document: a template that asks gets the same answer tomorrow.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        Some(self.today)
    }
}
