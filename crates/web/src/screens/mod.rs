//! One folder a screen: handlers, templates, tests.

mod access_control;
mod account;
mod app_connections;
mod audit_logs;
pub mod errors;
mod help;
mod login;
mod notices;
mod projects;
mod secret_syncs;
mod secrets;
mod settings;
mod setup;
#[cfg(debug_assertions)]
mod ui_kit;

pub use setup::PendingSetups;

use crate::Registry;

/// All screens.
pub(crate) fn routes(registry: &mut Registry) {
    access_control::routes(registry);
    account::routes(registry);
    app_connections::routes(registry);
    audit_logs::routes(registry);
    help::routes(registry);
    login::routes(registry);
    notices::routes(registry);
    projects::routes(registry);
    secret_syncs::routes(registry);
    secrets::routes(registry);
    settings::routes(registry);
    setup::routes(registry);
    #[cfg(debug_assertions)]
    ui_kit::routes(registry);
}
