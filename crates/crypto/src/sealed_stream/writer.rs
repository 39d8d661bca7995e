use std::io::{self, Write};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::{CHUNK, Part, Prelude, StreamCipher, StreamCost};
use crate::cipher::TAG_LEN;

/// Seals what is written to it. Nothing that was written counts before [`SealedWriter::finish`] has ended the stream.
pub struct SealedWriter<W: Write> {
    inner: W,
    cipher: StreamCipher,
    counter: u32,
    buffer: Zeroizing<Vec<u8>>,
}

impl<W: Write> SealedWriter<W> {
    /// Begins a stream; takes a noticeable moment and memory, as `cost` says.
    ///
    /// # Errors
    /// When `inner` fails, or there is no memory for the work.
    pub fn new(mut inner: W, purpose: &str, passphrase: &SecretString, cost: StreamCost) -> io::Result<Self> {
        let prelude = Prelude::generate(cost);
        let cipher = prelude.cipher(purpose, passphrase)?;
        let mut check = Vec::with_capacity(TAG_LEN);
        cipher.seal(0, Part::Check, &mut check);
        inner.write_all(&prelude.bytes)?;
        inner.write_all(&check)?;
        Ok(Self { inner, cipher, counter: 0, buffer: Zeroizing::new(Vec::with_capacity(CHUNK + TAG_LEN)) })
    }

    /// Ends the stream and gives back what it was written to.
    ///
    /// # Errors
    /// When the last bytes cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(Part::Last)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn seal(&mut self, part: Part) -> io::Result<()> {
        self.cipher.seal(self.counter, part, &mut self.buffer);
        self.inner.write_all(&self.buffer)?;
        self.buffer.clear();
        self.counter = self.counter.checked_add(1).ok_or_else(|| io::Error::other("the stream is too long to be sealed"))?;
        Ok(())
    }
}

impl<W: Write> Write for SealedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is sealed only when more follows, since the last one is marked.
        if self.buffer.len() == CHUNK && !bytes.is_empty() {
            self.seal(Part::More)?;
        }
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Does nothing: chunks are written when they are full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
