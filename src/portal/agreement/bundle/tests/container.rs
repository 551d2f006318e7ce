//! The ZIP itself: read by another implementation, with ZIP64 too, and no byte of it free.

use std::io::{Cursor, Read, Write};

use zip::ZipArchive;

use super::super::container::Limits;
use super::super::packer::Packer;
use super::super::strict::fault;
use crate::platform::error::Result;

/// ZIP64 for everything that is not tiny.
const TINY: Limits = Limits { bytes: 100, files: 3 };

fn files() -> Vec<(String, Vec<u8>)> {
    let file = |name: &str, size: usize| (name.to_owned(), vec![b'x'; size]);
    vec![
        file("kort.txt", 3),
        file("tom", 0),
        file("mappe/æøå.bin", 99),
        file("lang.bin", 100),
        file("Ø.pdf", 350),
    ]
}

fn put(content: &[u8]) -> impl FnOnce(&mut dyn Write) -> Result<()> {
    |to| {
        to.write_all(content).unwrap();
        Ok(())
    }
}

pub(super) fn pack(files: &[(String, Vec<u8>)], limits: Limits) -> Vec<u8> {
    let mut packer = Packer::with_limits(Cursor::new(Vec::new()), limits);
    for (name, content) in files {
        packer.add(name, content.len() as u64, put(content)).unwrap();
    }
    packer.finish().unwrap().into_inner()
}

#[test]
fn another_program_reads_the_zip_with_and_without_zip64() {
    for limits in [Limits::ZIP, TINY] {
        let bytes = pack(&files(), limits);
        assert_eq!(fault(&mut Cursor::new(&bytes), limits).unwrap(), None);
        let mut archive = ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(archive.len(), 5);
        assert!(archive.validate_header_consistency().is_ok());
        for (at, (name, content)) in files().iter().enumerate() {
            let mut entry = archive.by_index(at).unwrap();
            let mut read = Vec::new();
            entry.read_to_end(&mut read).unwrap();
            assert_eq!((entry.name().unwrap().as_ref(), &read), (name.as_str(), content));
            assert_eq!(entry.unix_mode(), Some(0o100_644));
        }
    }
    assert_ne!(pack(&files(), Limits::ZIP), pack(&files(), TINY));
}

#[test]
fn more_files_than_a_plain_zip_can_have() {
    let many: Vec<_> = (0..66_000).map(|n| (n.to_string(), Vec::new())).collect();
    let bytes = pack(&many, Limits::ZIP);
    assert_eq!(fault(&mut Cursor::new(&bytes), Limits::ZIP).unwrap(), None);
    assert_eq!(ZipArchive::new(Cursor::new(&bytes)).unwrap().len(), 66_000);
    let few = pack(&many[..65_534], Limits::ZIP);
    assert_eq!(fault(&mut Cursor::new(&few), Limits::ZIP).unwrap(), None);
    assert!(fault(&mut Cursor::new(&few), TINY).unwrap().is_some());
}

#[test]
fn no_byte_of_the_container_is_free() {
    for limits in [Limits::ZIP, TINY] {
        let files = files();
        let sound = pack(&files, limits);
        let mut content = vec![false; sound.len()];
        for (_, bytes) in files.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            let at =
                sound.windows(bytes.len()).enumerate().find(|(at, window)| window == bytes && !content[*at]);
            let at = at.unwrap().0;
            content[at..at + bytes.len()].fill(true);
        }
        let caught = |bytes: &[u8]| fault(&mut Cursor::new(bytes), limits).unwrap().is_some();
        for at in 0..sound.len() {
            for bit in 0..8 {
                let mut bytes = sound.clone();
                bytes[at] ^= 1 << bit;
                // A checksum is held against the bytes by whoever reads them; it must be the same in both places.
                assert!(content[at] || caught(&bytes), "bit {bit} of byte {at}");
            }
            let mut longer = sound.clone();
            longer.insert(at, 0);
            let mut shorter = sound.clone();
            shorter.remove(at);
            assert!(
                caught(&longer) && caught(&shorter) && caught(&sound[..at]),
                "a byte more or less at {at}"
            );
        }
    }
}

#[test]
fn a_file_of_another_size_than_said_is_refused() {
    let mut packer = Packer::new(Cursor::new(Vec::new()));
    let error = packer.add("a", 3, put(b"ab")).unwrap_err();
    assert!(error.message().contains("2 bytes and not 3"), "{error:?}");
}

#[test]
fn a_checksum_is_put_right_wherever_the_buffer_was_written() {
    let sizes = [1024 * 1024 - 44, 3, 1024 * 1024, 2 * 1024 * 1024 + 7, 0];
    let files: Vec<_> = sizes.iter().map(|size| (size.to_string(), vec![7_u8; *size])).collect();
    let bytes = pack(&files, Limits::ZIP);
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).unwrap();
    for at in 0..archive.len() {
        // Reading to the end compares the checksum.
        assert!(archive.by_index(at).unwrap().read_to_end(&mut Vec::new()).is_ok(), "file {at}");
    }
    assert_eq!(fault(&mut Cursor::new(&bytes), Limits::ZIP).unwrap(), None);
}
