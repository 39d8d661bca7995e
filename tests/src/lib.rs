//! Holds the end-to-end tests under `e2e/`: the real program, its own process, a simulated Checkly.
