//! Reads a backup.

use std::io::Read;

use keyferry_crypto::SealedReader;
use keyferry_db::dump::Row;
use secrecy::SecretString;

use super::header::Header;
use super::{BackupError, FORMAT, PURPOSE, record};

/// A backup whose header was read and is authentic.
pub struct Backup<R: Read> {
    header: Header,
    pub(super) rows: Rows<R>,
}

impl<R: Read> Backup<R> {
    /// Checks the passphrase and reads the header.
    ///
    /// # Errors
    /// [`BackupError::File`] when the passphrase is wrong or the file was altered, [`BackupError::Format`] for a later format.
    pub fn open(input: R, passphrase: &SecretString) -> Result<Self, BackupError> {
        let mut input = SealedReader::new(input, PURPOSE, passphrase)?;
        let mut buffer = Vec::new();
        let text = record::read_frame(&mut input, &mut buffer)?;
        let format = serde_json::from_slice::<Format>(text).map_err(|_| record::malformed())?.format;
        if format != FORMAT {
            return Err(BackupError::Format(format!(
                "the backup has format {format}, which this version does not read; use the version that made it"
            )));
        }
        let header = serde_json::from_slice(text).map_err(|_| record::malformed())?;
        Ok(Self { header, rows: Rows { input, buffer } })
    }

    /// What it says of itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`BackupError`] when a byte was altered, or a row is missing, or more follows.
    pub fn verify(mut self) -> Result<Header, BackupError> {
        for table in &self.header.tables {
            for _ in 0..table.rows {
                self.rows.next(table.table.columns.len())?;
            }
        }
        self.rows.end()?;
        Ok(self.header)
    }
}

#[derive(serde::Deserialize)]
struct Format {
    format: u32,
}

/// The rows after the header.
pub(super) struct Rows<R: Read> {
    input: SealedReader<R>,
    buffer: Vec<u8>,
}

impl<R: Read> Rows<R> {
    pub(super) fn next(&mut self, columns: usize) -> Result<Row, BackupError> {
        record::decode(record::read_frame(&mut self.input, &mut self.buffer)?, columns)
    }

    /// Makes sure that nothing follows and that the end is authentic.
    pub(super) fn end(&mut self) -> Result<(), BackupError> {
        match self.input.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(record::malformed()),
        }
    }
}
