//! Values and errors of a form while it is shown: first empty or filled from a record, again with what was typed and what is
//! wrong with it.

use keyferry_domain::Error;

use super::sent::Form;

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name; empty when it is about the form as a whole.
    pub field: String,
    /// What is wrong and the way out.
    pub message: String,
}

/// The state of a form.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    values: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// An empty form.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was typed.
    #[must_use]
    pub fn typed(form: &Form) -> Self {
        let values = form.entries().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { values, errors: Vec::new() }
    }

    /// With a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.retain(|(own, _)| own != name);
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// Without a value, such as a password that is not sent back.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.values.retain(|(own, _)| own != name);
        self
    }

    /// A field's value; empty when there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// Whether one of a field's values is this one.
    #[must_use]
    pub fn has_value(&self, name: &str, value: &str) -> bool {
        self.values.iter().any(|(own, has)| own == name && has == value)
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }

    /// Everything that is wrong.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Says what is wrong with a field; an empty name means the form as a whole.
    pub fn fail(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// Says so when a condition does not hold.
    pub fn require(&mut self, field: &str, holds: bool, message: &str) {
        if !holds {
            self.fail(field, message);
        }
    }

    /// Takes up what a domain function has against the input: each issue at its field (renamed by `names`, from the issue's last
    /// path part to the field), other refusals of the input at the form.
    ///
    /// # Errors
    /// What is not about the input: permissions, missing things, defects.
    pub fn take(&mut self, error: Error, names: &[(&str, &str)]) -> Result<(), Error> {
        match error {
            Error::Invalid(issues) => {
                for issue in issues {
                    let path = issue.body.get("path").and_then(|path| path.as_array()).and_then(|path| path.last());
                    let part = path.and_then(|part| part.as_str()).unwrap_or_default();
                    let field = names.iter().find(|(own, _)| *own == part).map_or(part, |(_, field)| field);
                    let message = issue.body.get("message").and_then(|text| text.as_str()).unwrap_or("Not valid");
                    self.fail(field, message);
                }
                Ok(())
            }
            Error::BadRequest { message, .. } | Error::Conflict { message, .. } => {
                self.fail("", message);
                Ok(())
            }
            other => Err(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_go_to_their_fields_and_refusals_to_the_form() {
        let mut fields = Fields::typed(&Form::of(&[("name", "x")]));
        let issue = Error::invalid_field(&["credentials", "apiKey"], "API Key required");
        assert!(fields.take(issue, &[("apiKey", "api_key")]).is_ok());
        assert!(fields.take(Error::bad_request("taken"), &[]).is_ok());
        assert_eq!(fields.error("api_key"), Some("API Key required"));
        assert_eq!(fields.error(""), Some("taken"));
        assert_eq!(fields.value("name"), "x");
        assert!(fields.take(Error::forbidden("no"), &[]).is_err());
    }
}
