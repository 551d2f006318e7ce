//! The fixtures that the binary carries, so that `demo` runs wherever it is installed.

/// The story.
pub const SCRIPT: &str = include_str!("../../../fixtures/demo.txt");

/// What the folder says about itself.
pub const README: &str = include_str!("../../../fixtures/demo-readme.md");

/// The files that the story uses, by their path under `fixtures/`.
pub const FIXTURES: &[(&str, &[u8])] = &[
    (
        "agreements/digst-kundeaftale.pdf",
        include_bytes!("../../../fixtures/agreements/digst-kundeaftale.pdf"),
    ),
    (
        "agreements/digst-robotsamarbejde.pdf",
        include_bytes!("../../../fixtures/agreements/digst-robotsamarbejde.pdf"),
    ),
    (
        "agreements/krim-dispensation-rejser.pdf",
        include_bytes!("../../../fixtures/agreements/krim-dispensation-rejser.pdf"),
    ),
    (
        "agreements/oes-databehandleraftale-bilag-a.pdf",
        include_bytes!("../../../fixtures/agreements/oes-databehandleraftale-bilag-a.pdf"),
    ),
    (
        "agreements/oes-databehandleraftale.pdf",
        include_bytes!("../../../fixtures/agreements/oes-databehandleraftale.pdf"),
    ),
    (
        "agreements/oes-kundeaftale-bilag-1.pdf",
        include_bytes!("../../../fixtures/agreements/oes-kundeaftale-bilag-1.pdf"),
    ),
    ("agreements/oes-kundeaftale.pdf", include_bytes!("../../../fixtures/agreements/oes-kundeaftale.pdf")),
    (
        "agreements/oes-tilkoeb-fakturamanager.pdf",
        include_bytes!("../../../fixtures/agreements/oes-tilkoeb-fakturamanager.pdf"),
    ),
    ("config.toml", include_bytes!("../../../fixtures/config.toml")),
    ("kpi/2026-05-correction.csv", include_bytes!("../../../fixtures/kpi/2026-05-correction.csv")),
    ("kpi/2026-05.csv", include_bytes!("../../../fixtures/kpi/2026-05.csv")),
    ("kpi/services-2026-05.csv", include_bytes!("../../../fixtures/kpi/services-2026-05.csv")),
    ("mails/adgang-rapporter.txt", include_bytes!("../../../fixtures/mails/adgang-rapporter.txt")),
    ("mails/kreditnota-svar.txt", include_bytes!("../../../fixtures/mails/kreditnota-svar.txt")),
    ("mails/kreditnota.txt", include_bytes!("../../../fixtures/mails/kreditnota.txt")),
    ("mails/loenposter-internt.txt", include_bytes!("../../../fixtures/mails/loenposter-internt.txt")),
    ("mails/loenposter-mangler.txt", include_bytes!("../../../fixtures/mails/loenposter-mangler.txt")),
    ("mails/loenposter-rekvirent.txt", include_bytes!("../../../fixtures/mails/loenposter-rekvirent.txt")),
    (
        "mails/loenposter-spoergsmaal.txt",
        include_bytes!("../../../fixtures/mails/loenposter-spoergsmaal.txt"),
    ),
    ("mails/loenposter-svar-2.txt", include_bytes!("../../../fixtures/mails/loenposter-svar-2.txt")),
    ("mails/loenposter-svar.txt", include_bytes!("../../../fixtures/mails/loenposter-svar.txt")),
    ("mails/loenposter.txt", include_bytes!("../../../fixtures/mails/loenposter.txt")),
    ("mails/loensedler-svar.txt", include_bytes!("../../../fixtures/mails/loensedler-svar.txt")),
    ("mails/loensedler.txt", include_bytes!("../../../fixtures/mails/loensedler.txt")),
    ("mails/opgavesplit-svar.txt", include_bytes!("../../../fixtures/mails/opgavesplit-svar.txt")),
    ("mails/opgavesplit.txt", include_bytes!("../../../fixtures/mails/opgavesplit.txt")),
    ("mails/refusion-spoergsmaal.txt", include_bytes!("../../../fixtures/mails/refusion-spoergsmaal.txt")),
    ("mails/refusion-svar.eml", include_bytes!("../../../fixtures/mails/refusion-svar.eml")),
    ("mails/refusion.txt", include_bytes!("../../../fixtures/mails/refusion.txt")),
    ("onboarding/agreed.yaml", include_bytes!("../../../fixtures/onboarding/agreed.yaml")),
    ("onboarding/institutions.csv", include_bytes!("../../../fixtures/onboarding/institutions.csv")),
    ("onboarding/units.csv", include_bytes!("../../../fixtures/onboarding/units.csv")),
    ("onboarding/users.csv", include_bytes!("../../../fixtures/onboarding/users.csv")),
];
