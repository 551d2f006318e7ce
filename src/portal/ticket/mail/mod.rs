//! Mails about tickets. They name the number, the status and the time, never what was written.

use crate::platform::outbox::{Class, Template};

/// The ticket waits for those who asked (S-024).
pub static AWAITING: Template = Template {
    name: "ticket.awaiting-requester",
    class: Class::Notice,
    da: include_str!("awaiting.da.txt"),
    nb: include_str!("awaiting.nb.txt"),
    en: include_str!("awaiting.en.txt"),
};

/// The ticket is done (S-025).
pub static DONE: Template = Template {
    name: "ticket.done",
    class: Class::Notice,
    da: include_str!("done.da.txt"),
    nb: include_str!("done.nb.txt"),
    en: include_str!("done.en.txt"),
};

/// The ticket is closed (S-026).
pub static CLOSED: Template = Template {
    name: "ticket.closed",
    class: Class::Notice,
    da: include_str!("closed.da.txt"),
    nb: include_str!("closed.nb.txt"),
    en: include_str!("closed.en.txt"),
};

/// The ticket has another status (S-015).
pub static STATUS: Template = Template {
    name: "ticket.status",
    class: Class::Notice,
    da: include_str!("status.da.txt"),
    nb: include_str!("status.nb.txt"),
    en: include_str!("status.en.txt"),
};

/// Somebody has replied (S-010).
pub static REPLY: Template = Template {
    name: "ticket.reply",
    class: Class::Notice,
    da: include_str!("reply.da.txt"),
    nb: include_str!("reply.nb.txt"),
    en: include_str!("reply.en.txt"),
};

/// What came by mail is a ticket now (S-029).
pub static RECEIVED: Template = Template {
    name: "ticket.received",
    class: Class::Notice,
    da: include_str!("received.da.txt"),
    nb: include_str!("received.nb.txt"),
    en: include_str!("received.en.txt"),
};

/// Somebody else has opened a ticket in the requester's name.
pub static OPENED: Template = Template {
    name: "ticket.opened",
    class: Class::Notice,
    da: include_str!("opened.da.txt"),
    nb: include_str!("opened.nb.txt"),
    en: include_str!("opened.en.txt"),
};

/// The ticket is shared with the reader (S-018).
pub static SHARED: Template = Template {
    name: "ticket.shared",
    class: Class::Notice,
    da: include_str!("shared.da.txt"),
    nb: include_str!("shared.nb.txt"),
    en: include_str!("shared.en.txt"),
};

/// The done ticket will soon be closed.
pub static REMINDER: Template = Template {
    name: "ticket.reminder",
    class: Class::Notice,
    da: include_str!("reminder.da.txt"),
    nb: include_str!("reminder.nb.txt"),
    en: include_str!("reminder.en.txt"),
};

/// To staff: the ticket is the reader's to handle (S-022).
pub static ASSIGNED: Template = Template {
    name: "ticket.assigned",
    class: Class::Notice,
    da: include_str!("assigned.da.txt"),
    nb: include_str!("assigned.nb.txt"),
    en: include_str!("assigned.en.txt"),
};

/// To staff: something happened to a ticket that the reader handles.
pub static WORK: Template = Template {
    name: "ticket.work",
    class: Class::Notice,
    da: include_str!("work.da.txt"),
    nb: include_str!("work.nb.txt"),
    en: include_str!("work.en.txt"),
};
