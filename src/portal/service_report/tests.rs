//! Figures of services: taken once, added up as computed here anew.
