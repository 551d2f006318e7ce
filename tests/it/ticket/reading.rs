//! How a ticket reads on a terminal, and what never reaches it.

use super::with_ticket;

#[test]
fn s_007_a_ticket_reads_as_a_conversation_with_numbered_files() {
    let mut world = with_ticket();
    world.write(
        "svar.txt",
        "Kære Ida\n\nLønsedlen for maj bliver lagt i e-Boks den 29. maj, når lønnen er endeligt beregnet og godkendt af jeres egen personaleafdeling.\n\n- fast løn\n- tillæg\n",
    );
    world.write("Lønseddel.txt", "x");
    world.write("Bilag.txt", "y");
    world.run("ticket share 2605-0001 --with anna.holm@oes.example.dk --yes").ok();
    world.run("ticket assign 2605-0001 --to jonas.brandtoft@sam.example.dk").ok();
    world.run("ticket reply 2605-0001 --body-file svar.txt --attach Lønseddel.txt --attach Bilag.txt").ok();
    world.run("ticket reply 2605-0001 --internal --attach Bilag.txt").ok();
    world.run("ticket advance 2605-0001 --to done").ok();
    for width in [80, 60] {
        world.width = Some(width);
        let said = world.run("ticket show 2605-0001 --color never").ok().out;
        assert!(said.lines().all(|line| line.chars().count() <= usize::from(width)), "{said}");
        assert!(
            said.contains("  4. maj 2026 kl. 10.00 · Ida Lykkebo · Svar\n    Hvornår kommer lønsedlen?\n"),
            "{said}"
        );
        assert!(said.contains("    [1] Lønseddel.txt\n    [2] Bilag.txt\n"), "{said}");
        assert!(said.contains("Internt notat\n    [3] Bilag.txt\n"), "counted on: {said}");
        assert!(said.contains("\n    - fast løn\n    - tillæg\n"), "{said}");
        assert!(said.contains("Ansvarlig · Status · Udført\n"), "{said}");
    }
    world.run("ticket attachment 2605-0001 1 --out ud.txt").ok();
    assert_eq!(std::fs::read_to_string(world.path("ud.txt")).unwrap(), "x");
}

#[test]
fn escape_sequences_from_anywhere_never_reach_the_terminal() {
    let mut world = with_ticket();
    let evil = "\u{1b}]0;ejet\u{7}\u{1b}[2J\u{9b}31m\u{202e}";
    world.write("ond.txt", format!("Hej {evil} farvel\n"));
    world.write(&format!("{evil}.txt"), "x");
    world.run(&format!("ticket reply 2605-0001 --body-file ond.txt --attach '{evil}.txt'")).ok();
    // A subject and a name with such characters are refused, or harmless where they come in.
    let subject = world.run(&format!(
        "ticket create --tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject 'x{evil}'"
    ));
    assert_eq!(subject.code, 2, "{}", subject.code);
    assert!(!subject.err.contains('\u{1b}') && !subject.err.contains('\u{202e}'));
    let marks = world.run(
        "ticket create --tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject 'x\u{202e}drej\u{200f}'",
    );
    assert!(!marks.out.contains('\u{202e}'), "{}", marks.code);
    for width in [None, Some(80), Some(40)] {
        world.width = width;
        for command in ["ticket show 2605-0001", "ticket list --all", "ticket show 2605-0002", "search x"] {
            for format in ["table", "json", "jsonl", "csv", "id"] {
                let said = world.run(&format!("{command} --format {format} --color never"));
                let raw = said.out.chars().chain(said.err.chars()).find(|c| {
                    (c.is_control() && !matches!(c, '\n' | '\r')) || matches!(c, '\u{202e}' | '\u{200f}')
                });
                // CSV in a file or pipe is data, byte for byte.
                if width.is_some() || !format.starts_with("csv") {
                    assert_eq!(raw, None, "{command} {format}");
                }
            }
        }
    }
}
