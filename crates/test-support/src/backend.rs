//! A database per test, on SQLite always and on PostgreSQL when the test command provides one.

use tempfile::TempDir;

use crate::world::{World, WorldBuilder};

/// The administrator's URL of the PostgreSQL server that tests may make databases on; set by `cargo xtask test`.
const POSTGRES_URL: &str = "KEYFERRY_TEST_POSTGRES_URL";

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestBackend {
    /// A file in a temporary directory.
    Sqlite,
    /// A fresh database on the provided server.
    Postgres,
}

/// The backends available to this run of the tests.
#[must_use]
pub fn backends() -> Vec<TestBackend> {
    let mut backends = vec![TestBackend::Sqlite];
    if std::env::var_os(POSTGRES_URL).is_some() {
        backends.push(TestBackend::Postgres);
    }
    backends
}

impl TestBackend {
    /// A URL of a new, empty database; files go into `dir`.
    ///
    /// # Errors
    /// When PostgreSQL does not answer.
    pub async fn fresh_url(self, dir: &TempDir) -> anyhow::Result<String> {
        match self {
            Self::Sqlite => Ok(format!("sqlite://{}", dir.path().join("keyferry.db").display())),
            Self::Postgres => {
                let admin = std::env::var(POSTGRES_URL)?;
                Ok(keyferry_db::testing::fresh_postgres(&admin).await?)
            }
        }
    }
}

/// Runs a test body in a fresh world on each available backend.
///
/// # Panics
/// When the world cannot be built, or the body panics.
#[expect(clippy::expect_used, reason = "tests fail by panicking")]
pub async fn on_each_backend<F, Fut>(body: F)
where
    F: Fn(World) -> Fut,
    Fut: Future<Output = ()>,
{
    for backend in backends() {
        let world = WorldBuilder::default().backend(backend).build().await.expect("a world");
        body(world).await;
    }
}
