//! The pages of secrets, as somebody without scripts walks through them.

mod bulk;
mod commits;
mod dashboard;
mod forms;
mod history;
mod large;
mod move_folder;
mod rights;
mod upload;

use keyferry_domain::Caller;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, GetInput, Location, NewSecret};
use keyferry_test_support::World;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use crate::browser::Browser;

/// A world with a project, and somebody who administers it in a browser.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) browser: Browser,
    pub(crate) project_id: Uuid,
    pub(crate) base: String,
}

pub(crate) async fn stage() -> Stage {
    let world = World::new().await.unwrap();
    let project_id = world.project("shop").await.unwrap();
    let browser = Browser::signed_in(&world, &world.admin).await;
    let base = format!("/organizations/{}/projects/secret-management/{project_id}", world.org_id);
    Stage { world, browser, project_id, base }
}

impl Stage {
    pub(crate) fn at(&self, environment: &str, path: &str) -> Location {
        Location { project_id: self.project_id, environment: environment.to_owned(), path: SecretPath::parse(path).unwrap() }
    }

    pub(crate) async fn put(&self, environment: &str, pairs: &[(&str, &str)]) {
        self.put_in(environment, "/", pairs).await;
    }

    pub(crate) async fn put_in(&self, environment: &str, path: &str, pairs: &[(&str, &str)]) {
        let news: Vec<NewSecret> = pairs
            .iter()
            .map(|(key, value)| NewSecret { key: (*key).to_owned(), value: (*value).into(), ..NewSecret::default() })
            .collect();
        secrets::create_many(&self.world.app, &self.world.admin, &self.at(environment, path), &news).await.unwrap();
    }

    /// The value of a secret as it is stored.
    pub(crate) async fn value(&self, environment: &str, path: &str, key: &str) -> Option<String> {
        let input = GetInput::new(self.at(environment, path), key);
        let secret = secrets::get(&self.world.app, &self.world.admin, &input).await.ok()?;
        secret.value.map(|value| value.expose_secret().to_owned())
    }

    /// The address of a secret's own page.
    pub(crate) async fn page_of(&self, environment: &str, key: &str) -> String {
        let input = GetInput::new(self.at(environment, "/"), key);
        let secret = secrets::get(&self.world.app, &self.world.admin, &input).await.unwrap();
        format!("{}/secrets/{environment}/{}", self.base, secret.id)
    }

    pub(crate) async fn browser_of(&self, caller: &Caller) -> Browser {
        Browser::signed_in(&self.world, caller).await
    }
}
