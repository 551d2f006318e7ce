//! Who may run what: every command of the parser, as everyone there can be (issue 4, part 5; K-046, C-01, C-02).
//!
//! The table is written from the contract: §3 of it marks what only the provider may do, its §4 says which menu a
//! command belongs to, and the matrix K-046 says who opens that menu. A new command without a row fails the test.

use std::collections::BTreeSet;

use crate::support::{Said, World};

/// Ours: the institution that everything in the table belongs to. It is named by CVR, so that its code is not typed.
const OURS: &str = "10213231";
const TARGET: &str = "ida.lykkebo@oes.example.dk";

/// The columns of the table, in order: who runs the command, and as whom. The operator acts as nobody.
pub const PEOPLE: [(&str, Option<&str>); 9] = [
    ("operator", None),
    ("system administrator", Some("soren.vind@sam.example.dk")),
    ("caseworker", Some("jonas.brandtoft@sam.example.dk")),
    ("administrator", Some("anna.holm@oes.example.dk")),
    ("editor", Some("emil.redding@oes.example.dk")),
    ("reader", Some("rikke.laeso@oes.example.dk")),
    ("reports with a B-number", Some("rasmus.bo@oes.example.dk")),
    ("reports without", Some("rune.uden@oes.example.dk")),
    ("administrator elsewhere", Some("xenia.fjern@digst.example.dk")),
];
/// Whatever the command: who is disabled is refused, and whom nobody knows does not exist; `auth` refuses all alike.
const DISABLED: &str = "ditte.lukket@oes.example.dk";
const NOBODY: &str = "ingen@example.dk";

/// One command line, and what becomes of it in the order of [`PEOPLE`]: `+` allowed, `-` refused (6), `.` it does not
/// exist (4), `!` refused because nobody does it in another's name (6), `~` a matter of passwords, tokens and sessions alone.
pub type Row = (&'static str, &'static str, &'static str);

/// What only the provider does.
const P: &str = "++-------";
/// Matrix: information, open to every right and to caseworkers.
const INFORMATION: &str = "++++++++.";
/// Matrix: agreements, open to every right.
const AGREEMENTS: &str = "++-+++++.";
/// Matrix: master data.
const MASTER_DATA: &str = "++-+++--.";
/// Matrix: reports, and the B-number (C-02).
const REPORTS: &str = "++-+--+-.";
/// Matrix: contacts.
const CONTACTS: &str = "++-++---.";
/// Matrix: users, at our institution.
const USERS: &str = "++-+----.";
/// Matrix: users, without naming an institution: an administrator elsewhere has theirs.
const OWN_USERS: &str = "++-+----+";
/// Open to everyone who has an account.
const ANYONE: &str = "+++++++++";
/// The provider's handling of tickets, caseworkers' work.
const STAFF: &str = "+++------";
/// A ticket of someone else's at our institution.
const TICKET: &str = "+++......";
/// A ticket of the reader's own.
const READERS_TICKET: &str = "+++..+...";
/// A ticket of the reader's, shared with the editor (S-014).
const SHARED_TICKET: &str = "+++.++...";
/// What is not for the editor there: to close it and to share it further.
const OWN_OF_SHARED: &str = "+++.-+...";
/// Credentials: refused to whoever acts as someone, before anyone looks who that is (DESIGN §4).
const CREDENTIALS: &str = "~--------";
/// The same, where the provider does it for others without a session.
const OTHERS_CREDENTIALS: &str = "+--------";
/// Nobody does it in another's name.
const NEVER: &str = "+!!!!!!!!";

#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    // The machine and the installation.
    ("init", "", NEVER),
    ("demo", ".", NEVER),
    ("config show", "", ANYONE),
    ("db status", "", P),
    ("db migrate", "-n", P),
    ("db check", "", P),
    ("setting list", "", P),
    ("setting get", "ticket.prefix", P),
    ("setting set", "ticket.prefix XYZ -n", P),
    ("setting reset", "ticket.prefix -n", P),
    ("key show-public", "", ANYONE),
    ("audit list", "", P),
    ("audit show", "1", P),
    ("audit verify", "", P),
    ("audit head", "", P),
    ("mail list", "", P),
    ("mail show", "1", P),
    ("mail show", "{taken}", STAFF),
    ("mail send", "-n", P),
    ("mail retry", "{cancelled} -n", P),
    ("mail cancel", "{queued} -n --yes", P),
    ("mail test", "--to ny@example.dk -n", P),
    ("mail ingest", "-n", P),
    ("mail explain", "1", P),
    ("mail held list", "", P),
    ("mail held release", "{held} --requester rikke.laeso@oes.example.dk -n", P),
    ("mail held drop", "{held} -n", P),
    ("mail bounced list", "", P),
    ("mail bounced clear", "{bounced} -n", P),
    ("mail unreadable list", "", P),
    ("mail unreadable show", "{unreadable}", P),
    ("mail unreadable retry", "-n", P),
    ("job list", "", P),
    ("job run", "--all -n", P),
    // State files say how everything is; what they may hold is no secret.
    ("state schema", "", ANYONE),
    ("state export", "", P),
    ("state plan", "world.yaml", P),
    ("state apply", "world.yaml -n", P),
    // What is found is only what may be seen.
    ("search", "regnskabet", ANYONE),
    // Institutions and units.
    ("tenant create", "--cvr 29979812 --name Nyt -n", P),
    ("tenant import", "tenants.csv --mode upsert -n", P),
    ("tenant list", "", ANYONE),
    ("tenant show", "10213231", MASTER_DATA),
    ("tenant update", "10213231 --ministry X -n", P),
    ("tenant archive", "10213231 -n", P),
    ("unit create", "--tenant 10213231 --kind payroll --number 5 -n", P),
    ("unit import", "units.csv --mode upsert -n", P),
    ("unit list", "--tenant 10213231", MASTER_DATA),
    ("unit list", "", "++-+++--+"),
    ("unit show", "accounting:12345", MASTER_DATA),
    ("unit update", "accounting:12345 --name X -n", P),
    ("unit archive", "accounting:12345 -n", P),
    ("unit move", "accounting:12345 --to 34051178 --from 2026-06 -n", P),
    // Users and rights.
    ("user create", "--email ny@oes.example.dk --name Ny --rights 10213231:reader -n", USERS),
    ("user create", "--email ny@oes.example.dk --name Ny --rights 10213231:administrator -n", "++------."),
    ("user create", "--email ny@sam.example.dk --name Ny --staff caseworker -n", P),
    ("user list", "", OWN_USERS),
    ("user list", "--tenant 10213231", USERS),
    // Whom one may not see does not exist; whom one may not change is refused before anyone looks.
    // What an administrator elsewhere brings is about an institution that they do not know.
    ("user import", "users.csv --mode upsert -n", "++-+----?"),
    ("user show", TARGET, "++.+....."),
    ("user show", "{me}", ANYONE),
    ("user me", "", CREDENTIALS),
    ("user update", "ida.lykkebo@oes.example.dk --title X -n", USERS),
    ("user update", "ida.lykkebo@oes.example.dk --staff caseworker -n", P),
    ("user invite", "ida.lykkebo@oes.example.dk -n", USERS),
    ("user disable", "ida.lykkebo@oes.example.dk -n", P),
    ("user enable", "ditte.lukket@oes.example.dk -n", P),
    ("user remove", "ida.lykkebo@oes.example.dk --tenant 10213231 -n", USERS),
    ("rights grant", "ida.lykkebo@oes.example.dk --tenant 10213231 --right editor -n", USERS),
    ("rights grant", "ida.lykkebo@oes.example.dk --tenant 10213231 --right administrator --replace -n", "++------."),
    ("rights revoke", "ida.lykkebo@oes.example.dk --tenant 10213231 --right reader -n", USERS),
    ("rights revoke", "anna.holm@oes.example.dk --tenant 10213231 --right administrator -n", "++------."),
    ("rights list", "--tenant 10213231", USERS),
    ("rights list", "", OWN_USERS),
    ("rights matrix", "", ANYONE),
    ("rights check", "ida.lykkebo@oes.example.dk --tenant 10213231 --menu information", USERS),
    ("rights who", "--tenant 10213231", USERS),
    ("rights review export", "--tenant 10213231 --out -", USERS),
    ("rights review export", "--out -", OWN_USERS),
    ("rights review import", "review.csv -n", "++-+----?"),
    // Who comes in.
    ("auth activate", "--token-stdin", CREDENTIALS),
    ("auth reset", "--token-stdin", CREDENTIALS),
    ("auth forgot", "ida.lykkebo@oes.example.dk", CREDENTIALS),
    ("auth login", "ida.lykkebo@oes.example.dk --out s", CREDENTIALS),
    ("auth code", "", CREDENTIALS),
    ("auth logout", "", CREDENTIALS),
    ("auth sessions", "", OTHERS_CREDENTIALS),
    ("auth revoke", "--user ida.lykkebo@oes.example.dk -n", OTHERS_CREDENTIALS),
    ("auth revoke", "--all -n", OTHERS_CREDENTIALS),
    ("auth change-password", "", CREDENTIALS),
    ("auth mfa enrol", "", CREDENTIALS),
    ("auth mfa confirm", "", CREDENTIALS),
    ("auth mfa disable", "", CREDENTIALS),
    ("auth mfa emergency-code", "", CREDENTIALS),
    ("auth mfa status", "", CREDENTIALS),
    ("auth mfa reset", "ida.lykkebo@oes.example.dk -n", OTHERS_CREDENTIALS),
    ("signatory set", "--tenant 10213231 --scope other --name X --email x@example.dk --title X --phone 70000113 -n", P),
    ("signatory list", "--tenant 10213231", MASTER_DATA),
    ("signatory remove", "--tenant 10213231 --scope customer -n", P),
    // Contacts and roles.
    ("contact create", "--tenant 10213231 --name X -n", CONTACTS),
    ("contact import", "contacts.csv --mode upsert -n", "++-++---?"),
    ("contact list", "--tenant 10213231", CONTACTS),
    ("contact list", "--tenant 10213231 --tab general", MASTER_DATA),
    ("contact list", "--unit accounting:12345", "++-++---."),
    ("contact show", "1", CONTACTS),
    ("contact update", "1 --title X -n", CONTACTS),
    ("contact remove", "1 -n", CONTACTS),
    ("contact recipients", "--role general --tenant 10213231", CONTACTS),
    ("role list", "", ANYONE),
    ("role create", "--code x --name X --managed-by tenant -n", P),
    ("role update", "general --name X -n", P),
    ("role retire", "general -n", P),
    // Agreements: numbers 1 and 4 are in force, 2 is a draft, 3 waits for signatures.
    ("agreement create", "--tenant 10213231 --kind other --title X --document aftale.pdf -n", P),
    ("agreement list", "", "++-++++++"),
    ("agreement list", "--tenant 10213231", AGREEMENTS),
    ("agreement dispensations", "", "++-++++++"),
    ("agreement dispensations", "--tenant 10213231", AGREEMENTS),
    ("agreement addons", "", "++-++++++"),
    ("agreement addons", "--tenant 10213231", AGREEMENTS),
    ("agreement show", "1", AGREEMENTS),
    ("agreement show", "2", "++-......"),
    ("agreement show", "3", "++-......"),
    ("agreement send", "2 -n", P),
    ("agreement record-signature", "3 --party customer --signer birgitte@oes.example.dk --method MitID --signed-at 2026-05-04T09:30:00+02:00 -n", NEVER),
    ("agreement remind", "3 -n", P),
    ("agreement sign", "3 -n", "~!!!!!!!!"),
    ("agreement countersign", "3 --signer soren.vind@sam.example.dk -n", NEVER),
    ("agreement decline", "3 -n", "~!!!!!!!!"),
    ("agreement dashboard", "", P),
    ("agreement dashboard", "--signatory birgitte@oes.example.dk", P),
    ("agreement update", "2 --title Y -n", P),
    ("agreement certify", "-n", P),
    ("agreement withdraw", "3 -n", P),
    ("agreement terminate", "1 --on 2026-12-31 -n", P),
    ("agreement replace", "1 --with 4 -n", P),
    ("agreement download", "1 --out ny.pdf -n", AGREEMENTS),
    ("agreement download", "2 --out ny.pdf -n", "++-......"),
    ("agreement export", "--tenant 10213231 --out ny.zip -n", AGREEMENTS),
    ("agreement export", "--all --out-dir nye -n", P),
    ("agreement verify", "bundle.zip", ANYONE),
    ("third-party set", "--tenant 10213231 --task Rejser --authority X -n", P),
    ("third-party list", "", "++-++++++"),
    ("third-party list", "--tenant 10213231", AGREEMENTS),
    ("third-party remove", "--tenant 10213231 --task Udsendte -n", P),
    // Tickets: number 1 is Ida's, 2 the reader's, 3 the reader's and done.
    ("ticket create", "--tenant 10213231 --requester {me} --subject X -n", "++++++++."),
    ("ticket create", "--tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject X -n", "+++-----."),
    ("ticket list", "", ANYONE),
    ("ticket list", "--tenant 10213231", "++++++++."),
    ("ticket list", "--requester ida.lykkebo@oes.example.dk", STAFF),
    ("ticket list", "--requester ingen@example.dk", "...------"),
    ("ticket show", "2605-0001", TICKET),
    ("ticket show", "2605-0002", READERS_TICKET),
    ("ticket reply", "2605-0001 --body-file svar.txt -n", TICKET),
    ("ticket reply", "2605-0002 --body-file svar.txt -n", READERS_TICKET),
    ("ticket reply", "2605-0002 --internal --body-file svar.txt -n", "+++..-..."),
    ("ticket assign", "2605-0001 --to jonas.brandtoft@sam.example.dk -n", STAFF),
    ("ticket advance", "2605-0001 --to started -n", STAFF),
    ("ticket close", "2605-0001 -n", TICKET),
    ("ticket close", "2605-0002 -n", READERS_TICKET),
    ("ticket reopen", "2605-0003 -n", READERS_TICKET),
    ("ticket show", "2605-0004", SHARED_TICKET),
    ("ticket reply", "2605-0004 --body-file svar.txt -n", SHARED_TICKET),
    ("ticket close", "2605-0004 -n", OWN_OF_SHARED),
    ("ticket share", "2605-0001 --with anna.holm@oes.example.dk -n", TICKET),
    ("ticket share", "2605-0002 --with ida.lykkebo@oes.example.dk -n", READERS_TICKET),
    ("ticket share", "2605-0004 --with ida.lykkebo@oes.example.dk -n", OWN_OF_SHARED),
    ("ticket unshare", "2605-0002 --with ida.lykkebo@oes.example.dk -n", READERS_TICKET),
    ("ticket unshare", "2605-0004 --with emil.redding@oes.example.dk -n", SHARED_TICKET),
    ("ticket list", "--requester rikke.laeso@oes.example.dk", "+++-++---"),
    ("ticket attachment", "2605-0001 1 --out -", TICKET),
    ("ticket close-due", "-n", STAFF),
    ("ticket type list", "", ANYONE),
    ("ticket type create", "--code ny --name Ny -n", P),
    ("ticket type update", "adgang --name Ny -n", P),
    ("ticket type retire", "adgang -n", P),
    // Figures.
    ("calendar list", "", P),
    ("calendar add", "2026-12-23 --name X -n", P),
    ("calendar remove", "2026-12-24 -n", P),
    ("kpi import", "kpi.csv -n", P),
    ("kpi import", "cases.csv --items -n", P),
    ("kpi close", "2026-04 -n", P),
    ("kpi reopen", "2026-03 -n", P),
    ("kpi months", "", P),
    ("kpi list", "--tenant 10213231", REPORTS),
    ("kpi list", "--unit accounting:12345", REPORTS),
    ("kpi list", "", "++-+--+-+"),
    // A unit that was ours until it moved elsewhere: either sees its own months.
    ("kpi list", "--unit accounting:54321", "++-+--+-+"),
    ("kpi list", "--tenant 10213231 --unit accounting:54321", REPORTS),
    ("kpi measure list", "", P),
    ("kpi measure create", "A9 --name X --basis within-limit -n", P),
    ("kpi measure update", "A1 --name X -n", P),
    ("kpi target set", "--measure A1 --from 2026-06-01 --percent 90 -n", P),
    ("kpi target remove", "--measure A1 --from 2026-01-01 -n", P),
    ("kpi target list", "", P),
    ("report kpi", "--tenant 10213231", REPORTS),
    ("report kpi", "", "++-+--+-+"),
    ("report kpi", "--unit accounting:54321", "++-+--+-+"),
    ("report kpi", "--tenant 10213231 --out ny.html -n", REPORTS),
    ("report kpi", "--all --out-dir nye -n", P),
    // The service-target report is information, and asks for no B-number.
    ("service import", "services.csv -n", P),
    ("service list", "", P),
    ("service update", "travel --within-days 2 -n", P),
    ("report service", "--tenant 10213231", INFORMATION),
    ("report service", "--tenant 10213231 --out ny.html -n", INFORMATION),
    ("information show", "--tenant 10213231", INFORMATION),
    ("report late", "--measure A1 --tenant 10213231", REPORTS),
    ("report late", "--measure A1 --unit accounting:12345", REPORTS),
    ("report late", "--measure A1", "++-+--+-+"),
    ("report late", "--measure A1 --unit accounting:54321", "++-+--+-+"),
];

/// What ends otherwise than with 0 for a reason that is none of rights, by command and code of the error. It counts as
/// allowed; `?` in a row says that it must end so.
const OTHERWISE: [(&str, &str); 7] = [
    ("init", "db.exists"),
    ("demo", "demo.exists"),
    // One administrator's place, and it is taken (K-030).
    ("user create", "rights.administrator-taken"),
    // Someone with rights at institutions is not made staff.
    ("user update", "user.has-rights"),
    // An administrator elsewhere may review; ours is unknown to them.
    ("rights review import", "file.invalid"),
    ("user import", "file.invalid"),
    ("contact import", "file.invalid"),
];

/// A world with something of everything, all of it ours; elsewhere there is only its administrator.
pub fn world() -> World {
    let world = World::new();
    let fixture = |name: &str| {
        std::fs::read(format!("{}/fixtures/agreements/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    };
    world.write("aftale.pdf", fixture("oes-kundeaftale.pdf"));
    world.write("svar.txt", "Tak.\n");
    world.write(
        "world.yaml",
        "schema: portalctl.state/1\nclosed_days:\n  - {date: 2026-12-31, name: Nytårsaften}\n",
    );
    world.write("tenants.csv", "Kode;CVR-nummer;Navn\nny;29979812;Ny\n");
    world.write("units.csv", "Kunde;Enhedstype;Enhedsnummer\n10213231;Løngruppe;77\n");
    world.write("users.csv", "E-mail;Navn;Rettigheder\nny@oes.example.dk;Ny;10213231:reader\n");
    world.write("contacts.csv", "Kunde;Nøgle;Navn\n10213231;ny;Ny\n");
    world.write(
        "services.csv",
        "Måned;Service;CVR-nummer;Enhedstype;Enhedsnummer;Antal;0 dage;1 dag;2 dage;3 dage;>3 dage\n\
        2026-03;Rejser;10213231;Bogføringskreds;12345;10;9;1;0;0;0\n",
    );
    world.write("kpi.csv", "Måned;Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Antal i alt;Antal behandlet indenfor 1 dag;Antal behandlet > 1 dag;Antal fejl;Søgt beløb;Mistet beløb\n\
        2026-03;A1;10213231;Bogføringskreds;12345;Drift;10;9;1;;;\n\
        2026-03;A1;10213231;Bogføringskreds;54321;Drift;10;9;1;;;\n");
    world.write(
        "cases.csv",
        "Mål;CVR-nummer;Enhedstype;Enhedsnummer;Serviceområde;Sagsnummer;Modtaget;Behandlet\n\
        A2;10213231;Bogføringskreds;12345;Drift;S-1;02-03-2026;09-03-2026\n",
    );
    for line in [
        "tenant create --cvr 10213231 --name Økonomistyrelsen",
        "tenant create --cvr 34051178 --name Digitaliseringsstyrelsen",
        "unit create --tenant 10213231 --kind accounting --number 12345 --name Regnskabet",
        "unit create --tenant 10213231 --kind accounting --number 54321",
        "user create --email soren.vind@sam.example.dk --name 'Søren Vind' --staff system-administrator",
        "user create --email jonas.brandtoft@sam.example.dk --name 'Jonas Brandtoft' --staff caseworker",
        "user create --email anna.holm@oes.example.dk --name 'Anna Holm' --b-number B123456 --rights 10213231:administrator",
        "user create --email emil.redding@oes.example.dk --name 'Emil Redding' --rights 10213231:editor",
        "user create --email rikke.laeso@oes.example.dk --name 'Rikke Læsø' --rights 10213231:reader",
        "user create --email rasmus.bo@oes.example.dk --name 'Rasmus Bo' --b-number B123457 --rights 10213231:reports",
        "user create --email rune.uden@oes.example.dk --name 'Rune Uden' --rights 10213231:reports",
        "user create --email xenia.fjern@digst.example.dk --name 'Xenia Fjern' --b-number B123458 --rights 34051178:administrator",
        "user create --email ida.lykkebo@oes.example.dk --name 'Ida Lykkebo' --rights 10213231:reader",
        "user create --email ditte.lukket@oes.example.dk --name 'Ditte Lukket' --rights 10213231:editor",
        "user disable ditte.lukket@oes.example.dk --yes --reason orlov",
        "signatory set --tenant 10213231 --scope customer --name 'Birgitte Havemark' --email birgitte@oes.example.dk --title Vicedirektør --phone 70000112",
        "contact create --tenant 10213231 --name 'Karen Bang' --email karen@oes.example.dk --role general",
        "third-party set --tenant 10213231 --task Udsendte --authority Udenrigsministeriet",
        "agreement create --tenant 10213231 --kind customer --title 'Kundeaftale 2026' --document aftale.pdf",
        "agreement create --tenant 10213231 --kind customer --title 'Kundeaftale 2027' --document aftale.pdf",
        "agreement create --tenant 10213231 --kind customer --title 'Kundeaftale 2028' --document aftale.pdf",
        "agreement create --tenant 10213231 --kind customer --title 'Kundeaftale 2029' --document aftale.pdf",
        "agreement send 1",
        "agreement send 3",
        "agreement send 4",
        "ticket type create --code adgang --name Adgang",
        "ticket create --tenant 10213231 --requester ida.lykkebo@oes.example.dk --subject 'Lønsedlen mangler' --body-file svar.txt --attach svar.txt",
        "ticket create --tenant 10213231 --requester rikke.laeso@oes.example.dk --subject 'Adgang til Drejebøger'",
        "ticket create --tenant 10213231 --requester rikke.laeso@oes.example.dk --subject 'Færdigt arbejde'",
        "ticket advance 2605-0003 --to started",
        "ticket advance 2605-0003 --to done",
        "ticket create --tenant 10213231 --requester rikke.laeso@oes.example.dk --subject 'Fælles sag'",
        "ticket share 2605-0004 --with emil.redding@oes.example.dk --yes",
        "calendar add 2026-12-24 --name Juleaften",
        "kpi import kpi.csv",
        "unit move accounting:54321 --to 34051178 --from 2026-04 --yes",
        "kpi import cases.csv --items",
        "kpi close 2026-03",
        "service import services.csv",
    ] {
        world.run(line).ok();
    }
    for number in [1, 4] {
        let sign = format!(
            "agreement record-signature {number} --method MitID --signed-at 2026-05-04T09:30:00+02:00"
        );
        world.run(&format!("{sign} --party customer --signer birgitte@oes.example.dk")).ok();
        world.run(&format!("{sign} --party provider --signer soren.vind@sam.example.dk")).ok();
    }
    world.run("agreement export --tenant 10213231 --out bundle.zip").ok();
    let review = world.run("rights review export --tenant 10213231 --out -").ok().out;
    let kept = |line: &str| match line.split_once(";reader;").or(line.split_once(";Læser;")) {
        Some(_) => format!("{}\n", line.replace(";;;", ";behold;;")),
        None => format!("{line}\n"),
    };
    world.write("review.csv", review.lines().map(kept).collect::<String>());
    let taken = "From: rikke.laeso@oes.example.dk\nSubject: x\n\nHej\n";
    for mail in ["From: fremmed@example.dk\nSubject: x\n\nHej\n", "bare ord", &bounce(&world), taken] {
        world.run_with_input("mail ingest", mail).ok();
    }
    // One that was taken back, and one that waits.
    world.run("auth forgot rikke.laeso@oes.example.dk").ok();
    let number = world.run("mail list --state queued --format id").ok().out;
    world.run(&format!("mail cancel {} --yes", number.lines().next().unwrap())).ok();
    world.run("auth forgot emil.redding@oes.example.dk").ok();
    world
}

/// What comes back of a mail that went to [`TARGET`].
fn bounce(world: &World) -> String {
    world.run("mail send").ok();
    let mails = std::fs::read_dir(world.path("portal.db.outbox")).unwrap();
    let mut texts = mails.map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap());
    let sent = texts.find(|mail| mail.contains(&format!("To: {TARGET}"))).unwrap();
    let id = sent.lines().find(|line| line.starts_with("Message-ID:")).unwrap();
    format!(
        "From: MAILER-DAEMON@mx.example.dk\nReturn-Path: <>\n\n<{TARGET}>:\nfindes ikke (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n{id}\n"
    )
}

/// Arguments with what they name filled in: whoever asks, and numbers and addresses that the world gave.
pub fn filled(world: &World, arguments: &str, me: &str) -> String {
    let mut arguments = arguments.replace("{me}", me).replace("{bounced}", TARGET);
    for kind in ["held", "unreadable"] {
        let name = format!("{{{kind}}}");
        if arguments.contains(&name) {
            let number = world.run(&format!("mail {kind} list --format id")).ok().out;
            arguments = arguments.replace(&name, number.trim());
        }
    }
    if arguments.contains("{taken}") {
        let number = world.run("mail list --incoming --state taken --format id").ok().out;
        arguments = arguments.replace("{taken}", number.trim());
    }
    for state in ["cancelled", "queued"] {
        let name = format!("{{{state}}}");
        if arguments.contains(&name) {
            let numbers = world.run(&format!("mail list --state {state} --format id")).ok().out;
            arguments = arguments.replace(&name, numbers.lines().next().unwrap());
        }
    }
    arguments
}

fn run_as(world: &World, command: &str, arguments: &str, who: Option<&str>) -> Said {
    let arguments = filled(world, arguments, who.unwrap_or(TARGET));
    let acting = who.map(|email| format!(" --as {email}")).unwrap_or_default();
    world.run(&format!("{command} {arguments}{acting} --reason prøve --format json"))
}

fn code_of(said: &Said) -> String {
    let error = said.err.lines().rev().find(|line| line.starts_with("{\"error\""));
    let error: serde_json::Value = serde_json::from_str(error.unwrap_or("{}")).unwrap();
    error["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// The sign of the table for what a command said. Any refusal that is none of rights is none of the table's.
pub fn sign(command: &str, said: &Said) -> char {
    let code = code_of(said);
    match (said.code, code.as_str()) {
        (0, _) => '+',
        (4, _) => '.',
        (6, "as.refused") => '!',
        (6, "rights.refused" | "rights.b-number-missing" | "user.disabled") => '-',
        _ if OTHERWISE.contains(&(command, code.as_str())) => '?',
        _ => 'x',
    }
}

fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    let inner: Vec<_> = command.get_subcommands().filter(|inner| inner.get_name() != "help").collect();
    if inner.is_empty() {
        found.insert(path.trim().to_owned());
    }
    for inner in inner {
        leaves(inner, &format!("{path} {}", inner.get_name()), found);
    }
}

#[test]
fn every_command_has_a_row_and_every_row_a_command() {
    let mut commands = BTreeSet::new();
    leaves(&portalctl::app::command(), "", &mut commands);
    let rows: BTreeSet<_> = TABLE.iter().map(|(command, ..)| (*command).to_owned()).collect();
    let missing: Vec<_> = commands.difference(&rows).collect();
    assert!(missing.is_empty(), "say in TABLE who may run: {missing:?}");
    let gone: Vec<_> = rows.difference(&commands).collect();
    assert!(gone.is_empty(), "rows of TABLE without a command: {gone:?}");
}

#[test]
fn k_046_c_01_c_02_everyone_may_run_what_the_table_says_and_no_more() {
    let world = world();
    let mut wrong = Vec::new();
    for (command, arguments, expected) in TABLE {
        let mut signs = expected.chars();
        for (who, email) in PEOPLE {
            let said = run_as(&world, command, arguments, email);
            let expected = signs.next().unwrap();
            let found = sign(command, &said);
            if found != expected && expected != '~' && (expected, found) != ('+', '?') {
                wrong.push(format!(
                    "{command} {arguments}, {who}: {expected} expected, {found} found: {}",
                    said.err
                ));
            }
        }
        let unknown = if command.starts_with("auth ") { '-' } else { '.' };
        for (email, expected) in [(DISABLED, '-'), (NOBODY, unknown)] {
            let said = run_as(&world, command, arguments, Some(email));
            if sign(command, &said) != expected {
                wrong.push(format!("{command} {arguments}, {email}: {expected} expected: {}", said.err));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Words that only an institution's own people may read; none is ever typed in the table.
const OUR_WORDS: [&str; 14] = [
    "oekonomistyrelsen",
    "konomistyrelsen",
    "Regnskabet",
    "Anna Holm",
    "anna.holm",
    "Ida Lykkebo",
    "Rikke",
    "emil.redding",
    "Birgitte",
    "Karen",
    "Kundeaftale",
    "Udenrigsministeriet",
    "Lønsedlen",
    "Drift",
];

#[test]
fn design_4_someone_elsewhere_reads_no_word_of_ours() {
    let world = world();
    let (_, elsewhere) = PEOPLE[8];
    let near = [
        // One letter off, in part, and what names something by another thing's name.
        ("tenant show", "oekonomistyrelse"),
        ("tenant show", "accounting:12345"),
        ("unit list", "--tenant okonomistyrelsen"),
        ("unit show", "accounting:12346"),
        ("unit show", "12345"),
        ("user show", "ida.lykkebo@oes.example.d"),
        ("user create", "--email ida.lykkebo@oes.example.dk --name X --rights 34051178:reader -n"),
        ("rights grant", "ida.lykkebo@oes.example.dk --tenant 34051178 --right reader -n"),
        ("rights revoke", "ida.lykkebo@oes.example.dk --tenant 34051178 --right reader -n"),
        ("user remove", "ida.lykkebo@oes.example.dk --tenant 34051178 -n"),
        ("contact create", "--tenant 34051178 --name X --unit accounting:12345 -n"),
        ("contact list", "--unit accounting:12345"),
        ("contact show", "1"),
        ("kpi list", "--unit accounting:12345"),
        ("kpi list", "--tenant 34051178 --unit accounting:12345"),
        ("report kpi", "--unit accounting:12345"),
        ("report late", "--measure A1 --unit accounting:12345"),
        ("kpi list", "--unit accounting:54321"),
        ("report kpi", "--unit accounting:54321"),
        ("ticket list", "--assignee jonas.brandtof@sam.example.dk"),
        ("ticket show", "2605-0001"),
        ("agreement show", "1"),
        ("tenant archive", "oekonomistyrelse"),
        ("unit archive", "accounting:12345"),
        ("signatory remove", "--tenant 10213231 --scope customer"),
        ("agreement withdraw", "1"),
        ("user disable", "ida.lykkebo@oes.example.dk"),
    ];
    // What stands in a file that one brings oneself is no secret.
    let brought = ["agreement verify", "rights review import"];
    let rows = TABLE.iter().filter(|(command, ..)| !brought.contains(command));
    for (command, arguments) in rows.map(|(command, arguments, _)| (*command, *arguments)).chain(near) {
        let said = run_as(&world, command, arguments, elsewhere);
        let heard = format!("{}{}", said.out, said.err);
        for word in OUR_WORDS {
            let typed = arguments.contains(word);
            assert!(typed || !heard.contains(word), "{command} {arguments} tells of {word}:\n{said}");
        }
    }
}

#[test]
fn design_4_what_is_another_institutions_looks_like_what_is_not_there() {
    let world = world();
    let (_, elsewhere) = PEOPLE[8];
    for (command, theirs, nowhere) in [
        ("tenant show", "oekonomistyrelsen", "findes-ikke"),
        ("tenant show", OURS, "53383211"),
        ("unit show", "accounting:12345", "accounting:99999"),
        ("unit show", "12345", "99999"),
        ("user show", TARGET, NOBODY),
        ("contact show", "1", "99"),
        ("contact list --unit", "accounting:12345", "accounting:99999"),
        ("kpi list --unit", "accounting:12345", "accounting:99999"),
        ("report late --measure A1 --unit", "accounting:12345", "accounting:99999"),
        ("ticket show", "2605-0001", "2605-0099"),
        ("ticket list --assignee", "jonas.brandtoft@sam.example.dk", NOBODY),
        ("ticket list --requester", TARGET, NOBODY),
        ("agreement show", "1", "99"),
        ("user disable", TARGET, NOBODY),
        ("signatory remove --scope customer --tenant", OURS, "53383211"),
        ("rights grant --tenant 34051178 --right reader", TARGET, NOBODY),
        ("rights who --tenant", OURS, "53383211"),
    ] {
        let [a, b] = [theirs, nowhere].map(|key| {
            let said = run_as(&world, command, key, elsewhere);
            (said.code, said.out.replace(key, "KEY"), said.err.replace(key, "KEY"))
        });
        assert_eq!(a, b, "{command}: {theirs} against {nowhere}");
    }
}

#[test]
fn nothing_is_signed_in_anothers_name_and_the_text_says_what_to_do() {
    let world = world();
    let line = "agreement record-signature 3 --party customer --signer birgitte@oes.example.dk --method MitID \
        --signed-at 2026-05-04T09:30:00+02:00 --as soren.vind@sam.example.dk --reason telefon";
    insta::assert_snapshot!(world.run(line), @"
    ------- stderr -------
    error: this records a signature, which nobody does in another's name
    hint: leave --as away, or let the person log in with `auth login` and use --session
    [exit code 6]
    ");
}

#[test]
fn a_094_a_ticket_is_seen_only_while_its_requester_has_a_right_there() {
    let world = world();
    let see = |world: &World| run_as(world, "ticket show", "2605-0002", PEOPLE[5].1).code;
    assert_eq!(see(&world), 0);
    world.run("user remove rikke.laeso@oes.example.dk --tenant 10213231 --yes").ok();
    assert_eq!(see(&world), 4, "A-094: the ticket stays, and is the institution's");
    assert_eq!(world.run("ticket show 2605-0002").ok().code, 0);
    assert_eq!(sign("ticket list", &run_as(&world, "ticket list", "", PEOPLE[5].1)), '-');
}
