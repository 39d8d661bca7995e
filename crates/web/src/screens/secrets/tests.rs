use askama::Template as _;
use keyferry_domain::paths::SecretPath;
use keyferry_domain::secrets::browse::BrowseInput;
use secrecy::SecretString;
use uuid::Uuid;

use super::dashboard::{DashboardAddresses, DashboardPage, FolderRow, ImportRow, Link};
use super::listing::Listing;
use super::rows::{Changed, Row, Value};
use super::*;
use crate::form::Fields;
use crate::text::moment;
use crate::ui::Page;
use crate::visit::sample_request;

const HTML: &str = "<img src=x>";
const ESCAPED: &str = "&#60;img src=x&#62;";

fn plain(title: &str) -> Page {
    Page::plain(&sample_request("/organizations/x/projects/secret-management/p/overview"), title)
}

fn listing(rows: usize, total: u64) -> Listing {
    let input = BrowseInput::new(Uuid::nil(), SecretPath::root(), vec!["dev".to_owned()]);
    let request = sample_request("/p/secrets/dev");
    let ends = (Some("A".to_owned()), Some("Z".to_owned()));
    Listing::new(&request, &input, Some(total), rows, ends, (false, total > rows as u64), vec!["web".to_owned()])
}

fn row(value: Value) -> Row {
    Row {
        id: Uuid::nil(),
        key: HTML.to_owned(),
        address: "/s".to_owned(),
        edit: "/s/edit".to_owned(),
        delete: "/s/delete".to_owned(),
        tags: vec!["web".to_owned()],
        comment: HTML.to_owned(),
        value,
        changed: Changed {
            iso: "1970-01-01T00:00:00.000Z".to_owned(),
            relative: "just now".to_owned(),
            by: HTML.to_owned(),
            version: 3,
        },
        may_edit: true,
        may_delete: true,
        is_overridden: true,
        from: None,
    }
}

fn dashboard(rows: Vec<Row>, total: u64) -> String {
    let link = |label: &str| Link { label: label.to_owned(), address: "/d".to_owned(), is_current: true };
    let address = |tail: &str| format!("/d{tail}");
    DashboardPage {
        page: plain("Development"),
        place: "Development, folder /a".to_owned(),
        environments: vec![link("Development")],
        way: vec![link("Development"), link("a")],
        up: "/d".to_owned(),
        folders: vec![FolderRow {
            name: "backend".to_owned(),
            address: "/f".to_owned(),
            edit: "/f/edit".to_owned(),
            relocate: "/f/move".to_owned(),
            delete: "/f/delete".to_owned(),
            description: HTML.to_owned(),
        }],
        listing: listing(rows.len(), total),
        rows,
        imports: vec![ImportRow { label: "Staging /a".to_owned(), address: "/i".to_owned() }],
        address: DashboardAddresses {
            here: address(""),
            new: address("/new"),
            new_folder: address("/folders/new"),
            imports: address("/imports"),
            upload: address("/import"),
            names: address("/names"),
            commits: "/commits".to_owned(),
            export: address("/export"),
            reveal: address("/reveal"),
            selected: address("/selected"),
        },
        undo: "/u".to_owned(),
        may_create: true,
        may_read: true,
        may_add_folder: true,
        may_change_folder: true,
        may_import: true,
        commits: Some("12".to_owned()),
    }
    .render()
    .expect("a page")
}

#[test]
fn the_dashboard_renders_each_kind_of_value_and_escapes_names() {
    let html = dashboard(vec![row(Value::Masked), row(Value::Empty), row(Value::Hidden)], 700);
    for wanted in [
        ESCAPED,
        "Reveal value of",
        "○ Empty",
        "Value hidden by your role",
        "3 of 700 secrets",
        "Overridden by you",
        "Up one folder",
        "All 700 secrets",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert!(!html.contains(HTML), "{html}");
    let html = dashboard(vec![row(Value::Shown(SecretString::from("<b>")))], 1);
    assert!(html.contains("<code class=\"shown\">&#60;b&#62;</code>"), "{html}");
}

#[test]
fn an_imported_secret_says_where_it_comes_from() {
    let mut own = row(Value::Masked);
    own.from = Some(("Staging /a".to_owned(), "/i".to_owned()));
    let html = dashboard(vec![own], 1);
    assert!(html.contains("Imported from <a href=\"/i\">Staging /a</a>") && !html.contains("name=\"key\""), "{html}");
}

#[test]
fn the_overview_renders_every_mark() {
    let mark = |symbol, word: &str, address: &str| overview::Mark {
        class: "c-set",
        symbol,
        word: word.to_owned(),
        environment: "Production".to_owned(),
        address: address.to_owned(),
    };
    let html = overview::OverviewPage {
        page: plain("Secrets"),
        way: Vec::new(),
        up: String::new(),
        heads: vec![overview::Head {
            name: "Production".to_owned(),
            slug: "prod".to_owned(),
            address: "/d".to_owned(),
            note: "Not permitted",
            is_shown: true,
        }],
        folders: vec![overview::FolderLine { name: "a".to_owned(), address: "/f".to_owned(), is_there: vec![true] }],
        rows: vec![overview::MatrixRow {
            key: HTML.to_owned(),
            address: "/k".to_owned(),
            tags: vec!["web".to_owned()],
            has_comment: true,
            marks: vec![mark("●", "set", "/s"), mark("▒", "not permitted", "")],
        }],
        listing: listing(1, 1),
        address: overview::OverviewAddresses { here: "/o".to_owned() },
        add: None,
    }
    .render()
    .expect("a page");
    for wanted in
        ["aria-label=\"&#60;img src=x&#62;, Production, set\"", "▒ not permitted", "Needs the permission “create on secrets”"]
    {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

#[test]
fn forms_render() {
    let page = create::CreatePage {
        page: plain("Create secret"),
        fields: Fields::new(),
        action: "/new".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        targets: vec![create::Target {
            slug: "dev".to_owned(),
            name: "Development".to_owned(),
            is_ticked: true,
            is_allowed: false,
        }],
        existing: vec![create::Existing { environment: "Development".to_owned(), version: 2, address: "/s/edit".to_owned() }],
        upload: "/import".to_owned(),
        names: "/names".to_owned(),
    };
    let html = page.render().expect("a page");
    assert!(html.contains("Type your secret name") && html.contains("has version 2") && html.contains("disabled"), "{html}");
    let page = edit::EditPage {
        page: plain("Edit secret"),
        fields: Fields::new().with("value", "x").with("loaded", "true"),
        address: "/s".to_owned(),
        key: HTML.to_owned(),
        may_read: true,
        is_loaded: true,
        metadata: vec![extras::MetaRow {
            was: "owner".to_owned(),
            key: HTML.to_owned(),
            is_encrypted: true,
            ..Default::default()
        }],
        names: "/names".to_owned(),
    };
    let html = page.render().expect("a page");
    assert!(html.contains("name=\"loaded\"") && html.contains("Encrypted, stays as it is") && html.contains(ESCAPED), "{html}");
    let page = names::NamesPage {
        page: plain("Names to refer to"),
        place: "Development".to_owned(),
        action: "/names".to_owned(),
        folder: "/a".to_owned(),
        typed: HTML.to_owned(),
        names: vec!["API_KEY".to_owned(), "prod.".to_owned()],
    };
    let html = page.render().expect("a page");
    assert!(html.contains("${API_KEY}") && html.contains("${prod.…}") && html.contains(ESCAPED), "{html}");
    let page = delete::DeletePage {
        page: plain("Delete secrets"),
        action: "/delete".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        victims: vec![delete::Victim { key: HTML.to_owned(), used_by: vec!["B in dev /".to_owned()] }],
        more: 1_200,
        keys: vec![HTML.to_owned(), "B".to_owned()],
        syncs: vec!["checkly".to_owned()],
    };
    let html = page.render().expect("a page");
    assert!(html.contains("Delete 2 secrets") && html.contains("1,200 more") && html.contains(ESCAPED), "{html}");
    let page = folders::FolderPage {
        page: plain("Add folder"),
        fields: Fields::new(),
        action: "/f".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        is_new: true,
        syncs: Vec::new(),
    };
    assert!(page.render().expect("a page").contains("Create folder"));
    let page = folders::DeleteFolderPage {
        page: plain("Delete folder"),
        fields: Fields::new(),
        action: "/f".to_owned(),
        back: "/d".to_owned(),
        path: "Development, folder /a".to_owned(),
        name: "a".to_owned(),
        secrets: "3 secrets".to_owned(),
        folders: vec!["/a/b".to_owned()],
        syncs: vec!["checkly".to_owned()],
        choices: vec![crate::ui::choice("remove", "Remove Synced Secrets")],
    };
    let html = page.render().expect("a page");
    assert!(html.contains("Remove Synced Secrets"), "{html}");
    assert!(html.contains("Type a to confirm") && html.contains("3 secrets") && html.contains("/a/b"), "{html}");
}

fn sync(label: &str) -> syncs::SyncLink {
    let (label, address) = (label.to_owned(), "/syncs/1".to_owned());
    syncs::SyncLink { id: uuid::Uuid::nil(), destination: "checkly".to_owned(), label, address }
}

#[test]
fn moving_a_folder_says_what_it_touches() {
    let page = move_folder::MoveFolderPage {
        page: plain("Move folder"),
        fields: Fields::new().with("path", "/"),
        action: "/f".to_owned(),
        back: "/d".to_owned(),
        path: "Development, folder /a".to_owned(),
        environments: Vec::new(),
        folders: vec!["/b".to_owned()],
        following: vec![sync("prod to checkly")],
        touching: vec![("/o".to_owned(), "Production imports it".to_owned())],
        hidden: 2,
        syncs: vec![sync("all to checkly"), sync("more to checkly")],
    };
    let html = page.render().expect("a page");
    for wanted in [
        "Secrets moved here will be synced to 2 external destinations",
        "I understand",
        "<a href=\"/syncs/1\">all to checkly</a>",
        "prod to checkly",
        "Production imports it",
        "2 more that you may not see",
        "<option value=\"/b\">",
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
}

#[test]
fn pages_of_one_secret_render() {
    let page = detail::DetailPage {
        page: plain("KEY"),
        address: "/s".to_owned(),
        key: HTML.to_owned(),
        id: Uuid::nil(),
        place: "Development".to_owned(),
        folder: "/d".to_owned(),
        value: None,
        is_empty: false,
        has_references: true,
        comment: HTML.to_owned(),
        tags: vec!["web".to_owned()],
        reminder: "Every 90 days: rotate".to_owned(),
        metadata: vec![("owner".to_owned(), None), ("team".to_owned(), Some("shop".to_owned()))],
        version: 2,
        made: moment(0, 0),
        changed: moment(0, 0),
        changed_by: HTML.to_owned(),
        may_read: true,
        may_edit: true,
        may_delete: false,
        override_version: Some(1),
        override_value: None,
        dependents: vec![detail::Dependent { label: "B in dev /".to_owned() }],
        syncs: Vec::new(),
        versions: [2, 1]
            .map(|version| detail::VersionRow {
                version,
                at: moment(0, 0),
                by: "ada".to_owned(),
                key: "KEY".to_owned(),
                is_current: version == 2,
            })
            .into_iter()
            .collect(),
        total_versions: 2,
        older: String::new(),
        newer: String::new(),
    };
    let html = page.render().expect("a page");
    for wanted in ["Restore version 1", "B in dev /", "Encrypted", "shop", "Remove override", "delete on secrets", ESCAPED] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    assert!(!html.contains(HTML) && !html.contains("Restore version 2"), "{html}");
    let side = |version| diff::Side { version, at: moment(0, 0), by: "ada".to_owned() };
    let page = |value, restore| diff::DiffPage {
        page: plain("Compare versions"),
        address: "/s".to_owned(),
        older: side(1),
        newer: side(2),
        key_change: Some(("A".to_owned(), "B".to_owned())),
        comment: lines::diff("a", "b"),
        is_comment_changed: true,
        is_value_changed: Some(true),
        value,
        restore,
    };
    let html = page(None, None).render().expect("a page");
    assert!(html.contains("Reveal both values") && html.contains("~ Value changed") && html.contains("A → B"), "{html}");
    let html = page(Some(lines::diff("<a>\nb", "<a>\nc ")), Some(Vec::new())).render().expect("a page");
    assert!(html.contains("line 2 removed") && html.contains("(blanks at the end)") && html.contains("&#60;a&#62;"), "{html}");
}

#[test]
fn pages_of_many_secrets_render() {
    let counts = upload::Counts { new: 9, changed: 3, same: 1, refused: 1 };
    let entry = |state, can_take| upload::Entry {
        key: HTML.to_owned(),
        lines: (state == "Changed").then(|| lines::diff("old", "new")),
        may_compare: true,
        line: 4,
        state,
        notes: vec!["Empty value".to_owned()],
        can_take,
        is_taken: can_take,
    };
    let page = upload::PreviewPage {
        page: plain("Confirm Secret Upload"),
        action: "/c".to_owned(),
        values: "/v".to_owned(),
        back: "/u".to_owned(),
        place: "Development".to_owned(),
        entries: vec![entry("New", true), entry("Changed", true), entry("Same", false), entry("Not permitted", false)],
        more: "7 further secrets".to_owned(),
        issues: vec!["Line 2: no".to_owned()],
        duplicates: vec!["A on lines 1, 3; the last one counts".to_owned()],
        removed: vec!["GONE".to_owned()],
        known: vec!["GONE".to_owned()],
        ticked_removals: vec!["GONE".to_owned()],
        takes_rest: true,
        takes_comments: true,
        counts,
        payload: "QT0x".to_owned(),
        has_comments: true,
        syncs: Vec::new(),
    };
    let html = page.render().expect("a page");
    for wanted in [
        "Overwrite 3 and import 9",
        "7 further secrets",
        "Line 2: no",
        "Delete GONE",
        "! Not permitted",
        "= Same",
        "line 1 removed",
        ESCAPED,
    ] {
        assert!(html.contains(wanted), "{wanted} is missing from {html}");
    }
    let page = upload::UploadPage {
        page: plain("Import secrets"),
        fields: Fields::new(),
        action: "/u".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
    };
    assert!(page.render().expect("a page").contains("Drop a .env, .json or .yaml file here, or choose one"));
    let transfer = selected::TransferPage {
        page: plain("Copy secrets"),
        fields: Fields::new(),
        action: "/copy".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        keys: vec![HTML.to_owned()],
        is_copy: true,
        environments: Vec::new(),
        syncs: vec![sync("checkly")],
    };
    let html = transfer.render().expect("a page");
    assert!(html.contains("will be synced to 1 external destination") && html.contains("Copy 1 secret"), "{html}");
    assert!(html.contains("<a href=\"/syncs/1\">checkly</a>"), "{html}");
    let tag = selected::TagPage {
        page: plain("Tag secrets"),
        fields: Fields::new(),
        action: "/tag".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        keys: vec!["A".to_owned()],
        known: vec!["web".to_owned()],
    };
    assert!(tag.render().expect("a page").contains("Remove tag"));
    let text = selected::TextPage {
        page: plain("Edit as text"),
        action: "/import".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        text: SecretString::from("A=<b>\n"),
        keys: vec!["A".to_owned()],
        left_out: vec!["B C".to_owned()],
    };
    let html = text.render().expect("a page");
    assert!(html.contains("A=&#60;b&#62;") && html.contains("left as they are: B C"), "{html}");
    let imports = imports::ImportsPage {
        page: plain("Imports"),
        fields: Fields::new(),
        action: "/imports".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        rows: vec![imports::Row {
            label: "Staging /a".to_owned(),
            address: "/i".to_owned(),
            position: 2,
            move_to: "/m".to_owned(),
            delete: "/x".to_owned(),
            is_first: false,
            is_last: true,
        }],
        environments: Vec::new(),
        may_create: true,
        may_edit: true,
        may_delete: true,
    };
    let html = imports.render().expect("a page");
    assert!(
        html.contains("Move Staging /a up") && html.contains("wins over the others") && !html.contains("Staging /a down"),
        "{html}"
    );
    let across = across::AcrossPage {
        page: plain(HTML),
        fields: Fields::new(),
        key: HTML.to_owned(),
        here: "/k".to_owned(),
        values: "/k/values".to_owned(),
        back: "/o".to_owned(),
        lines: vec![across::Line {
            name: "Production".to_owned(),
            slug: "prod".to_owned(),
            state: "set".to_owned(),
            class: "c-set",
            symbol: "●",
            address: "/s".to_owned(),
            version: "2".to_owned(),
            value: Value::Masked,
            is_there: true,
            may_write: true,
            typed: String::new(),
            same_as: vec![crate::ui::choice("", ""), crate::ui::choice("dev", "Same as Development")],
            chosen: String::new(),
            error: "changed".to_owned(),
        }],
    };
    let html = across.render().expect("a page");
    assert!(html.contains("Same as Development") && html.contains("aria-invalid") && html.contains("version 2"), "{html}");
    let export = export::ExportPage {
        page: plain("Download secrets"),
        fields: Fields::new(),
        action: "/export".to_owned(),
        back: "/d".to_owned(),
        place: "Development".to_owned(),
        keys: vec!["A".to_owned()],
        what: "1 secret".to_owned(),
        formats: vec![crate::ui::choice("env", ".env")],
    };
    assert!(export.render().expect("a page").contains("leaves Keyferry"));
    let value = dashboard::ValueFragment { key: "A".to_owned(), value: None };
    assert!(value.render().expect("a part").contains("Value hidden by your role"));
}

#[test]
fn a_commit_renders_with_and_without_the_way_back() {
    let line = || commits::Line {
        is_folder: false,
        name: HTML.to_owned(),
        name_before: Some("OLD".to_owned()),
        symbol: "~",
        word: "Changed",
        versions: "1 → 2".to_owned(),
        value: Some(lines::diff("a", "b")),
    };
    let page = |is_reverted| commits::show::CommitPage {
        page: plain("Changed 1 secret"),
        sequence: 7,
        at: moment(0, 0),
        by: "ada".to_owned(),
        lines: vec![line()],
        more: String::new(),
        hidden: "1 secret".to_owned(),
        is_shown: false,
        has_values: true,
        is_reverted,
        is_import: false,
        reverted_by: "/other".to_owned(),
        may_read: true,
        may_revert: true,
        may_restore: false,
        values: "/v".to_owned(),
        revert: "/u".to_owned(),
        restore: "/r".to_owned(),
        list: "/l".to_owned(),
        back: "/d".to_owned(),
    };
    let html = page(false).render().expect("a page");
    assert!(html.contains("Undo this commit") && html.contains("~ Changed") && html.contains(ESCAPED), "{html}");
    assert!(html.contains("perform-rollback on commits") && html.contains("1 secret not shown"), "{html}");
    let html = page(true).render().expect("a page");
    assert!(html.contains("This was undone") && !html.contains("Undo this commit"), "{html}");

    let restore = commits::restore::RestorePage {
        page: plain("Restore to commit 7"),
        fields: Fields::new(),
        message: HTML.to_owned(),
        at: moment(0, 0),
        by: "ada".to_owned(),
        place: "Development".to_owned(),
        folders: vec![commits::restore::Folder {
            path: "/a".to_owned(),
            lines: vec![line()],
            more: "2 more".to_owned(),
            hidden: String::new(),
        }],
        syncs: vec!["to checkly".to_owned()],
        is_deep: true,
        other_depth: "/x".to_owned(),
        action: "/r".to_owned(),
        back: "/d".to_owned(),
    };
    let html = restore.render().expect("a page");
    assert!(html.contains("Changes back") && html.contains("to checkly") && html.contains("2 more"), "{html}");

    let list = |rows| commits::list::CommitsPage {
        page: plain("Commits"),
        place: "Development".to_owned(),
        environments: Vec::new(),
        rows,
        total: "1 commit".to_owned(),
        search: String::new(),
        path: String::new(),
        here: "/l".to_owned(),
        previous: String::new(),
        next: String::new(),
        back: "/d".to_owned(),
    };
    let row = commits::list::Row {
        address: "/c".to_owned(),
        sequence: 7,
        message: HTML.to_owned(),
        by: "ada".to_owned(),
        at: moment(0, 0),
        counts: commits::counts(1, 0, 2),
        is_reverted: true,
    };
    let html = list(vec![row]).render().expect("a page");
    assert!(html.contains("1 added, 2 removed") && html.contains("reverted") && html.contains(ESCAPED), "{html}");
    assert!(list(Vec::new()).render().expect("a page").contains("No commits in this folder"));
}
