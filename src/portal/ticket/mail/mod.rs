//! Mails about tickets. They name the number and the status, never what was written.

use crate::platform::outbox::{Class, Template};

/// The ticket waits for the requester (S-024).
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

/// The provider has replied (S-010).
pub static REPLY: Template = Template {
    name: "ticket.reply",
    class: Class::Notice,
    da: include_str!("reply.da.txt"),
    nb: include_str!("reply.nb.txt"),
    en: include_str!("reply.en.txt"),
};
