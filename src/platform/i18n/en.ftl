# English.

## Languages
language-da = Danish
language-nb = Norwegian
language-en = English

## Common
yes = Yes
no = No
empty = (Empty)
choice-none = None
choice-installation = As the installation
choice-institution = The institution itself
mode-create = Create
mode-update = Update
mode-upsert = Create or update
time-at = at
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## Status of institutions, units, roles, types
status-active = Active
status-archived = Archived
status-retired = Retired

## Units
unit-kind-accounting = Accounting circle
unit-kind-payroll = Pay group

## Users
user-kind-person = Person
user-kind-shared-mailbox = Shared mailbox
staff-caseworker = Caseworker
staff-system-administrator = System administrator
user-status-invited = Invited
user-status-active = Active
user-status-disabled = Disabled

## Rights (K-021..K-024) and menus (K-046, C-10)
right-administrator = Administrator
right-editor = Editor
right-reader = Reader
right-reports = Reports
right-staff = Staff of SAM
review-decision-keep = Keep
review-decision-remove = Remove
menu-information = Information
menu-agreements = Agreements
menu-meetings = Meetings
menu-actions = Action lists
menu-playbooks = Playbooks
menu-master-data = Master data
menu-reports = Reports
menu-contacts = Contacts
menu-users = User administration

## Signatories (K-025..K-027)
scope-customer = Customer agreement
scope-data-processing = Data processing agreement
scope-other = Other agreements

## Contacts and roles
managed-by-tenant = Customer
managed-by-provider = Provider
tab-general = General
tab-accounting = Accounting
tab-payroll = Payroll

## Agreements (K-092..K-096)
agreement-kind-customer = Customer agreement
agreement-kind-addon = Add-on agreement
agreement-kind-dispensation = Dispensation agreement
agreement-kind-data-processing = Data processing agreement
agreement-kind-other = Other agreement
agreement-state-draft = Draft
agreement-state-awaiting-signature = Awaiting signature
agreement-state-partly-signed = Partly signed
agreement-state-in-force = In force
agreement-state-expired = Expired
agreement-state-terminated = Terminated
agreement-state-declined = Declined
agreement-state-withdrawn = Withdrawn
agreement-state-replaced = Replaced
party-customer = Customer
party-provider = Provider

## The calendar
day-kind-statutory = Statutory
day-kind-closed = Closed
holiday-new-years-day = New Year's Day
holiday-maundy-thursday = Maundy Thursday
holiday-good-friday = Good Friday
holiday-easter-sunday = Easter Sunday
holiday-easter-monday = Easter Monday
holiday-great-prayer-day = Great Prayer Day
holiday-ascension-day = Ascension Day
holiday-whit-sunday = Whit Sunday
holiday-whit-monday = Whit Monday
holiday-christmas-day = Christmas Day
holiday-second-christmas-day = Second Day of Christmas

## KPI figures
month-state-open = Open
month-state-closed = Closed
value-kind-count = Count
value-kind-ore = Amount
direction-higher-is-better = Higher is better
direction-lower-is-better = Lower is better
basis-within-limit = Within the limit
basis-without-error = Without error
basis-not-lost = Not lost
split-service-area = Service area
split-unit = Unit
split-month = Month

## Tickets (S-020..S-026)
ticket-status-registered = Registered
ticket-status-started = Started
ticket-status-assigned = Assigned
ticket-status-awaiting-internal = Awaiting internal
ticket-status-awaiting-requester = Awaiting requester
ticket-status-done = Done
ticket-status-closed = Closed
handled-by-provider = With the provider
handled-by-requester = With the requester
handled-by-nobody = With nobody
entry-kind-message = Message
entry-kind-note = Internal note
entry-kind-status = Status
entry-kind-assignment = Assignment
entry-kind-sharing = Sharing
entry-kind-mail = Mail
ticket-responsible = Responsible

## Sessions and second steps
session-state-active = Logged in
session-state-code-required = Code required
session-state-enrolment-required = Two steps to be set up
session-state-password-change-required = Password to be changed
method-app = App
method-sms = SMS
method-emergency = Emergency code
## Search (K-070..K-075)
search-kind-tenant = Institution
search-kind-unit = Unit
search-kind-user = User
search-kind-contact = Contact
search-kind-agreement = Agreement
search-kind-ticket = Ticket

## Mail
mail-state-queued = Queued
mail-state-sent = Sent
mail-state-failed = Failed
mail-state-unknown = Unknown
mail-state-cancelled = Cancelled
channel-mail = Mail
channel-sms = SMS

## Column headings
col-code = Code
col-cvr = CVR number
col-name = Name
col-ministry = Ministry area
col-se_numbers = SE numbers
col-glns = GLNs
col-account_manager = Key account manager
col-status = Status
col-created_at = Created
col-units = Units
col-signatories = Signatories
col-contacts = Contacts
col-tenant = Institution
col-kind = Kind
col-number = Number
col-server = Server
col-database = Database
col-ldv = LDV
col-email = E-mail
col-b_number = B-number
col-phone = Phone
col-title = Title
col-language = Language
col-rights = Rights
col-mfa = Two steps
col-last_login_at = Last login
col-user = User
col-right = Right
col-granted_at = Granted
col-granted_by = Granted by
col-menu = Menu
col-administrator = Administrator
col-editor = Editor
col-reader = Reader
col-reports = Reports
col-allowed = Allowed
col-because = Because
col-via = Via
col-menus = Menus
col-b_number_missing = B-number missing
col-scope = Scope
col-since = Since
col-until = Until
col-id = No.
col-key = Key
col-label = Label
col-unit = Unit
col-secure_email = Secure e-mail
col-shared_email = Shared mail
col-remarks = Remarks
col-roles = Roles
col-updated_at = Updated
col-managed_by = Maintained by
col-tabs = Tabs
col-description = Description
col-address = Address
col-state = State
col-effective_on = Effective on
col-expires_on = Expires on
col-sha256 = SHA-256
col-signed_by = Signed by
col-signed_at = Signed
col-supplements = Supplements
col-service = Service
col-document = Document
col-annexes = Annexes
col-signatures = Signatures
col-events = Events
col-party = Party
col-signer = Signer
col-role = Role
col-method = Method
col-reference = Reference
col-at = At
col-actor = Actor
col-detail = Detail
col-position = No.
col-in_force_at = In force
col-files = Files
col-agreements = Agreements
col-evidence = Evidence
col-size = Size
col-month = Month
col-rows = Rows
col-missing_units = Missing units
col-value_kind = Value kind
col-direction = Direction
col-basis = Formula
col-unit_kind = Unit type
col-measure = Measure
col-from = From
col-target_bp = Target
col-max_days = Max days
col-service_area = Service area
col-numerator = Numerator
col-denominator = Denominator
col-within_limit = Within limit
col-over_limit = Over limit
col-errors = Errors
col-year = Year
col-through = Through
col-attainment_bp = Attained
col-count = Count
col-met = Met
col-all_attainment_bp = All customers
col-all_met = Met (all)
col-subject = Subject
col-type = Type
col-requester = Requester
col-assignee = Assignee
col-handled_by = Handled by
col-done_at = Done
col-closed_at = Closed
col-shared_with = Shared with
col-thread = Thread
col-author = Author
col-text = Text
col-attachments = Attachments
col-internal = Internal
col-due_at = Due
col-channel = Channel
col-to = To
col-cause = Cause
col-queued_at = Queued
col-sent_at = Sent
col-attempts = Attempts
col-last_error = Last error
col-seq = No.
col-effective_actor = Effective actor
col-reason = Reason
col-action = Action
col-object = Object
col-before = Before
col-after = After
col-hash = Hash
col-value = Value
col-origin = Origin
col-default = Default
col-about = Meaning
col-result = Result
col-entries = Entries
col-head = Head
col-public_key = Public key
col-key_id = Key number
col-path = Path
col-problems = Problems
col-tables = Tables
col-table = Table
col-schema_version = Schema version
col-demo = Example world
col-message = Message
col-date = Date
col-expires_at = Expires
col-seen_at = Last used
col-current = This one
col-emergency_code = Emergency code
col-sessions_ended = Sessions ended
col-methods = Methods
col-pending = Being set up
col-required = Required
col-notifications = Notifications
col-email_reminders = E-mail reminders

## Typeset documents: page 1 of 2
document-page = Page
document-page-of = of
