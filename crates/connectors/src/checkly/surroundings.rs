//! What a target does not show by itself: the account's runtime, and the same
//! names on the other level (Checkly API contract, sections 8 and 9).

use std::collections::BTreeSet;

use super::client::{Session, Tally};
use super::destination::{list_accounts, read_pages};
use super::runtime_takes_secrets;
use super::wire::{GROUPS, VARIABLES, WireGroupKeys, WireKey};
use crate::connector::{Observed, Target, Warning};
use crate::failure::Failure;

/// `everywhere` is a session without an account, `within` one of the target's.
pub(super) async fn look(
    everywhere: &Session<'_>,
    within: &Session<'_>,
    target: &Target,
    observed: &Observed,
    keys: &BTreeSet<&str>,
    tally: &mut Tally,
) -> Result<Vec<Warning>, Failure> {
    let mut warnings = Vec::new();
    let own_runtime = observed.group.as_ref().and_then(|group| group.runtime_id.as_ref());
    if own_runtime.is_none() {
        let accounts = list_accounts(everywhere, tally).await?;
        let account = accounts.into_iter().find(|account| account.id.eq_ignore_ascii_case(&target.account_id));
        if let Some(runtime_id) = account.and_then(|account| account.runtime_id)
            && !runtime_takes_secrets(&runtime_id)
        {
            warnings.push(Warning::OldRuntime { runtime_id });
        }
    }
    if keys.is_empty() {
        return Ok(warnings);
    }
    if target.group_id.is_some() {
        let mut known = BTreeSet::new();
        read_pages(within, VARIABLES, "a list of variables", tally, |WireKey { key }, _page| known.insert(key)).await?;
        let shadowed: Vec<String> = known.into_iter().filter(|key| keys.contains(key.as_str())).collect();
        if !shadowed.is_empty() {
            warnings.push(Warning::ShadowsAccount { keys: shadowed });
        }
    } else {
        let mut known = BTreeSet::new();
        read_pages(within, GROUPS, "a list of check groups", tally, |WireGroupKeys { group, environment_variables }, _page| {
            let names: BTreeSet<String> = environment_variables.into_iter().flatten().map(|WireKey { key }| key).collect();
            let shadowing: Vec<String> = names.into_iter().filter(|key| keys.contains(key.as_str())).collect();
            let is_new = known.insert(group.id);
            if is_new && !shadowing.is_empty() {
                let group = group.name.unwrap_or_else(|| group.id.to_string());
                warnings.push(Warning::ShadowedByGroup { group, keys: shadowing });
            }
            is_new
        })
        .await?;
    }
    Ok(warnings)
}
