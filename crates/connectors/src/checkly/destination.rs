//! Accounts, and the variables of an account: one call each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use super::client::{PAGE_BYTES, Request, Session, Tally};
use super::wire::{
    ACCOUNTS, Capped, PAGE_SIZE, VARIABLES, VariableBody, WireAccount, WireVariable, WireWritten, page_path, variable_path,
};
use crate::connector::{Account, Done, GroupVariable, Observed, Warning};
use crate::failure::{Failure, FailureKind};
use crate::plan::{Flags, ObservedVariable};
use crate::redact::Redactor;

/// Pages of one list before it counts as endless.
const MOST_PAGES: u32 = 1000;
const MOST_ACCOUNTS: usize = 10_000;

pub(super) async fn list_accounts(session: &Session<'_>, tally: &mut Tally) -> Result<Vec<Account>, Failure> {
    let redactor = Redactor::new([&session.credentials.api_key]);
    let request = Request::get(ACCOUNTS.to_owned(), PAGE_BYTES);
    let answer = session.send(&request, &redactor, tally).await?;
    if !answer.is_success() {
        return Err(answer.refusal(&redactor, "The list of accounts"));
    }
    let Capped::<WireAccount, MOST_ACCOUNTS>(accounts) = answer.read("a list of accounts")?;
    Ok(accounts
        .into_iter()
        .map(|account| Account {
            name: account.name.unwrap_or_else(|| account.id.clone()),
            id: account.id,
            runtime_id: account.runtime_id,
        })
        .collect())
}

/// Reads a list to its end. `identity` tells items apart: a full page of known
/// ones means that the pages repeat for ever.
pub(super) async fn read_pages<T: DeserializeOwned>(
    session: &Session<'_>,
    list: &str,
    what: &str,
    tally: &mut Tally,
    mut take: impl FnMut(T, u32) -> bool,
) -> Result<u32, Failure> {
    let redactor = Redactor::new([&session.credentials.api_key]);
    for page in 1..=MOST_PAGES {
        let request = Request::get(page_path(list, page), PAGE_BYTES);
        let answer = session.send(&request, &redactor, tally).await?;
        if !answer.is_success() {
            return Err(answer.refusal(&redactor, "The account"));
        }
        let Capped::<T, PAGE_SIZE>(items) = answer.read(what)?;
        let full = items.len() == PAGE_SIZE;
        let mut news = false;
        for item in items {
            news |= take(item, page);
        }
        if !full {
            return Ok(page);
        }
        if !news {
            return Err(Failure::new(
                FailureKind::Protocol,
                "Checkly repeats the same page of its list; nothing of it was used.",
            )
            .with_status(answer.status));
        }
    }
    Err(Failure::new(
        FailureKind::Protocol,
        format!("Checkly's list does not end after {MOST_PAGES} pages; nothing of it was used."),
    ))
}

pub(super) async fn observe(session: &Session<'_>, tally: &mut Tally) -> Result<Observed, Failure> {
    let mut fold = Fold::default();
    let pages =
        read_pages(session, VARIABLES, "a list of variables", tally, |wire: WireVariable, page| fold.take(wire.into(), page))
            .await?;
    Ok(Observed { variables: fold.variables, warnings: fold.warnings, pages, group: None })
}

/// Variables by key. One that is listed again keeps its weaker flags, and its
/// value only when both agree: a change between two pages can repeat a key,
/// and very old accounts may hold one twice.
#[derive(Default)]
pub(super) struct Fold {
    pub(super) variables: Vec<ObservedVariable>,
    pub(super) warnings: Vec<Warning>,
    places: HashMap<String, (usize, u32)>,
}

impl Fold {
    /// Takes one variable in; whether its key is a new one.
    pub(super) fn take(&mut self, variable: GroupVariable, page: u32) -> bool {
        match self.places.entry(variable.key.clone()) {
            Entry::Vacant(place) => {
                place.insert((self.variables.len(), page));
                self.variables.push(ObservedVariable {
                    key: variable.key,
                    value: variable.value,
                    secret: variable.flags.secret,
                    locked: variable.flags.locked,
                });
                true
            }
            Entry::Occupied(place) => {
                let (at, first_page) = *place.get();
                if first_page == page {
                    self.warnings.push(Warning::DuplicateKey { key: variable.key });
                }
                let known = &mut self.variables[at];
                let exposed = |value: &Option<SecretString>| value.as_ref().map(|value| value.expose_secret().to_owned());
                if exposed(&known.value) != exposed(&variable.value) {
                    known.value = None;
                }
                known.secret &= variable.flags.secret;
                known.locked &= variable.flags.locked;
                false
            }
        }
    }
}

/// The two ways to write a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    /// Make it.
    Post,
    /// Overwrite it.
    Put,
}

/// Writes a variable, beginning with `first`. A 409 on a create and a 404 on
/// an update are news about the other side and switch to the other way; a key
/// that comes and goes meanwhile ends as a transient failure.
pub(super) async fn write(
    session: &Session<'_>,
    first: Write,
    key: &str,
    value: &SecretString,
    tally: &mut Tally,
) -> Result<Done, Failure> {
    let path = variable_path(key)?;
    if value.expose_secret().trim().is_empty() {
        return Err(Failure::new(FailureKind::Rejected, "Checkly stores no empty values."));
    }
    let redactor = Redactor::new([value, &session.credentials.api_key]);
    let body = VariableBody::new(key, value, Flags::WRITTEN);
    let mut way = first;
    for _ in 0..3 {
        let request = match way {
            Write::Post => Request::write(Method::POST, VARIABLES.to_owned(), &body)?,
            Write::Put => Request::write(Method::PUT, path.clone(), &body)?,
        };
        let answer = session.send(&request, &redactor, tally).await?;
        match (way, answer.status) {
            (Write::Post, 409) if answer.speaks_for_checkly() => way = Write::Put,
            (Write::Put, 404) if answer.speaks_for_checkly() => way = Write::Post,
            _ if answer.is_success() => {
                let written: WireWritten = answer.read("the variable")?;
                if written.key != key {
                    return Err(answer.nonsense("the variable that was sent"));
                }
                if written.secret == Some(false) {
                    return Err(answer.nonsense("the secret flag that was set"));
                }
                return Ok(tally.done(answer.status));
            }
            _ => return Err(answer.refusal(&redactor, "The account")),
        }
    }
    Err(Failure::new(FailureKind::Transient, "Checkly says by turns that the variable exists and that it does not."))
}

pub(super) async fn delete(session: &Session<'_>, key: &str, tally: &mut Tally) -> Result<Done, Failure> {
    let redactor = Redactor::new([&session.credentials.api_key]);
    let request = Request::delete(variable_path(key)?);
    let answer = session.send(&request, &redactor, tally).await?;
    match answer.status {
        200..=299 | 404 if answer.speaks_for_checkly() => Ok(tally.done(answer.status)),
        200..=299 => Err(answer.nonsense("a confirmation of its own")),
        _ => Err(answer.refusal(&redactor, "The variable")),
    }
}
