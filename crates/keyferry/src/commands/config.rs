//! `keyferry config check`.

use clap::Subcommand;
use comfy_table::{ContentArrangement, Table, presets};

use super::say;
use super::serve::SettingArgs;
use crate::config::Config;

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check every setting and print what is in force, secrets masked; nothing is started or changed.
    Check(SettingArgs),
}

/// Runs the verb.
///
/// # Errors
/// The first setting that cannot be used.
pub fn run(command: ConfigCommand) -> anyhow::Result<()> {
    let ConfigCommand::Check(args) = command;
    let config = Config::load(&args.sources()?)?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["setting", "value", "from"]);
    for (name, value, origin) in config.describe() {
        table.add_row([name.to_owned(), value, origin]);
    }
    say(table);
    Ok(())
}
