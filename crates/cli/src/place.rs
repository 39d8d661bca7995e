//! Which project, environment and folder a command is about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::api::{Api, encode};
use crate::failure::usage;
use crate::session::variable;

/// Variable with the project's id.
pub const PROJECT_ID: &str = "KEYFERRY_PROJECT_ID";
/// Variable with the environment's slug.
pub const ENVIRONMENT: &str = "KEYFERRY_ENVIRONMENT";
/// Variable with the folder.
pub const SECRET_PATH: &str = "KEYFERRY_SECRET_PATH";
/// Name of the file that binds a directory to a project.
pub const PROJECT_FILE: &str = ".infisical.json";
/// The environment when nothing names another.
const DEFAULT_ENVIRONMENT: &str = "dev";

/// The project.
#[derive(Clone, Debug, Default, Args)]
pub struct ProjectArgs {
    /// The project's id or slug [env: KEYFERRY_PROJECT_ID, INFISICAL_PROJECT_ID; then .infisical.json].
    #[arg(long, visible_alias = "projectId", value_name = "PROJECT")]
    project: Option<String>,
}

/// The folder.
#[derive(Clone, Debug, Default, Args)]
pub struct PlaceArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// The environment's slug [env: KEYFERRY_ENVIRONMENT, INFISICAL_ENVIRONMENT; then .infisical.json; otherwise dev].
    #[arg(long, short, value_name = "SLUG")]
    env: Option<String>,
    /// The folder [env: KEYFERRY_SECRET_PATH, INFISICAL_SECRET_PATH; then .infisical.json; otherwise /].
    #[arg(long, value_name = "FOLDER")]
    path: Option<String>,
}

/// A folder of secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The project's id.
    pub project_id: String,
    /// The environment's slug.
    pub environment: String,
    /// The folder, `/` or `/a/b`.
    pub path: String,
}

/// `.infisical.json`, as the official command line writes it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProjectFile {
    /// The project's id.
    pub workspace_id: String,
    /// The environment's slug.
    pub default_environment: Option<String>,
    /// Environments by git branch.
    pub git_branch_to_environment_mapping: Option<BTreeMap<String, String>>,
    /// The folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_secret_path: Option<String>,
    /// The server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl ProjectArgs {
    /// The project's id, asked for at the server when a slug was given.
    ///
    /// # Errors
    /// When none is named, or the server knows none of that slug.
    pub async fn resolve(&self, api: &Api) -> anyhow::Result<String> {
        let said = self.project.clone().or_else(|| variable(&[PROJECT_ID, "INFISICAL_PROJECT_ID"]));
        let named = match said {
            Some(named) => named,
            None => project_file()?
                .map(|(_, file)| file.workspace_id)
                .filter(|id| !id.is_empty())
                .ok_or_else(|| usage("which project? Run keyferry init here, give --project, or set KEYFERRY_PROJECT_ID"))?,
        };
        if is_id(&named) {
            return Ok(named);
        }
        let slug = encode(&named);
        let found = match api.get(&format!("/api/v1/projects/slug/{slug}"), &[]).await {
            Err(error) if error.is_no_route() => api.get(&format!("/api/v1/workspace/slug/{slug}"), &[]).await?,
            other => other?,
        };
        // Both routes answer the bare project.
        let id = found["id"].as_str().or_else(|| found["project"]["id"].as_str());
        id.map(str::to_owned).context("the server's answer names no project")
    }
}

impl PlaceArgs {
    /// The folder.
    ///
    /// # Errors
    /// Like [`ProjectArgs::resolve`].
    pub async fn resolve(&self, api: &Api) -> anyhow::Result<Place> {
        let project_id = self.project.resolve(api).await?;
        let file = project_file()?;
        let of_file = || file.as_ref().and_then(|(path, file)| file.environment(git_branch(path).as_deref()));
        let environment = self.env.clone().or_else(|| variable(&[ENVIRONMENT, "INFISICAL_ENVIRONMENT"])).or_else(of_file);
        let path = self.path.clone().or_else(|| variable(&[SECRET_PATH, "INFISICAL_SECRET_PATH"]));
        let path = path.or_else(|| file.as_ref().and_then(|(_, file)| file.default_secret_path.clone()));
        Ok(Place {
            project_id,
            environment: environment.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned()),
            path: normal(path.as_deref().unwrap_or("/")),
        })
    }
}

impl ProjectFile {
    /// The environment of a git branch, or the default one.
    fn environment(&self, branch: Option<&str>) -> Option<String> {
        let mapped = branch.and_then(|branch| self.git_branch_to_environment_mapping.as_ref()?.get(branch));
        mapped.or(self.default_environment.as_ref()).filter(|slug| !slug.is_empty()).cloned()
    }
}

/// One slash at the beginning, none at the end.
fn normal(path: &str) -> String {
    format!("/{}", path.trim().trim_matches('/'))
}

/// UUIDs, and the older hexadecimal ids.
fn is_id(text: &str) -> bool {
    let hex = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let dashes = text.bytes().filter(|byte| *byte == b'-').count();
    hex + dashes == text.len() && ((hex == 32 && dashes == 4) || (hex == 24 && dashes == 0))
}

/// The nearest `.infisical.json` of this directory and those above.
///
/// # Errors
/// When it cannot be read.
pub fn project_file() -> anyhow::Result<Option<(PathBuf, ProjectFile)>> {
    let Ok(directory) = std::env::current_dir() else { return Ok(None) };
    let Some(path) = directory.ancestors().map(|above| above.join(PROJECT_FILE)).find(|path| path.is_file()) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let file = serde_json::from_str(&text).with_context(|| format!("{} is not valid", path.display()))?;
    Ok(Some((path, file)))
}

/// The branch checked out where a file lies; none outside of git or on no branch.
fn git_branch(file: &Path) -> Option<String> {
    let git = file.ancestors().skip(1).map(|above| above.join(".git")).find(|git| git.exists())?;
    // In a linked worktree `.git` is a file that names the directory.
    let directory = if git.is_dir() {
        git
    } else {
        let text = std::fs::read_to_string(&git).ok()?;
        git.parent()?.join(text.trim().strip_prefix("gitdir:")?.trim())
    };
    let head = std::fs::read_to_string(directory.join("HEAD")).ok()?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_follows_the_branch() {
        let directory = tempfile::tempdir().unwrap();
        let text = r#"{"workspaceId": "p", "defaultEnvironment": "dev", "gitBranchToEnvironmentMapping": {"main": "prod"}}"#;
        let file: ProjectFile = serde_json::from_str(text).unwrap();
        let path = directory.path().join("sub").join(PROJECT_FILE);
        std::fs::create_dir_all(directory.path().join(".git")).unwrap();
        for (head, environment) in [("ref: refs/heads/main\n", "prod"), ("ref: refs/heads/a/b\n", "dev"), ("0123abc\n", "dev")] {
            std::fs::write(directory.path().join(".git/HEAD"), head).unwrap();
            assert_eq!(file.environment(git_branch(&path).as_deref()).as_deref(), Some(environment), "{head}");
        }
        let official: ProjectFile =
            serde_json::from_str(r#"{"workspaceId": "p", "defaultEnvironment": "", "gitBranchToEnvironmentMapping": null}"#)
                .unwrap();
        assert_eq!(official.environment(None), None);
    }

    #[test]
    fn folders_and_ids_are_recognised() {
        assert_eq!([normal("a/b/"), normal("/"), normal(""), normal("/x")], ["/a/b", "/", "/", "/x"]);
        assert!(is_id("7ffbb072-2575-495a-b5b0-127f88caef78") && is_id("63c1c7a4d1c1f0a1b2c3d4e5"));
        assert!(!is_id("web-shop-x7f2") && !is_id("deadbeef"));
    }
}
