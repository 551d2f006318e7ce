//! What the document of a report says, beside figures computed here anew.
