//! Signs and verifies what callers send.

use keyferry_crypto::verify_signature;
use uuid::Uuid;

use super::{Key, SigningAlgorithm, Usage, algorithm, event, find_permitted, key_error, off_thread, open, require_usable};
use crate::app::App;
use crate::audit;
use crate::caller::Caller;
use crate::error::{Error, Result};

/// A question about a signature.
pub struct Verify {
    /// What was signed, or its digest.
    pub data: Vec<u8>,
    /// How.
    pub algorithm: SigningAlgorithm,
    /// Whether `data` is the digest already.
    pub is_digest: bool,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A signature over data, or over a digest of it.
///
/// # Errors
/// 404 for an unknown key, 403 as reading its project and without `sign`; 400 for a key that is disabled or encrypts, for an
/// algorithm of another kind of key, and for a digest of another length.
pub async fn sign(
    app: &App,
    caller: &Caller,
    id: Uuid,
    signing: SigningAlgorithm,
    data: Vec<u8>,
    is_digest: bool,
) -> Result<Vec<u8>> {
    let row = find_permitted(app, caller, id, "sign").await?;
    require_usable(&row, Usage::SignVerify, "sign")?;
    require_own(&row, signing)?;
    let key = open(app, app.db.read(), &row).await?;
    let signature = off_thread(move || key.sign(signing.scheme(), &data, is_digest).map_err(key_error)).await?;
    audit::record_read(app, caller, with_algorithm(caller, &row, "cmek-sign", signing))?;
    Ok(signature)
}

/// Whether a signature is the key's.
///
/// # Errors
/// As [`sign`], with `verify`.
pub async fn verify(app: &App, caller: &Caller, id: Uuid, question: Verify) -> Result<bool> {
    let row = find_permitted(app, caller, id, "verify").await?;
    require_usable(&row, Usage::SignVerify, "verify")?;
    let Verify { data, algorithm: signing, is_digest, signature } = question;
    require_own(&row, signing)?;
    let (kind, public) = (algorithm(&row)?.managed(), public_half(&row)?.to_vec());
    let is_valid =
        off_thread(move || verify_signature(kind, &public, signing.scheme(), &data, is_digest, &signature).map_err(key_error))
            .await?;
    let mut event = with_algorithm(caller, &row, "cmek-verify", signing);
    event.metadata["signatureValid"] = is_valid.into();
    audit::record_read(app, caller, event)?;
    Ok(is_valid)
}

/// The public half of a key that signs, as DER (`SubjectPublicKeyInfo`).
///
/// # Errors
/// 404 for an unknown key, 403 as reading its project and without `read`, 400 for a key that encrypts.
pub async fn public_key(app: &App, caller: &Caller, id: Uuid) -> Result<Vec<u8>> {
    let row = find_permitted(app, caller, id, "read").await?;
    require_signing(&row)?;
    let public = public_half(&row)?.to_vec();
    audit::record_read(app, caller, event(caller, &row, "cmek-get-public-key"))?;
    Ok(public)
}

/// How a key can sign.
///
/// # Errors
/// As [`public_key`].
pub async fn signing_algorithms(app: &App, caller: &Caller, id: Uuid) -> Result<&'static [SigningAlgorithm]> {
    let row = find_permitted(app, caller, id, "read").await?;
    require_signing(&row)?;
    audit::record_read(app, caller, event(caller, &row, "cmek-list-signing-algorithms"))?;
    Ok(algorithm(&row)?.signing())
}

fn require_signing(row: &Key) -> Result<()> {
    if Usage::parse(&row.key_usage) == Some(Usage::SignVerify) {
        return Ok(());
    }
    Err(Error::bad_request(format!("This key is for {}; it has no public half", row.key_usage)))
}

fn require_own(row: &Key, signing: SigningAlgorithm) -> Result<()> {
    let own = algorithm(row)?.signing();
    if own.contains(&signing) {
        return Ok(());
    }
    let own: Vec<&str> = own.iter().map(|one| one.as_str()).collect();
    Err(Error::bad_request(format!("A key of the algorithm {} signs by {}", row.encryption_algorithm, own.join(", "))))
}

fn public_half(row: &Key) -> Result<&[u8]> {
    row.public_key.as_deref().ok_or_else(|| Error::internal("a stored key that signs has no public half"))
}

fn with_algorithm(caller: &crate::caller::Caller, row: &Key, kind: &'static str, signing: SigningAlgorithm) -> audit::Event {
    let mut event = event(caller, row, kind);
    event.metadata["signingAlgorithm"] = signing.as_str().into();
    event
}
