//! The installation's own row.
