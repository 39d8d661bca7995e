//! The digest of a plan.

use aws_lc_rs::digest::{Context, SHA256};

use super::{Flags, PlanItem};

const DOMAIN: &[u8] = b"keyferry plan v1";

/// Hex SHA-256 over the items; every field carries its length, so that no two
/// lists of items read alike.
pub(super) fn of(items: &[PlanItem]) -> String {
    let mut context = Context::new(&SHA256);
    field(&mut context, Some(DOMAIN));
    for item in items {
        field(&mut context, item.secret_key.as_deref().map(str::as_bytes));
        field(&mut context, Some(item.destination_key.as_bytes()));
        field(&mut context, Some(item.action.as_str().as_bytes()));
        field(&mut context, Some(item.reason.as_str().as_bytes()));
        field(&mut context, Some(&[u8::from(item.requires_approval)]));
        field(&mut context, item.before.map(flags).as_ref().map(<[u8; 2]>::as_slice));
        field(&mut context, item.after.map(flags).as_ref().map(<[u8; 2]>::as_slice));
        field(&mut context, item.renamed_from.as_deref().map(str::as_bytes));
        field(&mut context, item.fingerprint.as_ref().map(<[u8; 32]>::as_slice));
    }
    hex::encode(context.finish())
}

fn flags(flags: Flags) -> [u8; 2] {
    [u8::from(flags.secret), u8::from(flags.locked)]
}

fn field(context: &mut Context, bytes: Option<&[u8]>) {
    match bytes {
        None => context.update(&[0]),
        Some(bytes) => {
            context.update(&[1]);
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        }
    }
}
