//! Coded values: closed sets whose members travel as stable English codes.
//!
//! JSON, CSV and the database hold the code (`awaiting-requester`); tables and mails show the
//! portals' own words, which `platform::i18n` looks up by catalogue and code (DESIGN §1 rule 10).

/// A closed set of values with stable codes.
pub trait Coded: Copy + Eq + 'static {
    /// The name of the set in the label catalogues, such as `ticket-status`.
    const CATALOGUE: &'static str;

    /// Every member, in the order in which people list them.
    fn all() -> &'static [Self];

    /// The stable code, such as `awaiting-requester`.
    fn code(self) -> &'static str;

    /// The member with exactly this code.
    fn from_code(code: &str) -> Option<Self> {
        Self::all().iter().copied().find(|member| member.code() == code)
    }
}

/// Declares a coded enum: its members, their codes, serde and `Display` by code.
#[macro_export]
macro_rules! coded {
    (
        $(#[$meta:meta])*
        pub enum $name:ident($catalogue:literal) {
            $( $(#[$member_meta:meta])* $member:ident => $code:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $( $(#[$member_meta])* $member ),+ }

        impl $crate::values::Coded for $name {
            const CATALOGUE: &'static str = $catalogue;
            fn all() -> &'static [Self] { &[ $( Self::$member ),+ ] }
            fn code(self) -> &'static str { match self { $( Self::$member => $code ),+ } }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::values::Coded::code(*self))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::values::Coded::code(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = <String as serde::Deserialize>::deserialize(deserializer)?;
                <$name as $crate::values::Coded>::from_code(&code).ok_or_else(|| {
                    serde::de::Error::custom(format!("\"{code}\" is not a {}", $catalogue))
                })
            }
        }
    };
}
