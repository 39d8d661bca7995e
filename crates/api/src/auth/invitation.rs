//! Inviting people into an organization, and accepting. Our own shapes: the link is handed over by hand.

use keyferry_domain::organizations::{self, AcceptInvitation};
use keyferry_domain::{Error, Result};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::TAG;
use crate::endpoint::{AnonymousCall, Call, Endpoint, Input, Json, post};
use crate::wire::{Decode, Fields, list, secret_text, text, uuid};

struct Invite {
    emails: Vec<String>,
    role: String,
    organization_id: Option<Uuid>,
}

impl Decode for Invite {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let emails = f.required("inviteeEmails", list(text().trim().email()).min(1).max(100));
        let role = f.default("organizationRoleSlug", text().trim().min(1), "member");
        // Sent by clients of old; the organization is the token's, and another one is refused.
        let organization_id = f.optional("organizationId", uuid());
        Some(Self { emails: emails?, role: role?, organization_id: organization_id? })
    }
}

struct Accept(AcceptInvitation);

impl Decode for Accept {
    fn decode(f: &mut Fields<'_>) -> Option<Self> {
        let token = f.required("token", secret_text());
        let password = f.required("password", text().min(1));
        let first_name = f.optional("firstName", text().trim().min(1));
        let last_name = f.optional("lastName", text().trim());
        Some(Self(AcceptInvitation {
            token: token?,
            password: SecretString::from(password?),
            first_name: first_name?,
            last_name: last_name?,
        }))
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post("/api/v1/invite-org/signup", invite)
            .id("inviteOrganizationMembers")
            .tag(TAG)
            .summary("Invite people into the organization; the links are to be handed over")
            .permission("member:create")
            .answers(|| {
                json!({
                    "message": INVITED,
                    "completeInviteLinks": [{ "email": "ada@example.com", "link": "https://keyferry.example.com/accept-invitation?token=…" }]
                })
            }),
        post("/api/v1/invite-org/accept", accept)
            .id("acceptOrganizationInvitation")
            .tag(TAG)
            .summary("Accept an invitation with a new password, or with the account's own")
            .answers(|| json!({ "message": ACCEPTED, "user": { "id": "4f2b7c1e-0d7e-4a52-9d2e-3c6a0f0f6b11", "email": "ada@example.com" } })),
    ]
}

const INVITED: &str = "Successfully invited";
const ACCEPTED: &str = "Successfully accepted the invitation";

async fn invite(call: Call, input: Input<(), (), Invite>) -> Result<Json<Value>> {
    if input.body.organization_id.is_some_and(|id| Some(id) != call.caller.org_id) {
        return Err(Error::forbidden("You may only invite people into the organization of your token"));
    }
    let mut links = Vec::new();
    for email in &input.body.emails {
        let invitation = organizations::invite(&call.app, &call.caller, email, &input.body.role).await?;
        links.push(json!({ "email": invitation.user.email, "link": invitation.link(&call.app).expose_secret() }));
    }
    Ok(Json(json!({ "message": INVITED, "completeInviteLinks": links })))
}

async fn accept(call: AnonymousCall, input: Input<(), (), Accept>) -> Result<Json<Value>> {
    let user = organizations::accept_invitation(&call.app, call.origin, input.body.0).await?;
    Ok(Json(json!({ "message": ACCEPTED, "user": { "id": user.id, "email": user.email } })))
}
