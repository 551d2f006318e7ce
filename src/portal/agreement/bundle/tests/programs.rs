//! What people check a bundle with who do not have this program: `unzip`, Python, `sha256sum` and `minisign`.

use std::path::Path;
use std::process::Command;

use super::*;

/// Runs a program in a folder; `None`, with a word about it, where it is not installed.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let mut command = Command::new(program);
    // Names are UTF-8, whatever the machine's own language.
    command.current_dir(folder).env("LC_ALL", "C.UTF-8").env("PYTHONUTF8", "1").args(arguments);
    match command.output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
        }
        Err(_) => {
            eprintln!("skipped: {program} is not installed");
            None
        }
    }
}

#[track_caller]
fn assert_accepts(folder: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let (success, said) = run(folder, program, arguments)?;
    assert!(success, "{program} {arguments:?}: {said}");
    Some(said)
}

const NAMES: &str =
    "import sys, zipfile\nfor info in zipfile.ZipFile(sys.argv[1]).infolist(): print(info.filename)";

#[test]
fn k_101_unzip_python_sha256sum_and_minisign_agree() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut world = World::new();
    world.in_force(Kind::Customer, "Kundeaftale for Ærø, Løgstør og Åbenrå", PDF, None);
    let bytes = bundle(&world, &Choice::default());
    std::fs::write(folder.join("aftaler.zip"), &bytes).unwrap();
    std::fs::write(folder.join("portal.pub"), key(1).public().file()).unwrap();
    std::fs::write(folder.join("other.pub"), key(2).public().file()).unwrap();

    assert_accepts(folder, "python3", &["-m", "zipfile", "-t", "aftaler.zip"]);
    if let Some(listed) = assert_accepts(folder, "python3", &["-c", NAMES, "aftaler.zip"]) {
        let names: Vec<_> = entries(&bytes).into_iter().map(|(name, _)| name).collect();
        assert_eq!(listed.lines().collect::<Vec<_>>(), names);
        assert!(listed.contains("customer/1-Kundeaftale for Ærø, Løgstør og Åbenrå/Aftale.pdf"));
    }
    assert_accepts(folder, "unzip", &["-tq", "aftaler.zip"]);
    // Unpacked by whichever of them is there.
    let unpacked = assert_accepts(folder, "unzip", &["-q", "aftaler.zip", "-d", "ud"])
        .or_else(|| assert_accepts(folder, "python3", &["-m", "zipfile", "-e", "aftaler.zip", "ud"]));
    if unpacked.is_none() {
        return;
    }
    let folder = folder.join("ud");
    assert_accepts(&folder, "sha256sum", &["--check", "--strict", "--quiet", "SHA256SUMS"]);
    let minisign = |key: &str| run(&folder, "minisign", &["-V", "-m", "manifest.json", "-p", key]);
    if let Some((success, said)) = minisign("../portal.pub") {
        assert!(success && said.contains("portalctl.bundle/1 manifest.json"), "{said}");
        assert!(!minisign("../other.pub").unwrap().0);
    }
    // And what was changed they refuse, too.
    std::fs::write(folder.join("manifest.json"), "{}").unwrap();
    assert_ne!(run(&folder, "sha256sum", &["-c", "SHA256SUMS"]).map(|(success, _)| success), Some(true));
    assert_ne!(minisign("../portal.pub").map(|(success, _)| success), Some(true));
}

#[test]
fn unzip_and_python_read_zip64() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<_> = (0..20_usize).map(|n| (format!("fil æ {n}.bin"), vec![b'y'; n * 10])).collect();
    let bytes = super::container::pack(&files, Limits { bytes: 100, files: 3 });
    std::fs::write(folder.path().join("stor.zip"), bytes).unwrap();
    assert_accepts(folder.path(), "unzip", &["-tq", "stor.zip"]);
    assert_accepts(folder.path(), "python3", &["-m", "zipfile", "-t", "stor.zip"]);
    if let Some(listed) = assert_accepts(folder.path(), "python3", &["-c", NAMES, "stor.zip"]) {
        assert_eq!(
            listed.lines().map(str::to_owned).collect::<Vec<_>>(),
            files.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        );
    }
}
