//! Encrypts and decrypts what callers send.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Key, Usage, event, find_permitted, key_error, open, require_usable};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// Bytes under a key: the key's version, then nonce, ciphertext and tag. They open with this key alone.
///
/// # Errors
/// 404 for an unknown key, 403 as reading its project and without `encrypt`, 400 for a key that is disabled or signs.
pub async fn encrypt(app: &App, caller: &Caller, id: Uuid, plaintext: &[u8]) -> Result<Vec<u8>> {
    let row = find_permitted(app, caller, id, "encrypt").await?;
    require_usable(&row, Usage::EncryptDecrypt, "encrypt")?;
    let key = open(app, app.db.read(), &row).await?;
    let sealed = key.encrypt(&aad(&row), plaintext).map_err(key_error)?;
    audit::record_read(app, caller, event(caller, &row, "cmek-encrypt"))?;
    let mut ciphertext = Vec::with_capacity(1 + sealed.len());
    ciphertext.push(version(&row)?);
    ciphertext.extend_from_slice(&sealed);
    Ok(ciphertext)
}

/// The bytes behind what [`encrypt`] gave.
///
/// # Errors
/// As [`encrypt`], with `decrypt`; 400 for a ciphertext that is not this key's or was altered.
pub async fn decrypt(app: &App, caller: &Caller, id: Uuid, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let row = find_permitted(app, caller, id, "decrypt").await?;
    require_usable(&row, Usage::EncryptDecrypt, "decrypt")?;
    let refused = || Error::bad_request_named("CryptographyError", "The ciphertext was not made by this key, or was altered");
    let sealed = ciphertext.strip_prefix(&[version(&row)?]).ok_or_else(refused)?;
    let key = open(app, app.db.read(), &row).await?;
    match key.decrypt(&aad(&row), sealed).map_err(key_error)? {
        Ok(plaintext) => {
            audit::record_read(app, caller, event(caller, &row, "cmek-decrypt"))?;
            Ok(plaintext)
        }
        Err(_why) => {
            audit::record_refusal(app, caller, event(caller, &row, "cmek-decrypt"))?;
            Err(refused())
        }
    }
}

fn version(row: &Key) -> Result<u8> {
    u8::try_from(row.version).map_err(Error::internal)
}

fn aad(row: &Key) -> Vec<u8> {
    [b"keyferry-kms".as_slice(), row.id.as_bytes(), &row.version.to_be_bytes()].concat()
}
