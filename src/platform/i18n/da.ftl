# Danish: the portals' own words.

## Languages
language-da = Dansk
language-nb = Norsk
language-en = Engelsk

## Common
yes = Ja
no = Nej
empty = (Tom)
choice-none = Ingen
choice-installation = Som installationen
choice-institution = Institutionen selv
mode-create = Opret
mode-update = Ret
mode-upsert = Opret eller ret
time-at = kl.
month-1 = januar
month-2 = februar
month-3 = marts
month-4 = april
month-5 = maj
month-6 = juni
month-7 = juli
month-8 = august
month-9 = september
month-10 = oktober
month-11 = november
month-12 = december

## Status of institutions, units, roles, types
status-active = Aktiv
status-archived = Arkiveret
status-retired = Udgået

## Units
unit-kind-accounting = Bogføringskreds
unit-kind-payroll = Løngruppe

## Users
user-kind-person = Person
user-kind-shared-mailbox = Fællespostkasse
staff-caseworker = Sagsbehandler
staff-system-administrator = Systemadministrator
user-status-invited = Inviteret
user-status-active = Aktiv
user-status-disabled = Spærret

## Rights (K-021..K-024) and menus (K-046, C-10)
right-administrator = Administrator
right-editor = Rediger
right-reader = Læser
right-reports = Rapporter
right-staff = Medarbejder hos SAM
review-decision-keep = Behold
review-decision-remove = Fjern
menu-information = Information
menu-agreements = Kundeaftaler
menu-meetings = Møder
menu-actions = Aktionslister
menu-playbooks = Drejebøger
menu-master-data = Stamdata
menu-reports = Rapporter
menu-contacts = Kontaktpersoner
menu-users = Brugeradministration

## Signatories (K-025..K-027)
scope-customer = Kundeaftale
scope-data-processing = Databehandleraftale
scope-other = Øvrige aftaler

## Contacts and roles
managed-by-tenant = Kunden
managed-by-provider = Statens Administration
tab-general = Generelt
tab-accounting = Regnskab
tab-payroll = Løn

## Agreements (K-092..K-096)
agreement-kind-customer = Kundeaftale
agreement-kind-addon = Tilkøbsaftale
agreement-kind-dispensation = Dispensationsaftale
agreement-kind-data-processing = Databehandleraftale
agreement-kind-other = Øvrig aftale
agreement-state-draft = Kladde
agreement-state-awaiting-signature = Klar til signering
agreement-state-partly-signed = Delvist underskrevet
agreement-state-in-force = I kraft
agreement-state-expired = Udløbet
agreement-state-terminated = Opsagt
agreement-state-declined = Afvist
agreement-state-withdrawn = Trukket tilbage
agreement-state-replaced = Erstattet
party-customer = Kunde
party-provider = Statens Administration

## The calendar
day-kind-statutory = Lovbestemt
day-kind-closed = Lukket
holiday-new-years-day = Nytårsdag
holiday-maundy-thursday = Skærtorsdag
holiday-good-friday = Langfredag
holiday-easter-sunday = Påskedag
holiday-easter-monday = Anden påskedag
holiday-great-prayer-day = Store bededag
holiday-ascension-day = Kristi himmelfartsdag
holiday-whit-sunday = Pinsedag
holiday-whit-monday = Anden pinsedag
holiday-christmas-day = Juledag
holiday-second-christmas-day = Anden juledag

## KPI figures
month-state-open = Åben
month-state-closed = Afsluttet
value-kind-count = Antal
value-kind-ore = Beløb
direction-higher-is-better = Højere er bedre
direction-lower-is-better = Lavere er bedre
basis-within-limit = Indenfor fristen
basis-without-error = Uden fejl
basis-not-lost = Ikke mistet
split-service-area = Serviceområde
split-unit = Enhed
split-month = Måned

## Tickets (S-020..S-026)
ticket-status-registered = Registreret
ticket-status-started = Påbegyndt
ticket-status-assigned = Tildelt
ticket-status-awaiting-internal = Afventer internt
ticket-status-awaiting-requester = Afventer rekvirent
ticket-status-done = Udført
ticket-status-closed = Lukket
handled-by-provider = Behandles af ansvarlig
handled-by-requester = Behandles af rekvirent
handled-by-nobody = Behandles ikke
entry-kind-message = Svar
entry-kind-note = Internt notat
entry-kind-status = Status
entry-kind-assignment = Tildeling
entry-kind-sharing = Deling
entry-kind-mail = E-mail
ticket-responsible = Ansvarlig

## Sessioner og totrinsbekræftelse
session-state-active = Logget ind
session-state-code-required = Afventer kode
session-state-enrolment-required = Totrin skal sættes op
session-state-password-change-required = Adgangskode skal skiftes
method-app = App
method-sms = SMS
method-emergency = Nødkode
## Search (K-070..K-075)
search-kind-tenant = Kunde
search-kind-unit = Enhed
search-kind-user = Bruger
search-kind-contact = Kontaktperson
search-kind-agreement = Aftale
search-kind-ticket = Sag

## Mail
mail-state-queued = I kø
mail-state-sent = Sendt
mail-state-failed = Mislykket
mail-state-unknown = Ukendt
mail-state-cancelled = Annulleret
channel-mail = E-mail
channel-sms = SMS

## Column headings
col-code = Kode
col-cvr = CVR-nummer
col-name = Navn
col-ministry = Ministerområde
col-se_numbers = SE-numre
col-glns = EAN/GLN
col-account_manager = Key Account Manager
col-status = Status
col-created_at = Oprettet
col-units = Enheder
col-signatories = Tegningsberettigede
col-contacts = Kontaktpersoner
col-tenant = Kunde
col-kind = Type
col-number = Nummer
col-server = Server
col-database = Database
col-ldv = LDV
col-email = E-mail
col-b_number = B-nummer
col-phone = Telefon
col-title = Titel
col-language = Sprog
col-rights = Rettigheder
col-mfa = To trin
col-last_login_at = Sidste login
col-user = Bruger
col-right = Rettighed
col-granted_at = Tildelt den
col-granted_by = Tildelt af
col-menu = Menu
col-administrator = Administrator
col-editor = Rediger
col-reader = Læser
col-reports = Rapporter
col-allowed = Tilladt
col-because = Fordi
col-via = Gennem
col-menus = Menuer
col-b_number_missing = Mangler B-nummer
col-scope = Gælder
col-since = Fra
col-until = Til
col-id = Nr.
col-key = Nøgle
col-label = Betegnelse
col-unit = Enhed
col-secure_email = Sikker e-mail
col-shared_email = Fællesmail
col-remarks = Bemærkninger
col-roles = Roller
col-updated_at = Opdateret
col-managed_by = Vedligeholdes af
col-tabs = Faner
col-description = Beskrivelse
col-address = Adresse
col-state = Status
col-effective_on = Gælder fra
col-expires_on = Udløber
col-sha256 = SHA-256
col-signed_by = Underskrevet af
col-signed_at = Dato
col-supplements = Tillæg til
col-service = Ydelse
col-document = Dokument
col-annexes = Bilag
col-signatures = Underskrifter
col-events = Hændelser
col-party = Part
col-signer = Underskriver
col-role = Rolle
col-method = Metode
col-reference = Reference
col-at = Tidspunkt
col-actor = Udført af
col-detail = Detaljer
col-position = Nr.
col-in_force_at = I kraft
col-files = Filer
col-agreements = Aftaler
col-evidence = Bevis
col-size = Størrelse
col-month = Måned
col-rows = Rækker
col-missing_units = Manglende enheder
col-value_kind = Art
col-direction = Retning
col-basis = Formel
col-unit_kind = Enhedstype
col-measure = Mål
col-from = Fra
col-target_bp = Mål i %
col-max_days = Maks. dage
col-service_area = Serviceområde
col-numerator = Tæller
col-denominator = Nævner
col-within_limit = Indenfor fristen
col-over_limit = Over fristen
col-errors = Fejl
col-year = År
col-through = Til og med
col-attainment_bp = Opnået
col-count = Antal
col-met = Opfyldt
col-all_attainment_bp = Alle kunder
col-all_met = Opfyldt (alle)
col-subject = Emne
col-type = Type
col-requester = Rekvirent
col-assignee = Ansvarlig
col-handled_by = Behandles
col-done_at = Udført den
col-closed_at = Lukkedato
col-shared_with = Delt med
col-thread = Forløb
col-author = Forfatter
col-text = Tekst
col-attachments = Vedhæftninger
col-internal = Internt
col-due_at = Lukkes
col-channel = Kanal
col-to = Til
col-cause = Årsag
col-queued_at = I kø siden
col-sent_at = Sendt
col-attempts = Forsøg
col-last_error = Seneste fejl
col-seq = Nr.
col-effective_actor = På vegne af
col-reason = Begrundelse
col-action = Handling
col-object = Objekt
col-before = Før
col-after = Efter
col-hash = Hash
col-value = Værdi
col-origin = Kommer fra
col-default = Standard
col-about = Betydning
col-result = Resultat
col-entries = Poster
col-head = Seneste hash
col-public_key = Offentlig nøgle
col-key_id = Nøglens nr.
col-path = Sti
col-problems = Problemer
col-tables = Tabeller
col-table = Tabel
col-schema_version = Skemaversion
col-demo = Eksempel
col-message = Meddelelse
col-date = Dato
col-expires_at = Udløber
col-seen_at = Sidst brugt
col-current = Denne
col-emergency_code = Nødkode
col-sessions_ended = Afsluttede sessioner
col-methods = Metoder
col-pending = Under opsætning
col-required = Påkrævet
col-notifications = Notifikationer
col-email_reminders = E-mailpåmindelser

## Typeset documents: page 1 of 2
document-page = Side
document-page-of = af
