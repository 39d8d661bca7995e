//! What was entered so far, step by step.

use std::collections::BTreeMap;

use keyferry_domain::secret_syncs::model::{Breaker, SyncOptions, UnresolvedReferences};
use keyferry_domain::secret_syncs::{
    BreakerRule, CreateSync, DestinationConfig, EmptyValues, InitialSyncBehavior, SyncOptionsInput, SyncView, UnmanagedSecrets,
};
use keyferry_domain::{Error, Result};
use uuid::Uuid;

use super::super::CHECKLY;
use crate::form::{Fields, Form};
use crate::visit::Request;

/// A step of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Step {
    Source,
    Destination,
    Options,
    Details,
    Review,
}

impl Step {
    pub(super) const ALL: [Self; 5] = [Self::Source, Self::Destination, Self::Options, Self::Details, Self::Review];

    /// Its word in the address.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Options => "options",
            Self::Details => "details",
            Self::Review => "review",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Destination => "Destination",
            Self::Options => "Sync Options",
            Self::Details => "Details",
            Self::Review => "Review",
        }
    }

    pub(super) fn before(self) -> Option<Self> {
        Self::ALL.into_iter().take_while(|own| *own != self).last()
    }

    pub(super) fn after(self) -> Self {
        Self::ALL.into_iter().skip_while(|own| *own != self).nth(1).unwrap_or(Self::Review)
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Source => &["environment", "path", "subfolders"],
            Self::Destination => &["connection", "account", "account_name", "group", "group_name", "accept_duplicate"],
            Self::Options => &[
                "auto_sync",
                "schema",
                "no_deletion",
                "unmanaged",
                "empty_values",
                "references",
                "breaker",
                "breaker_keys",
                "breaker_percent",
            ],
            Self::Details => &["name", "description"],
            Self::Review => &[],
        }
    }

    /// The field without which the step has not been finished.
    fn mark(self) -> Option<&'static str> {
        match self {
            Self::Source => Some("environment"),
            Self::Destination => Some("account"),
            Self::Options => Some("unmanaged"),
            Self::Details => Some("name"),
            Self::Review => None,
        }
    }
}

/// Fields that are ticked or not.
const TICKS: [&str; 4] = ["subfolders", "auto_sync", "no_deletion", "accept_duplicate"];
/// Fields whose select carries the name behind the id.
const NAMED: [(&str, &str); 2] = [("account", "account_name"), ("group", "group_name")];

/// What was entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Draft {
    values: BTreeMap<&'static str, String>,
}

impl Draft {
    /// What an address carries.
    pub(super) fn of_query(request: &Request) -> Self {
        let mut draft = Self::default();
        for field in Step::ALL.into_iter().flat_map(Step::fields) {
            if let Some(value) = request.query(field) {
                draft.values.insert(field, value.to_owned());
            }
        }
        draft
    }

    /// What a stored sync has.
    pub(super) fn of_sync(view: &SyncView) -> Self {
        let mut draft = Self::default();
        let sync = &view.sync;
        let mut put = |name: &'static str, value: String| draft.values.insert(name, value);
        if let Some(source) = &view.source {
            put("environment", source.environment.slug.clone());
            put("path", source.path.as_str().to_owned());
        }
        put("connection", sync.connection_id.to_string());
        if let Ok(config) = DestinationConfig::parse(&sync.destination_config) {
            put("account", config.account_id);
            put("account_name", config.account_name.unwrap_or_default());
            put("group", config.group_id.unwrap_or_default());
            put("group_name", config.group_name.unwrap_or_default());
        }
        put("auto_sync", sync.is_auto_sync_enabled.to_string());
        put("name", sync.name.clone());
        put("description", sync.description.clone().unwrap_or_default());
        if let Ok(options) = SyncOptions::parse(&sync.sync_options) {
            let subfolders = sync.include_all_sub_folders.unwrap_or(false) || options.include_all_sub_folders;
            put("subfolders", subfolders.to_string());
            put("schema", options.key_schema.as_str().to_owned());
            put("no_deletion", options.disable_secret_deletion.to_string());
            let unmanaged = match options.unmanaged_secrets {
                UnmanagedSecrets::Keep => "keep",
                UnmanagedSecrets::Approve => "approve",
                UnmanagedSecrets::Delete => "delete",
            };
            put("unmanaged", unmanaged.to_owned());
            let empty = match options.empty_values {
                EmptyValues::Delete => "delete",
                EmptyValues::Skip => "skip",
                EmptyValues::Fail => "fail",
            };
            put("empty_values", empty.to_owned());
            let references = match options.unresolved_references {
                UnresolvedReferences::Block => "block",
                UnresolvedReferences::Literal => "literal",
            };
            put("references", references.to_owned());
            let (breaker, rule) = match options.deletion_breaker {
                Breaker::Inherited => ("inherit", None),
                Breaker::Off => ("off", None),
                Breaker::Rule(rule) => ("own", Some(rule)),
            };
            put("breaker", breaker.to_owned());
            if let Some(rule) = rule {
                put("breaker_keys", rule.keys.to_string());
                put("breaker_percent", rule.percent.to_string());
            }
        }
        draft
    }

    /// Takes over what a step's form sent.
    pub(super) fn take(&mut self, form: &Form, step: Step) {
        for field in step.fields() {
            let value = match TICKS.contains(field) {
                true => form.is_ticked(field).to_string(),
                false => form.text(field).to_owned(),
            };
            self.values.insert(field, value);
        }
        if step != Step::Destination {
            return;
        }
        for (id, name) in NAMED {
            // The choice of a list carries the name behind the id; what was typed, and "keep mine", do not.
            if let Some((own_id, own_name)) = form.text(id).split_once(' ') {
                self.values.insert(id, own_id.to_owned());
                self.values.insert(name, own_name.trim().to_owned());
            }
        }
        if self.text("group").is_empty() {
            self.values.insert("group_name", String::new());
        }
    }

    /// A value; empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Sets a value.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, value.into());
    }

    pub(super) fn is_ticked(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// Whether a step was finished.
    pub(super) fn has(&self, step: Step) -> bool {
        step.mark().is_some_and(|mark| !self.text(mark).is_empty())
    }

    /// As an address carries it.
    pub(super) fn query(&self) -> String {
        self.encode(Step::ALL.into_iter().flat_map(Step::fields))
    }

    /// The part of one step.
    pub(super) fn query_of(&self, step: Step) -> String {
        self.encode(step.fields().iter())
    }

    fn encode(&self, fields: impl Iterator<Item = &'static &'static str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields.map(|field| (*field, self.text(field))).filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    /// A step's part as it was; for people, field by field.
    pub(super) fn compare(&self, before: &str, current: &Self, step: Step) -> Vec<(&'static str, [String; 3])> {
        let before: BTreeMap<String, String> = url::form_urlencoded::parse(before.as_bytes()).into_owned().collect();
        step.fields()
            .iter()
            .filter(|field| **field != "accept_duplicate")
            .map(|field| {
                let was = before.get(*field).cloned().unwrap_or_default();
                (*field, [self.text(field).to_owned(), current.text(field).to_owned(), was])
            })
            .collect()
    }

    /// As a form shows it.
    pub(super) fn fields(&self) -> Fields {
        self.values.iter().fold(Fields::new(), |fields, (name, value)| fields.with(name, value))
    }

    /// Where the sync writes.
    pub(super) fn destination(&self) -> DestinationConfig {
        let optional = |name: &str| Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
        DestinationConfig {
            account_id: self.text("account").to_owned(),
            account_name: optional("account_name"),
            group_id: optional("group"),
            group_name: optional("group_name"),
        }
    }

    /// How the sync works.
    pub(super) fn options(&self) -> SyncOptionsInput {
        let number = |name: &str| self.text(name).parse().unwrap_or_default();
        SyncOptionsInput {
            initial_sync_behavior: InitialSyncBehavior::OverwriteDestination,
            key_schema: Some(self.text("schema").to_owned()).filter(|schema| !schema.is_empty()),
            disable_secret_deletion: self.is_ticked("no_deletion").then_some(true),
            include_all_sub_folders: None,
            unmanaged_secrets: Some(match self.text("unmanaged") {
                "delete" => UnmanagedSecrets::Delete,
                "approve" => UnmanagedSecrets::Approve,
                _ => UnmanagedSecrets::Keep,
            }),
            empty_values: match self.text("empty_values") {
                "skip" => Some(EmptyValues::Skip),
                "fail" => Some(EmptyValues::Fail),
                _ => None,
            },
            unresolved_references: (self.text("references") == "literal").then_some(UnresolvedReferences::Literal),
            deletion_breaker: match self.text("breaker") {
                "off" => Some(None),
                "own" => Some(Some(BreakerRule { keys: number("breaker_keys"), percent: number("breaker_percent") })),
                _ => None,
            },
        }
    }

    /// The connection.
    pub(super) fn connection(&self) -> Option<Uuid> {
        self.text("connection").parse().ok()
    }

    /// The sync to be.
    pub(super) fn create_input(&self, project_id: Uuid) -> Result<CreateSync> {
        Ok(CreateSync {
            destination: CHECKLY.to_owned(),
            name: self.text("name").to_owned(),
            description: Some(self.text("description")).filter(|text| !text.is_empty()).map(str::to_owned),
            project_id: project_id.to_string(),
            connection_id: self.connection().ok_or_else(|| Error::bad_request("Choose a Checkly Connection first."))?,
            environment: self.text("environment").to_owned(),
            secret_path: self.text("path").to_owned(),
            is_auto_sync_enabled: self.is_ticked("auto_sync"),
            include_all_sub_folders: self.is_ticked("subfolders").then_some(true),
            sync_options: self.options(),
            destination_config: self.destination(),
            approve: None,
        })
    }
}
