//! The process-wide TLS provider.

/// Installs aws-lc-rs as the TLS provider of this process. Does nothing when
/// one is installed already, so that every caller may call it.
pub fn install() {
    // The only error is "somebody was first", which is the wanted state.
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
