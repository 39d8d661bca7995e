//! Counters of failed sign-ins.
