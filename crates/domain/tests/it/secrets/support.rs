//! A project with secrets, and short ways to reach them.

use keyferry_db::entities::{secret_imports, tags};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::{self, Change, GetInput, ListInput, Listing, Location, NewSecret, Secret};
use keyferry_domain::{Caller, Error, folders};
use keyferry_test_support::World;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

/// A world with one project.
pub struct Bench {
    pub world: World,
    pub project_id: Uuid,
}

impl Bench {
    pub async fn new(world: World) -> Self {
        let project_id = world.project("shop").await.unwrap();
        Self { world, project_id }
    }

    pub fn admin(&self) -> &Caller {
        &self.world.admin
    }

    pub fn at(&self, environment: &str, path: &str) -> Location {
        Location { project_id: self.project_id, environment: environment.to_owned(), path: SecretPath::parse(path).unwrap() }
    }

    /// Makes a folder; answers its id.
    pub async fn folder(&self, environment: &str, path: &str) -> Uuid {
        let db = &self.world.app.db;
        let environment =
            keyferry_db::environments::find_by_slug(db.read(), self.project_id, environment).await.unwrap().unwrap();
        let tx = db.begin().await.unwrap();
        let path = SecretPath::parse(path).unwrap();
        let (place, _) = folders::ensure_path(&self.world.app, &tx, environment, &path).await.unwrap();
        tx.commit().await.unwrap();
        place.folder.id
    }

    /// Makes a tag; answers its id.
    pub async fn tag(&self, slug: &str) -> Uuid {
        let id = self.world.app.ids.v4();
        let tx = self.world.app.db.begin().await.unwrap();
        let row = tags::Model {
            id,
            project_id: self.project_id,
            slug: slug.to_owned(),
            color: Some("#fff".to_owned()),
            actor_type: "user".to_owned(),
            actor_id: None,
            created_at_ms: 0,
            updated_at_ms: 0,
        };
        keyferry_db::insert(&tx, row).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Lets a folder import another.
    pub async fn import(&self, into: Uuid, environment: &str, path: &str, position: i32) {
        let db = &self.world.app.db;
        let environment =
            keyferry_db::environments::find_by_slug(db.read(), self.project_id, environment).await.unwrap().unwrap();
        let tx = db.begin().await.unwrap();
        let row = secret_imports::Model {
            id: self.world.app.ids.v4(),
            project_id: self.project_id,
            folder_id: into,
            import_environment_id: environment.id,
            import_path: path.to_owned(),
            position,
            version: 1,
            is_replication: false,
            created_at_ms: 0,
            updated_at_ms: 0,
        };
        keyferry_db::insert(&tx, row).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn put_as(&self, caller: &Caller, at: &Location, key: &str, value: &str) -> Result<Secret, Error> {
        secrets::create(&self.world.app, caller, at, new(key, value)).await
    }

    pub async fn put(&self, environment: &str, path: &str, key: &str, value: &str) -> Secret {
        self.put_as(self.admin(), &self.at(environment, path), key, value).await.unwrap()
    }

    pub async fn change(&self, at: &Location, change: Change) -> Result<Secret, Error> {
        secrets::update(&self.world.app, self.admin(), at, change).await
    }

    pub async fn set(&self, environment: &str, path: &str, key: &str, value: &str) -> Secret {
        let change = Change { key: key.to_owned(), value: Some(SecretString::from(value)), ..Change::default() };
        self.change(&self.at(environment, path), change).await.unwrap()
    }

    pub async fn get_as(&self, caller: &Caller, input: &GetInput) -> Result<Secret, Error> {
        secrets::get(&self.world.app, caller, input).await
    }

    /// The value of a secret as it is stored.
    pub async fn raw(&self, environment: &str, path: &str, key: &str) -> String {
        value(&self.get_as(self.admin(), &GetInput::new(self.at(environment, path), key)).await.unwrap())
    }

    /// The value of a secret with its references expanded.
    pub async fn expanded(&self, environment: &str, path: &str, key: &str) -> String {
        let input = GetInput { expand_references: true, ..GetInput::new(self.at(environment, path), key) };
        value(&self.get_as(self.admin(), &input).await.unwrap())
    }

    pub async fn list_as(&self, caller: &Caller, input: &ListInput) -> Result<Listing, Error> {
        secrets::list(&self.world.app, caller, input).await
    }
}

pub fn new(key: &str, value: &str) -> NewSecret {
    NewSecret { key: key.to_owned(), value: SecretString::from(value), ..NewSecret::default() }
}

/// What a reader sees; `?` when the value is hidden.
pub fn value(secret: &Secret) -> String {
    secret.value.as_ref().map_or_else(|| "?".to_owned(), |value| value.expose_secret().to_owned())
}

/// `key=value` of each secret.
pub fn pairs(list: &[Secret]) -> Vec<String> {
    list.iter().map(|secret| format!("{}={}", secret.key, value(secret))).collect()
}

/// The status an error goes over the wire with, and its text.
pub fn refusal<T>(outcome: Result<T, Error>) -> (u16, String) {
    match outcome {
        Ok(_) => (200, String::new()),
        Err(error) => {
            let status = match &error {
                Error::BadRequest { .. } => 400,
                Error::Unauthorized { .. } => 401,
                Error::PermissionDenied { .. } | Error::Forbidden { .. } | Error::Token { .. } => 403,
                Error::NotFound { .. } => 404,
                Error::Conflict { .. } => 409,
                _ => 500,
            };
            (status, error.to_string())
        }
    }
}
