# Norwegian (bokmål).

## Languages
language-da = Dansk
language-nb = Norsk
language-en = Engelsk

## Common
yes = Ja
no = Nei
empty = (Tom)
choice-none = Ingen
choice-installation = Som installasjonen
choice-institution = Institusjonen selv
mode-create = Opprett
mode-update = Endre
mode-upsert = Opprett eller endre
time-at = kl.
month-1 = januar
month-2 = februar
month-3 = mars
month-4 = april
month-5 = mai
month-6 = juni
month-7 = juli
month-8 = august
month-9 = september
month-10 = oktober
month-11 = november
month-12 = desember

## Status of institutions, units, roles, types
status-active = Aktiv
status-archived = Arkivert
status-retired = Utgått

## Units
unit-kind-accounting = Regnskapskrets
unit-kind-payroll = Lønnsgruppe

## Users
user-kind-person = Person
user-kind-shared-mailbox = Felles postkasse
staff-caseworker = Saksbehandler
staff-system-administrator = Systemadministrator
user-status-invited = Invitert
user-status-active = Aktiv
user-status-disabled = Sperret

## Rights (K-021..K-024) and menus (K-046, C-10)
right-administrator = Administrator
right-editor = Redigere
right-reader = Leser
right-reports = Rapporter
right-staff = Ansatt hos SAM
review-decision-keep = Behold
review-decision-remove = Fjern
menu-information = Informasjon
menu-agreements = Kundeavtaler
menu-meetings = Møter
menu-actions = Aksjonslister
menu-playbooks = Dreiebøker
menu-master-data = Stamdata
menu-reports = Rapporter
menu-contacts = Kontaktpersoner
menu-users = Brukeradministrasjon

## Signatories (K-025..K-027)
scope-customer = Kundeavtale
scope-data-processing = Databehandleravtale
scope-other = Øvrige avtaler

## Contacts and roles
managed-by-tenant = Kunden
managed-by-provider = Statens Administration
tab-general = Generelt
tab-accounting = Regnskap
tab-payroll = Lønn

## Agreements (K-092..K-096)
agreement-kind-customer = Kundeavtale
agreement-kind-addon = Tilleggskjøpsavtale
agreement-kind-dispensation = Dispensasjonsavtale
agreement-kind-data-processing = Databehandleravtale
agreement-kind-other = Øvrig avtale
agreement-state-draft = Utkast
agreement-state-awaiting-signature = Klar til signering
agreement-state-partly-signed = Delvis signert
agreement-state-in-force = I kraft
agreement-state-expired = Utløpt
agreement-state-terminated = Oppsagt
agreement-state-declined = Avvist
agreement-state-withdrawn = Trukket tilbake
agreement-state-replaced = Erstattet
party-customer = Kunde
party-provider = Statens Administration

## The calendar
day-kind-statutory = Lovbestemt
day-kind-closed = Stengt
holiday-new-years-day = Nyttårsdag
holiday-maundy-thursday = Skjærtorsdag
holiday-good-friday = Langfredag
holiday-easter-sunday = Første påskedag
holiday-easter-monday = Andre påskedag
holiday-great-prayer-day = Store bededag
holiday-ascension-day = Kristi himmelfartsdag
holiday-whit-sunday = Første pinsedag
holiday-whit-monday = Andre pinsedag
holiday-christmas-day = Første juledag
holiday-second-christmas-day = Andre juledag

## KPI figures
month-state-open = Åpen
month-state-closed = Avsluttet
value-kind-count = Antall
value-kind-ore = Beløp
direction-higher-is-better = Høyere er bedre
direction-lower-is-better = Lavere er bedre
basis-within-limit = Innen fristen
basis-without-error = Uten feil
basis-not-lost = Ikke tapt
split-service-area = Tjenesteområde
split-unit = Enhet
split-month = Måned

## Tickets (S-020..S-026)
ticket-status-registered = Registrert
ticket-status-started = Påbegynt
ticket-status-assigned = Tildelt
ticket-status-awaiting-internal = Avventer internt
ticket-status-awaiting-requester = Avventer rekvirent
ticket-status-done = Utført
ticket-status-closed = Lukket
handled-by-provider = Behandles av ansvarlig
handled-by-requester = Behandles av rekvirent
handled-by-nobody = Behandles ikke
entry-kind-message = Svar
entry-kind-note = Internt notat
entry-kind-status = Status
entry-kind-assignment = Tildeling
entry-kind-sharing = Deling
entry-kind-mail = E-post
ticket-responsible = Ansvarlig

## Økter og totrinnsbekreftelse
session-state-active = Logget inn
session-state-code-required = Avventer kode
session-state-enrolment-required = Totrinn må settes opp
session-state-password-change-required = Passord må endres
method-app = App
method-sms = SMS
method-emergency = Nødkode
## Search (K-070..K-075)
search-kind-tenant = Kunde
search-kind-unit = Enhet
search-kind-user = Bruker
search-kind-contact = Kontaktperson
search-kind-agreement = Avtale
search-kind-ticket = Sak

## Mail
mail-state-queued = I kø
mail-state-sent = Sendt
mail-state-failed = Mislykket
mail-state-unknown = Ukjent
mail-state-cancelled = Avbrutt
channel-mail = E-post
channel-sms = SMS

## Column headings
col-code = Kode
col-cvr = CVR-nummer
col-name = Navn
col-ministry = Departementsområde
col-se_numbers = SE-numre
col-glns = EAN/GLN
col-account_manager = Key Account Manager
col-status = Status
col-created_at = Opprettet
col-units = Enheter
col-signatories = Signaturberettigede
col-contacts = Kontaktpersoner
col-tenant = Kunde
col-kind = Type
col-number = Nummer
col-server = Server
col-database = Database
col-ldv = LDV
col-email = E-post
col-b_number = B-nummer
col-phone = Telefon
col-title = Tittel
col-language = Språk
col-rights = Rettigheter
col-mfa = To trinn
col-last_login_at = Siste innlogging
col-user = Bruker
col-right = Rettighet
col-granted_at = Tildelt den
col-granted_by = Tildelt av
col-menu = Meny
col-administrator = Administrator
col-editor = Redigere
col-reader = Leser
col-reports = Rapporter
col-allowed = Tillatt
col-because = Fordi
col-via = Gjennom
col-menus = Menyer
col-b_number_missing = Mangler B-nummer
col-scope = Gjelder
col-since = Fra
col-until = Til
col-id = Nr.
col-key = Nøkkel
col-label = Betegnelse
col-unit = Enhet
col-secure_email = Sikker e-post
col-shared_email = Felles e-post
col-remarks = Merknader
col-roles = Roller
col-updated_at = Oppdatert
col-managed_by = Vedlikeholdes av
col-tabs = Faner
col-description = Beskrivelse
col-address = Adresse
col-state = Status
col-effective_on = Gjelder fra
col-expires_on = Utløper
col-sha256 = SHA-256
col-signed_by = Signert av
col-signed_at = Dato
col-supplements = Tillegg til
col-service = Ytelse
col-document = Dokument
col-annexes = Vedlegg
col-signatures = Signaturer
col-events = Hendelser
col-party = Part
col-signer = Underskriver
col-role = Rolle
col-method = Metode
col-reference = Referanse
col-at = Tidspunkt
col-actor = Utført av
col-detail = Detaljer
col-position = Nr.
col-in_force_at = I kraft
col-files = Filer
col-agreements = Avtaler
col-evidence = Bevis
col-size = Størrelse
col-month = Måned
col-rows = Rader
col-missing_units = Manglende enheter
col-value_kind = Art
col-direction = Retning
col-basis = Formel
col-unit_kind = Enhetstype
col-measure = Mål
col-from = Fra
col-target_bp = Mål i %
col-max_days = Maks. dager
col-service_area = Serviceområde
col-numerator = Teller
col-denominator = Nevner
col-within_limit = Innen fristen
col-over_limit = Over fristen
col-errors = Feil
col-year = År
col-through = Til og med
col-attainment_bp = Oppnådd
col-count = Antall
col-met = Oppfylt
col-all_attainment_bp = Alle kunder
col-all_met = Oppfylt (alle)
col-subject = Emne
col-type = Type
col-requester = Rekvirent
col-assignee = Ansvarlig
col-handled_by = Behandles
col-done_at = Utført den
col-closed_at = Lukkedato
col-shared_with = Delt med
col-thread = Forløp
col-author = Forfatter
col-text = Tekst
col-attachments = Vedlegg
col-internal = Internt
col-due_at = Lukkes
col-channel = Kanal
col-to = Til
col-cause = Årsak
col-queued_at = I kø siden
col-sent_at = Sendt
col-attempts = Forsøk
col-last_error = Siste feil
col-seq = Nr.
col-effective_actor = På vegne av
col-reason = Begrunnelse
col-action = Handling
col-object = Objekt
col-before = Før
col-after = Etter
col-hash = Hash
col-value = Verdi
col-origin = Kommer fra
col-default = Standard
col-about = Betydning
col-result = Resultat
col-entries = Poster
col-head = Siste hash
col-public_key = Offentlig nøkkel
col-key_id = Nøkkelens nr.
col-path = Sti
col-problems = Problemer
col-tables = Tabeller
col-table = Tabell
col-schema_version = Skjemaversjon
col-demo = Eksempel
col-message = Melding
col-date = Dato
col-expires_at = Utløper
col-seen_at = Sist brukt
col-current = Denne
col-emergency_code = Nødkode
col-sessions_ended = Avsluttede økter
col-methods = Metoder
col-pending = Under oppsett
col-required = Påkrevd
col-notifications = Varsler
col-email_reminders = E-postpåminnelser

## Typeset documents: page 1 of 2
document-page = Side
document-page-of = av
