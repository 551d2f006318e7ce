//! The sixteen roles of K-195, in its order, with the codes of CLI.md §4.

use super::ManagedBy::{self, Provider, Tenant};
use super::Tab::{self, Accounting, General, Payroll};

/// A role of the catalogue that every new database begins with.
pub struct Seed {
    /// Code.
    pub code: &'static str,
    /// Name in the portal's words.
    pub name: &'static str,
    /// Who assigns it (K-196).
    pub managed_by: ManagedBy,
    /// Whether its holders need a secure address.
    pub secure_email: bool,
    /// Tabs besides the holder's own place.
    pub tabs: &'static [Tab],
    /// What it is for.
    pub description: &'static str,
}

const fn seed(
    code: &'static str,
    name: &'static str,
    managed_by: ManagedBy,
    secure_email: bool,
    tabs: &'static [Tab],
    description: &'static str,
) -> Seed {
    Seed { code, name, managed_by, secure_email, tabs, description }
}

/// K-195, numbers 1 to 16.
pub static ROLES: [Seed; 16] = [
    seed(
        "forum-payroll",
        "Deltager – Forum for lønansvarlige",
        Tenant,
        false,
        &[],
        "Modtager invitationer til forum for lønansvarlige i staten",
    ),
    seed(
        "forum-accounting",
        "Deltager – Forum for regnskabschefer",
        Tenant,
        false,
        &[],
        "Modtager invitationer til forum for regnskabschefer i staten",
    ),
    seed(
        "forum-rpa",
        "Deltager – Forum for RPA",
        Tenant,
        false,
        &[],
        "Deltager i RPA-forum og modtager information om udvikling og drift af kontorrobotter",
    ),
    seed(
        "customer-forum",
        "Deltager – Kundeforum",
        Provider,
        false,
        &[General],
        "Departementernes repræsentanter på ledelsesniveau",
    ),
    seed("general", "Generelle kontaktoplysninger", Tenant, false, &[], "Hovedtelefonnummer og postkasse"),
    seed(
        "security-incident",
        "Kontaktperson – Sikkerhedshændelse (DPO)",
        Tenant,
        false,
        &[],
        "Kontaktes ved sikkerhedshændelser",
    ),
    seed(
        "output-data",
        "Kontaktperson – Uddata",
        Tenant,
        true,
        &[],
        "E-mailadresse, som uddata sendes til; kan indeholde følsomme personoplysninger",
    ),
    seed(
        "payroll-receipts",
        "Kvitteringsmail – Lønportalen",
        Tenant,
        true,
        &[],
        "E-mailadresse til kvitteringer fra Lønportalen",
    ),
    seed("payroll", "Kontaktperson – Løn", Tenant, false, &[], "Ansvarlig for daglige lønopgaver"),
    seed(
        "accounting",
        "Kontaktperson – Regnskab",
        Tenant,
        false,
        &[],
        "Ansvarlig for daglige regnskabsopgaver",
    ),
    seed("refund", "Kontaktperson – Refusion", Tenant, true, &[], "Kontaktes i refusionssager"),
    seed(
        "payroll-reporting",
        "Afrapportering Løn",
        Tenant,
        false,
        &[],
        "Modtager de to månedlige afrapporteringer",
    ),
    seed(
        "payroll-reconciliation",
        "Afstemning Løn",
        Tenant,
        false,
        &[],
        "Spørgsmål om afstemning af beholdningskonti på lønområdet",
    ),
    seed(
        "payroll-load-errors",
        "Fejlindlæsning af lønposter",
        Tenant,
        false,
        &[],
        "Henvendelser om fejlindlæsning af lønposter",
    ),
    seed(
        "primary-payroll",
        "Primær lønkontakt",
        Provider,
        false,
        &[General, Payroll],
        "Kundetilfredshedsundersøgelser, kundeaftaler, driftsinformation og årsafslutning",
    ),
    seed(
        "primary-accounting",
        "Primær regnskabskontakt",
        Provider,
        false,
        &[General, Accounting],
        "Kundetilfredshedsundersøgelser, kundeaftaler, driftsinformation og årsafslutning",
    ),
];
