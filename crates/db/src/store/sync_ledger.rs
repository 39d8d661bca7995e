//! What syncs confirmed at their destinations.
