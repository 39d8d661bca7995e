use std::io::{self, BufRead, BufReader, Read};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{CHUNK, PRELUDE_LEN, Part, Prelude, StreamCipher, StreamError};
use crate::cipher::TAG_LEN;

/// Opens a sealed stream. It gives out only bytes of chunks that were authentic, and reports its end only after the chunk that
/// is marked as the last.
pub struct SealedReader<R: Read> {
    inner: BufReader<R>,
    cipher: StreamCipher,
    counter: u32,
    offset: u64,
    chunk: Zeroizing<Vec<u8>>,
    taken: usize,
    state: State,
}

#[derive(Clone)]
enum State {
    Reading,
    Ended,
    Failed(StreamError),
}

impl<R: Read> SealedReader<R> {
    /// Reads the first bytes and checks the passphrase; takes a noticeable moment and memory.
    ///
    /// # Errors
    /// [`StreamError`] inside the I/O error, as everywhere in this reader.
    pub fn new(inner: R, purpose: &str, passphrase: &SecretString) -> io::Result<Self> {
        let mut inner = BufReader::with_capacity(CHUNK, inner);
        let mut bytes = [0; PRELUDE_LEN];
        let read = read_full(&mut inner, &mut bytes)?;
        if read < PRELUDE_LEN {
            let cut = if read > 0 && bytes.starts_with(super::MAGIC) { StreamError::Truncated } else { StreamError::NotSealed };
            return Err(cut.into());
        }
        let prelude = Prelude::parse(bytes)?;
        let mut check = [0; TAG_LEN];
        if read_full(&mut inner, &mut check)? < TAG_LEN {
            return Err(StreamError::Truncated.into());
        }
        let cipher = prelude.cipher(purpose, passphrase)?;
        cipher.open(0, Part::Check, &check).ok_or(StreamError::Passphrase)?;
        Ok(Self {
            inner,
            cipher,
            counter: 0,
            offset: (PRELUDE_LEN + TAG_LEN) as u64,
            chunk: Zeroizing::new(Vec::new()),
            taken: 0,
            state: State::Reading,
        })
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let mut sealed = vec![0; CHUNK + TAG_LEN];
        let read = read_full(&mut self.inner, &mut sealed)?;
        let sealed = &sealed[..read];
        let is_last = read < CHUNK + TAG_LEN || self.inner.fill_buf()?.is_empty();
        let part = if is_last { Part::Last } else { Part::More };
        let opened = self.cipher.open(self.counter, part, sealed);
        let Some(opened) = opened else {
            let is_cut = read < TAG_LEN || (is_last && self.cipher.open(self.counter, Part::More, sealed).is_some());
            let error = if is_cut { StreamError::Truncated } else { StreamError::Altered(self.offset) };
            self.state = State::Failed(error.clone());
            return Err(error.into());
        };
        self.offset += read as u64;
        self.chunk = opened;
        self.taken = 0;
        if is_last {
            self.state = State::Ended;
        } else {
            self.counter = self.counter.checked_add(1).ok_or(StreamError::Altered(self.offset))?;
        }
        Ok(())
    }
}

impl<R: Read> Read for SealedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while self.taken == self.chunk.len() {
            match &self.state {
                State::Reading => self.next_chunk()?,
                State::Ended => return Ok(0),
                State::Failed(error) => return Err(error.clone().into()),
            }
        }
        let rest = &self.chunk[self.taken..];
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

/// Reads until `out` is full or the input ends.
fn read_full(input: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
    let mut read = 0;
    while read < out.len() {
        match input.read(&mut out[read..]) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
