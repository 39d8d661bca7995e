//! The project as seen by somebody: what they may do in each environment and folder, and which grant gives it.

use askama::Template;
use keyferry_domain::access::{self, Extent, Facts, Rule};
use keyferry_domain::folders::{self, ListFolders};
use keyferry_domain::memberships::{self, Held, HeldBy, Holder, IdentityPage};
use keyferry_domain::paths::SecretPath;
use keyferry_domain::projects::Project;
use keyferry_domain::{Error, Result, groups};

use super::{roles, rule_words};
use crate::Registry;
use crate::ui::{Choice, Page, Place, choice};
use crate::visit::{Answer, Visit, page};

const SHOW: &str = "/organizations/{orgId}/projects/secret-management/{projectId}/access-control/seen-by";

/// Most rows of the table.
const MAX_ROWS: usize = 200;

pub(super) fn routes(registry: &mut Registry) {
    registry.add(page(SHOW, show));
}

/// What the columns of the table ask: action, subject, heading.
const COLUMNS: [(&str, &str, &str); 7] = [
    ("describeSecret", "secrets", "See names"),
    ("readValue", "secrets", "Read values"),
    ("create", "secrets", "Create"),
    ("edit", "secrets", "Change"),
    ("delete", "secrets", "Delete"),
    ("create", "secret-folders", "Make folders"),
    ("sync-secrets", "secret-syncs", "Trigger syncs"),
];

/// One grant.
pub(super) struct Grant {
    pub(super) name: String,
    pub(super) sentences: Vec<String>,
}

/// What somebody may do in one respect.
#[derive(Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) extent: Extent,
    /// The grant that decides; empty where none does.
    pub(super) by: String,
}

impl Cell {
    pub(super) fn word(&self) -> &'static str {
        match self.extent {
            Extent::All => "Yes",
            Extent::Some => "Some",
            Extent::None => "No",
        }
    }

    pub(super) fn icon(&self) -> &'static str {
        match self.extent {
            Extent::All => "circle-check",
            Extent::Some => "circle-dashed",
            Extent::None => "circle-slash",
        }
    }
}

/// One folder of one environment.
pub(super) struct Row {
    pub(super) environment: String,
    pub(super) path: String,
    pub(super) cells: Vec<Cell>,
}

/// Rights that do not depend on a place.
pub(super) struct Other {
    pub(super) subject: String,
    pub(super) may: String,
    pub(super) by: String,
}

/// The answer to one question.
pub(super) struct Tested {
    pub(super) said: String,
    pub(super) rule: String,
}

#[derive(Template)]
#[template(path = "screens/access_control/seen_by.html")]
pub(super) struct SeenByPage {
    pub(super) page: Page,
    /// Everybody who can be chosen, by kind.
    pub(super) people: Vec<(&'static str, Vec<Choice>)>,
    pub(super) who: String,
    /// Whose view it is; empty before somebody is chosen.
    pub(super) name: String,
    pub(super) grants: Vec<Grant>,
    pub(super) words: Vec<String>,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
    pub(super) is_cut: bool,
    pub(super) others: Vec<Other>,
    pub(super) environments: Vec<Choice>,
    pub(super) actions: Vec<Choice>,
    pub(super) action: String,
    pub(super) environment: String,
    pub(super) path: String,
    pub(super) secret: String,
    pub(super) tested: Option<Tested>,
}

/// Whom an address names: `user:`, `identity:` or `group:` with an id, or `role:` with a slug.
fn holder(who: &str) -> Option<Holder> {
    let (kind, rest) = who.split_once(':')?;
    match kind {
        "user" => rest.parse().ok().map(Holder::User),
        "identity" => rest.parse().ok().map(Holder::Identity),
        "group" => rest.parse().ok().map(Holder::Group),
        "role" if !rest.is_empty() => Some(Holder::Role(rest.to_owned())),
        _ => None,
    }
}

/// Everybody of the project that the visitor may see.
async fn everybody(visit: &Visit, project: &Project) -> Vec<(&'static str, Vec<Choice>)> {
    let (app, caller, id) = (&visit.app, &visit.caller, project.row.id);
    let mut all = Vec::new();
    if let Ok(users) = memberships::list_users(app, caller, id).await {
        let users = users.into_iter().filter_map(|view| view.user);
        all.push(("People", users.map(|user| choice(format!("user:{}", user.id), user.email)).collect()));
    }
    if let Ok((machines, _)) = memberships::list_identities(app, caller, id, IdentityPage::default()).await {
        let machines = machines.into_iter().filter_map(|view| view.identity);
        let machines = machines.map(|identity| choice(format!("identity:{}", identity.id), identity.name));
        all.push(("Machine identities", machines.collect()));
    }
    if let Ok(views) = groups::list_in_project(app, caller, id).await {
        let found = views.into_iter().filter_map(|view| view.group);
        all.push(("Groups", found.map(|group| choice(format!("group:{}", group.id), group.name)).collect()));
    }
    let offered = roles::of_project(visit, id).await;
    all.push(("Roles", offered.into_iter().map(|role| choice(format!("role:{}", role.value), role.label)).collect()));
    all.retain(|(_, choices): &(_, Vec<Choice>)| !choices.is_empty());
    all
}

/// A grant as people call it.
fn grant_name(held: &Held, now_ms: i64) -> String {
    let name = match &held.source {
        HeldBy::Own => format!("role {}", roles::name(&held.slug)),
        HeldBy::Group(group) => format!("role {} through the group {group}", roles::name(&held.slug)),
        HeldBy::Privilege => format!("additional privilege {}", held.slug),
    };
    match held.ends_at_ms {
        Some(end) => format!("{name}, ends {}", crate::text::relative(end, now_ms)),
        None => name,
    }
}

/// The folders of the environments that the visitor may see, roots first.
async fn places(visit: &Visit, project: &Project) -> Result<Vec<(String, String, String)>> {
    let mut places = Vec::new();
    for environment in &project.environments {
        let mut add = |path: String| places.push((environment.slug.clone(), environment.name.clone(), path));
        add("/".to_owned());
        let input = ListFolders {
            project_id: project.row.id,
            environment: environment.slug.clone(),
            path: SecretPath::root(),
            recursive: true,
            last_secret_modified_ms: None,
        };
        match folders::list(&visit.app, &visit.caller, input).await {
            Ok(listed) => listed.into_iter().for_each(|one| add(one.path.as_str().to_owned())),
            Err(Error::PermissionDenied { .. } | Error::NotFound { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(places)
}

/// What somebody may do, with whose rules.
pub(super) struct View {
    names: Vec<String>,
    sets: Vec<Vec<Rule>>,
}

impl View {
    pub(super) fn new(grants: &[(String, Vec<Rule>)]) -> Self {
        Self {
            names: grants.iter().map(|(name, _)| name.clone()).collect(),
            sets: grants.iter().map(|(_, rules)| rules.clone()).collect(),
        }
    }

    fn cell(&self, action: &str, subject: &str, facts: Facts<'_>) -> Cell {
        let found = access::verdict(&self.sets, action, subject, facts);
        Cell { extent: found.extent, by: found.by.map_or_else(String::new, |(at, _)| self.names[at].clone()) }
    }

    pub(super) fn row(&self, slug: &str, environment: &str, path: &str) -> Row {
        let cells = COLUMNS.iter().map(|(action, subject, _)| self.cell(action, subject, Facts::at(slug, path)));
        Row { environment: environment.to_owned(), path: path.to_owned(), cells: cells.collect() }
    }

    /// Rights without a place, a row for each subject that any are held of.
    pub(super) fn others(&self) -> Vec<Other> {
        let placed = |word: &str| COLUMNS.iter().any(|(_, subject, _)| *subject == word) && word != "secret-syncs";
        let subjects = rule_words::SUBJECTS.iter().filter(|subject| !placed(subject.word));
        subjects
            .filter_map(|subject| {
                let mut may = Vec::new();
                let mut by: Vec<String> = Vec::new();
                for action in subject.actions {
                    let cell = self.cell(action.strip_suffix("-app-connections").unwrap_or(action), subject.word, Facts::any());
                    if cell.extent == Extent::None {
                        continue;
                    }
                    let words = rule_words::action_words(action);
                    may.push(if cell.extent == Extent::Some { format!("{words} some") } else { words });
                    if !by.contains(&cell.by) {
                        by.push(cell.by);
                    }
                }
                let subject = rule_words::subject_name(subject.word);
                (!may.is_empty()).then(|| Other { subject, may: may.join(", "), by: by.join("; ") })
            })
            .collect()
    }

    fn test(&self, name: &str, asked: (&str, &str), environment: &str, path: &str, secret: &str) -> Tested {
        let (action, subject) = asked;
        let facts = match secret {
            "" => Facts::at(environment, path),
            key => Facts { secret_name: Some(key), ..Facts::at(environment, path) },
        };
        let found = access::verdict(&self.sets, action, subject, facts);
        let verb = rule_words::action_words(action);
        let object = if secret.is_empty() { rule_words::subject_name(subject) } else { secret.to_owned() };
        let may = match found.extent {
            Extent::All => "Yes",
            Extent::Some => "For some",
            Extent::None => "No",
        };
        let modal = if found.extent == Extent::None { "may not" } else { "may" };
        let tail = match found.by {
            Some((at, _)) => format!("by the {}", self.names[at]),
            None => "no rule speaks of it".to_owned(),
        };
        Tested {
            said: format!("{may}: {name} {modal} {verb} {object} in {environment} at {path}, {tail}."),
            rule: found.by.map_or_else(String::new, |(_, rule)| rule_words::sentence(rule)),
        }
    }
}

/// Sentences on the rows: one an environment.
pub(super) fn words(rows: &[Row]) -> Vec<String> {
    let mut environments: Vec<&str> = rows.iter().map(|row| row.environment.as_str()).collect();
    environments.dedup();
    environments
        .into_iter()
        .map(|environment| {
            let own: Vec<&Row> = rows.iter().filter(|row| row.environment == environment).collect();
            let mut said = Vec::new();
            for (at, (_, _, heading)) in COLUMNS.iter().enumerate() {
                let verb = heading.to_lowercase();
                let any = own.iter().filter(|row| row.cells[at].extent != Extent::None).count();
                let is_part = own.iter().any(|row| row.cells[at].extent == Extent::Some);
                let part = if is_part { " for some secrets" } else { "" };
                if any == 0 {
                    continue;
                }
                said.push(match any == own.len() {
                    true => format!("{verb}{part}"),
                    false => format!("{verb}{part} in {any} of {} folders", own.len()),
                });
            }
            match said.is_empty() {
                true => format!("{environment}: nothing."),
                false => format!("{environment}: {}.", rule_words::join(&said, "and")),
            }
        })
        .collect()
}

async fn show(visit: Visit) -> Answer {
    let project = visit.project().await?;
    let who = visit.query("who").unwrap_or_default().to_owned();
    let asked = |name: &str| visit.query(name).unwrap_or_default().trim().to_owned();
    let page = visit.project_page(&project, "As seen by", Place::AccessControl);
    let back = page.here("access-control/roles");
    let mut seen = SeenByPage {
        page: page.below("Roles", back),
        people: everybody(&visit, &project).await,
        who: who.clone(),
        name: String::new(),
        grants: Vec::new(),
        words: Vec::new(),
        columns: COLUMNS.iter().map(|(_, _, heading)| *heading).collect(),
        rows: Vec::new(),
        is_cut: false,
        others: Vec::new(),
        environments: project.environments.iter().map(|one| choice(&*one.slug, &*one.name)).collect(),
        actions: COLUMNS.iter().map(|(action, subject, heading)| choice(format!("{action}:{subject}"), *heading)).collect(),
        action: asked("action"),
        environment: asked("environment"),
        path: asked("path"),
        secret: asked("secret"),
        tested: None,
    };
    let Some(holder) = holder(&who) else { return visit.show(&seen) };
    let held = memberships::held(&visit.app, &visit.caller, project.row.id, &holder).await?;
    let now_ms = visit.app.now_ms();
    let grants: Vec<(String, Vec<Rule>)> = held.into_iter().map(|one| (grant_name(&one, now_ms), one.rules)).collect();
    let named = seen.people.iter().flat_map(|(_, choices)| choices).find(|one| one.value == who);
    seen.name = named.map_or_else(|| "this member".to_owned(), |one| one.label.clone());
    let view = View::new(&grants);
    let mut places = places(&visit, &project).await?;
    seen.is_cut = places.len() > MAX_ROWS;
    places.truncate(MAX_ROWS);
    seen.rows = places.iter().map(|(slug, name, path)| view.row(slug, name, path)).collect();
    seen.words = words(&seen.rows);
    seen.others = view.others();
    if let Some(found) = COLUMNS.iter().find(|(action, subject, _)| format!("{action}:{subject}") == seen.action) {
        let path = if seen.path.starts_with('/') { seen.path.clone() } else { format!("/{}", seen.path) };
        seen.tested = Some(view.test(&seen.name, (found.0, found.1), &seen.environment, &path, &seen.secret));
        seen.path = path;
    }
    let grant = |(name, rules): (String, Vec<Rule>)| Grant { name, sentences: rules.iter().map(rule_words::sentence).collect() };
    seen.grants = grants.into_iter().map(grant).collect();
    visit.show(&seen)
}

#[cfg(test)]
mod view_tests {
    use keyferry_domain::access::{Extent, project_role};
    use serde_json::json;

    use super::{View, holder, words};

    #[test]
    fn rows_words_and_answers_name_the_grant() {
        let privilege = json!([
            {"subject": "secrets", "action": ["edit"], "conditions": {"environment": "dev", "secretPath": {"$glob": "/app/**"}}},
            {"subject": "secrets", "action": ["readValue"], "inverted": true, "conditions": {"environment": "prod"}}
        ]);
        let grants = [
            ("role Viewer".to_owned(), project_role("viewer").expect("a role")),
            ("additional privilege fix".to_owned(), serde_json::from_value(privilege).expect("rules")),
        ];
        let view = View::new(&grants);
        let rows = vec![
            view.row("dev", "Development", "/"),
            view.row("dev", "Development", "/app"),
            view.row("prod", "Production", "/"),
        ];
        let cell = |row: usize, column: usize| (rows[row].cells[column].extent, rows[row].cells[column].by.as_str());
        assert_eq!(cell(0, 1), (Extent::All, "role Viewer"));
        assert_eq!(cell(1, 3), (Extent::All, "additional privilege fix"));
        assert_eq!(cell(2, 1), (Extent::None, "additional privilege fix"));
        assert_eq!(cell(2, 4), (Extent::None, ""));
        assert_eq!(words(&rows), ["Development: see names, read values and change in 1 of 2 folders.", "Production: see names."]);
        let tested = view.test("Ada", ("readValue", "secrets"), "prod", "/", "KEY");
        assert_eq!(tested.said, "No: Ada may not read values of KEY in prod at /, by the additional privilege fix.");
        assert_eq!(tested.rule, "May not read values of secrets, in prod.");
        let none = view.test("Ada", ("delete", "secrets"), "dev", "/", "");
        assert_eq!(none.said, "No: Ada may not delete secrets in dev at /, no rule speaks of it.");
        let others = view.others();
        let syncs = others.iter().find(|other| other.subject == "secret syncs").expect("a row");
        assert_eq!((syncs.may.as_str(), syncs.by.as_str()), ("see", "role Viewer"));
        assert!(holder("user:x").is_none() && holder("role:viewer").is_some() && holder("").is_none());
    }
}
