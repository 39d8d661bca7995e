//! Frames and rows as bytes. Numbers are big-endian.

use std::io::{Read, Write};

use keyferry_db::dump::{Cell, Row};
use uuid::Uuid;

use super::BackupError;

/// No frame is longer; a longer length can only be damage.
const MAX_FRAME: u32 = 256 * 1024 * 1024;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INTEGER: u8 = 3;
const TEXT: u8 = 4;
const BYTES: u8 = 5;
const UUID: u8 = 6;

/// Writes a length and that many bytes.
pub(super) fn write_frame(out: &mut impl Write, bytes: &[u8]) -> Result<(), BackupError> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MAX_FRAME);
    let length = length.ok_or_else(|| BackupError::Format("a row is too large for a backup".to_owned()))?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(bytes)?;
    Ok(())
}

/// Reads what [`write_frame`] wrote into `buffer`.
pub(super) fn read_frame<'a>(input: &mut impl Read, buffer: &'a mut Vec<u8>) -> Result<&'a [u8], BackupError> {
    let mut length = [0; 4];
    input.read_exact(&mut length).map_err(ended)?;
    let length = u32::from_be_bytes(length);
    if length > MAX_FRAME {
        return Err(malformed());
    }
    buffer.resize(length as usize, 0);
    input.read_exact(buffer).map_err(ended)?;
    Ok(buffer)
}

/// The stream's own errors stay; an end that is authentic but too early is a defect of whoever wrote it.
fn ended(error: std::io::Error) -> BackupError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => malformed(),
        _ => BackupError::File(error),
    }
}

/// The error for a stream that is authentic but does not hold what its header promises.
pub(super) fn malformed() -> BackupError {
    BackupError::Format("the backup does not hold what its header says; make a new one".to_owned())
}

/// Appends a row.
pub(super) fn encode(row: &Row, out: &mut Vec<u8>) {
    for cell in row {
        match cell {
            Cell::Null => out.push(NULL),
            Cell::Bool(false) => out.push(FALSE),
            Cell::Bool(true) => out.push(TRUE),
            Cell::Integer(number) => {
                out.push(INTEGER);
                out.extend_from_slice(&number.to_be_bytes());
            }
            Cell::Text(text) => with_length(out, TEXT, text.as_bytes()),
            Cell::Bytes(bytes) => with_length(out, BYTES, bytes),
            Cell::Uuid(id) => {
                out.push(UUID);
                out.extend_from_slice(id.as_bytes());
            }
        }
    }
}

fn with_length(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    // A row that is too long as a whole is refused by its frame.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Reads a row of that many cells, which must fill `bytes`.
pub(super) fn decode(mut bytes: &[u8], columns: usize) -> Result<Row, BackupError> {
    let mut row = Vec::with_capacity(columns);
    for _ in 0..columns {
        row.push(cell(&mut bytes).ok_or_else(malformed)?);
    }
    if bytes.is_empty() { Ok(row) } else { Err(malformed()) }
}

fn cell(bytes: &mut &[u8]) -> Option<Cell> {
    let [tag] = array(bytes)?;
    Some(match tag {
        NULL => Cell::Null,
        FALSE => Cell::Bool(false),
        TRUE => Cell::Bool(true),
        INTEGER => Cell::Integer(i64::from_be_bytes(array(bytes)?)),
        TEXT => Cell::Text(String::from_utf8(long(bytes)?.to_vec()).ok()?),
        BYTES => Cell::Bytes(long(bytes)?.to_vec()),
        UUID => Cell::Uuid(Uuid::from_bytes(array(bytes)?)),
        _ => return None,
    })
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

fn long<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(array(bytes)?) as usize;
    let (first, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_cell() -> impl Strategy<Value = Cell> {
        prop_oneof![
            Just(Cell::Null),
            any::<bool>().prop_map(Cell::Bool),
            any::<i64>().prop_map(Cell::Integer),
            any::<String>().prop_map(Cell::Text),
            any::<Vec<u8>>().prop_map(Cell::Bytes),
            any::<u128>().prop_map(|id| Cell::Uuid(Uuid::from_u128(id))),
        ]
    }

    proptest! {
        #[test]
        fn rows_come_back(row in proptest::collection::vec(any_cell(), 0..12)) {
            let mut bytes = Vec::new();
            encode(&row, &mut bytes);
            let back = decode(&bytes, row.len());
            prop_assert!(back.is_ok_and(|back| back == row));
            prop_assert!(decode(&bytes, row.len() + 1).is_err());
        }

        #[test]
        fn any_bytes_are_a_row_or_an_error(bytes in any::<Vec<u8>>(), columns in 0_usize..8) {
            if let Ok(row) = decode(&bytes, columns) {
                let mut again = Vec::new();
                encode(&row, &mut again);
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
