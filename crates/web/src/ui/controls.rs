//! Form controls: label, help, control and error, tied together.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::form::{FieldError, Fields};

/// One option of a choice.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A sentence about it; shown beside radio buttons.
    pub note: String,
}

/// An option for [`Control::select`] and [`Control::radios`].
#[must_use]
pub fn choice(value: impl Into<String>, label: impl Into<String>) -> Choice {
    Choice { value: value.into(), label: label.into(), note: String::new() }
}

impl Choice {
    /// With a sentence about it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Input,
    Area,
    Select,
    Radios,
    Checkbox,
}

/// A labelled control.
#[derive(Debug, Template)]
#[template(path = "ui/control.html")]
pub struct Control {
    kind: Kind,
    name: String,
    label: String,
    value: String,
    error: Option<String>,
    help: String,
    input_type: &'static str,
    autocomplete: &'static str,
    placeholder: &'static str,
    is_required: bool,
    is_secret: bool,
    is_readonly: bool,
    is_mono: bool,
    is_focused: bool,
    is_ticked: bool,
    rows: u8,
    choices: Vec<Choice>,
    list: Option<&'static str>,
}

/// A one-line text field. Its id is `f-` and the name.
#[must_use]
pub fn field(fields: &Fields, name: &str, label: impl Into<String>) -> Control {
    Control {
        kind: Kind::Input,
        name: name.to_owned(),
        label: label.into(),
        value: fields.value(name).to_owned(),
        error: fields.error(name).map(str::to_owned),
        help: String::new(),
        input_type: "text",
        autocomplete: "off",
        placeholder: "",
        is_required: false,
        is_secret: false,
        is_readonly: false,
        is_mono: false,
        is_focused: false,
        is_ticked: !matches!(fields.value(name), "" | "false" | "off" | "0"),
        rows: 3,
        choices: Vec::new(),
        list: None,
    }
}

impl Control {
    /// With a sentence that helps.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Must be filled in; said to assistive technology, checked by the server.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Of another input type, such as `email` or `number`.
    #[must_use]
    pub fn of_type(mut self, input_type: &'static str) -> Self {
        self.input_type = input_type;
        self
    }

    /// What password managers may fill in.
    #[must_use]
    pub fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// An example in the empty field.
    #[must_use]
    pub fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// A password of a person, with a button that shows it. Never filled in by the server.
    #[must_use]
    pub fn password(mut self, autocomplete: &'static str) -> Self {
        self.value.clear();
        self.input_type = "password";
        self.autocomplete = autocomplete;
        self
    }

    /// A key or other secret: masked, out of the reach of spelling checkers and password managers, never filled in by the server.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.value.clear();
        self.input_type = "password";
        self.is_secret = true;
        self.is_mono = true;
        self
    }

    /// Shown, not typed.
    #[must_use]
    pub fn readonly(mut self) -> Self {
        self.is_readonly = true;
        self
    }

    /// In the typeface of keys, paths and ids.
    #[must_use]
    pub fn mono(mut self) -> Self {
        self.is_mono = true;
        self
    }

    /// Has the focus when the page opens.
    #[must_use]
    pub fn focused(mut self) -> Self {
        self.is_focused = true;
        self
    }

    /// Several lines.
    #[must_use]
    pub fn area(mut self, rows: u8) -> Self {
        self.kind = Kind::Area;
        self.rows = rows;
        self
    }

    /// Offers the entries of a `<datalist>` with this id.
    #[must_use]
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = Some(id);
        self
    }

    /// One of several, as a list that opens.
    #[must_use]
    pub fn select(mut self, choices: Vec<Choice>) -> Self {
        self.kind = Kind::Select;
        self.choices = choices;
        self
    }

    /// One of several, all visible.
    #[must_use]
    pub fn radios(mut self, choices: Vec<Choice>) -> Self {
        self.kind = Kind::Radios;
        self.choices = choices;
        self
    }

    /// Yes or no.
    #[must_use]
    pub fn checkbox(mut self) -> Self {
        self.kind = Kind::Checkbox;
        self
    }

    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.help.is_empty() {
            ids.push(format!("h-{}", self.name));
        }
        if self.error.is_some() {
            ids.push(format!("e-{}", self.name));
        }
        ids.join(" ")
    }
}

impl HtmlSafe for Control {}

/// The list of all errors at the head of a form, each leading to its field. Nothing when there is none.
#[derive(Debug, Template)]
#[template(path = "ui/summary.html")]
pub struct Summary {
    errors: Vec<FieldError>,
}

/// The error summary of a form.
#[must_use]
pub fn summary(fields: &Fields) -> Summary {
    Summary { errors: fields.errors().to_vec() }
}

impl HtmlSafe for Summary {}

/// A value that is not secret, with a button that copies it.
#[derive(Debug, Template)]
#[template(path = "ui/copy.html")]
pub struct Copy {
    value: String,
    label: String,
    said: String,
}

/// An id with a copy button: `label` names the button, `said` is announced when it is done.
#[must_use]
pub fn copy(value: impl std::fmt::Display, label: &str, said: &str) -> Copy {
    Copy { value: value.to_string(), label: label.to_owned(), said: said.to_owned() }
}

impl HtmlSafe for Copy {}
