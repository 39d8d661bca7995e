"""Fills a new server with one of everything, and something to delete of each kind."""

import time

import requests

PASSWORD = "correct horse battery staple 7"


class Client:
    """Speaks JSON to one server and fails on every answer that is not a success."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = "keyferry-tests"

    def sign_in(self, token):
        self.token = token
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method, path, body=None, **query):
        answer = self.session.request(method, self.url + path, json=body, params=query, timeout=60)
        if not answer.ok:
            raise SystemExit(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def get(self, path, **query):
        return self("GET", path, **query)

    def post(self, path, body=None):
        return self("POST", path, {} if body is None else body)


def wait_for(look):
    """Asks until there is something, for a minute at most."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise SystemExit("waited for a minute in vain")


def make(url, checkly_key, checkly_account):
    """Answers the token of an identity and of a person who may do everything, and the names and ids of what there is.

    `known` holds the values for each parameter, `doomed` and `changed` those for requests that would otherwise take away the
    ground on which the others stand.
    """
    client = Client(url)
    done = client.post(
        "/api/v1/admin/bootstrap", {"email": "ann@example.com", "password": PASSWORD, "organization": "Acme"}
    )
    token = done["identity"]["credentials"]["token"]
    client.sign_in(token)
    organization = done["organization"]["id"]

    def project(name, slug):
        return client.post("/api/v2/workspace", {"projectName": name, "slug": slug})["project"]

    def identity(name):
        body = {"name": name, "organizationId": organization, "role": "member"}
        made = client.post("/api/v1/identities", body)["identity"]["id"]
        universal = client.post(f"/api/v1/auth/universal-auth/identities/{made}")["identityUniversalAuth"]
        secret = client.post(f"/api/v1/auth/universal-auth/identities/{made}/client-secrets")
        client.post(f"/api/v1/auth/token-auth/identities/{made}")
        bearer = client.post(f"/api/v1/auth/token-auth/identities/{made}/tokens", {"name": "fuzz"})
        client.post(f"/api/v1/projects/{shop}/memberships/identities/{made}", {"role": "viewer"})
        membership = client.get(f"/api/v1/projects/{shop}/memberships/identities/{made}")["identityMembership"]["id"]
        return {
            "identityId": made,
            "clientId": universal["clientId"],
            "clientSecret": secret["clientSecret"],
            "clientSecretId": secret["clientSecretData"]["id"],
            "tokenId": bearer["tokenData"]["id"],
            "accessToken": bearer["accessToken"],
            "identityMembershipId": membership,
        }

    def user(email):
        client.post("/api/v1/invite-org/signup", {"inviteeEmails": [email], "organizationId": organization})
        members = client.get(f"/api/v1/organization/{organization}/users")["users"]
        member = next(member for member in members if member["user"]["email"] == email)
        return {"userId": member["user"]["id"], "username": email, "organizationMembershipId": member["id"]}

    def place(environment, path):
        return {"workspaceId": shop, "environment": environment, "path": path}

    def folder(name):
        return client.post("/api/v1/folders", {**place("dev", "/"), "name": name})["folder"]["id"]

    def connection(name):
        body = {"name": name, "method": "api-key", "projectId": shop, "credentials": {"apiKey": checkly_key}}
        return client.post("/api/v1/app-connections/checkly", body)["appConnection"]["id"]

    def sync(name, environment, connection_id):
        body = {
            "name": name,
            "projectId": shop,
            "connectionId": connection_id,
            "environment": environment,
            "secretPath": "/",
            "isAutoSyncEnabled": False,
            "syncOptions": {"initialSyncBehavior": "overwrite-destination", "unmanagedSecrets": "keep"},
            "destinationConfig": {"accountId": checkly_account, "accountName": "Acme"},
        }
        return client.post("/api/v1/secret-syncs/checkly", body)["secretSync"]["id"]

    def secret(name, value):
        body = {"projectId": shop, "environment": "dev", "secretPath": "/", "secretValue": value}
        return client.post(f"/api/v4/secrets/{name}", body)["secret"]["id"]

    def of_kind(make, *names):
        return [make(name) for name in names]

    main = project("Shop", "fuzz-shop")
    shop = main["id"]
    # Only a person makes service tokens.
    ann = Client(url)
    ann.sign_in(ann.post("/api/v3/auth/login", {"email": "ann@example.com", "password": PASSWORD})["accessToken"])
    ann.sign_in(ann.post("/api/v3/auth/select-organization", {"organizationId": organization})["token"])
    ann.post(f"/api/v1/organization-admin/projects/{shop}/grant-admin-access")
    spare = [project(f"Spare {number}", f"fuzz-spare-{number}") for number in range(3)]
    environments = {environment["slug"]: environment["id"] for environment in main["environments"]}

    def environment(slug):
        return client.post(f"/api/v1/projects/{shop}/environments", {"name": slug, "slug": slug})["environment"]["id"]

    spare_environments = of_kind(environment, "changed", "doomed")
    identities = of_kind(identity, "kept", "doomed")
    users = of_kind(user, "bob@example.com", "eve@example.com")
    emails = [one["username"] for one in users]
    client.post(f"/api/v1/projects/{shop}/memberships", {"emails": emails, "roleSlugs": ["member"]})
    memberships = client.get(f"/api/v1/projects/{shop}/memberships")["memberships"]
    member_ids = {member["user"]["username"]: member["id"] for member in memberships}
    secrets = [secret("DATABASE_URL", "postgres://db"), secret("API_KEY", "${DATABASE_URL}/x"), secret("DOOMED", "1")]
    folders = of_kind(folder, "app", "doomed")
    # What is reverted and rolled back lies in a folder of its own.
    for value in ("1", "2"):
        body = {"projectId": shop, "environment": "dev", "secretPath": "/app", "secretValue": value}
        client("POST" if value == "1" else "PATCH", "/api/v4/secrets/IN_APP", body)
    commits = client.get(f"/api/v1/pit/commits?projectId={shop}&environment=dev&path=/app")["commits"]
    connections = of_kind(connection, "fuzz-connection", "fuzz-doomed")
    syncs = [sync("fuzz-sync", "dev", connections[0]), sync("fuzz-doomed", "staging", connections[0]), sync("fuzz-changed", "prod", connections[0])]
    plan = client.post(f"/api/v1/secret-syncs/checkly/{syncs[0]}/plan")["plan"]
    client.post(f"/api/v1/secret-syncs/checkly/{syncs[0]}/sync-secrets")
    run = wait_for(lambda: client.get(f"/api/v1/secret-syncs/checkly/{syncs[0]}/runs")["runs"])[0]["id"]
    wait_for(lambda: client.get(f"/api/v1/secret-syncs/checkly/{syncs[0]}/runs/{run}")["run"]["endedAt"])

    def tag(slug):
        return client.post(f"/api/v1/projects/{shop}/tags", {"slug": slug, "color": "#ff0000"})["tag"]["id"]

    def secret_import(target, source):
        body = {**place(target, "/"), "import": {"environment": source, "path": "/"}}
        return client.post("/api/v1/secret-imports", body)["secretImport"]["id"]

    def key(name, usage, algorithm):
        body = {"projectId": shop, "name": name, "keyUsage": usage, "encryptionAlgorithm": algorithm}
        return client.post("/api/v1/kms/keys", body)["key"]["id"]

    def group(slug):
        made = client.post("/api/v1/groups", {"name": slug, "slug": slug, "role": "member"})["id"]
        client.post(f"/api/v1/projects/{shop}/groups/{made}", {"role": "viewer"})
        client.post(f"/api/v1/groups/{made}/users/{emails[0]}")
        return made

    def role(owner, slug):
        body = {"slug": slug, "name": slug, "permissions": []}
        return client.post(f"/api/v1/{owner}/roles", body)["role"]["id"]

    def webhook(path):
        body = {"projectId": shop, "environment": "dev", "secretPath": path, "webhookUrl": "https://127.0.0.1:1/hook"}
        return client.post("/api/v1/webhooks", body)["webhook"]["id"]

    def service_token(name):
        scopes = [{"environment": "dev", "secretPath": "/**"}]
        body = {"name": name, "workspaceId": shop, "scopes": scopes, "permissions": ["read"], "expiresIn": 3600}
        return ann.post("/api/v2/service-token", body)["serviceTokenData"]["id"]

    def privilege(kind, holder, slug):
        rules = [{"subject": "secrets", "action": ["readValue"], "conditions": {"environment": "dev"}}]
        body = {**holder, "slug": slug, "permissions": rules, "type": {"isTemporary": False}}
        return client.post(kind, body)["privilege"]["id"]

    def user_privilege(slug):
        return privilege("/api/v1/user-project-additional-privilege", {"projectMembershipId": member_ids[emails[0]]}, slug)

    def identity_privilege(slug):
        holder = {"projectId": shop, "identityId": identities[0]["identityId"]}
        return privilege("/api/v2/identity-project-additional-privilege", holder, slug)

    user_privileges = of_kind(user_privilege, "kept", "doomed")
    identity_privileges = of_kind(identity_privilege, "kept", "doomed")
    tags = of_kind(tag, "kept", "doomed")
    imports = [secret_import("staging", "dev"), secret_import("prod", "dev")]
    keys = [
        key("kept", "encrypt-decrypt", "aes-256-gcm"),
        key("signer", "sign-verify", "ECC_NIST_P256"),
        key("doomed", "encrypt-decrypt", "aes-256-gcm"),
    ]
    groups = of_kind(group, "kept", "doomed")
    organization_roles = [role("organization", "kept"), role("organization", "doomed")]
    project_roles = [role(f"projects/{shop}", "kept"), role(f"projects/{shop}", "doomed")]
    webhooks = of_kind(webhook, "/", "/app")
    service_tokens = of_kind(service_token, "kept", "doomed")
    ciphertext = client.post(f"/api/v1/kms/keys/{keys[0]}/encrypt", {"plaintext": "aGVsbG8="})["ciphertext"]

    known = {
        "projectId": [shop],
        "workspaceId": [shop],
        "project": [shop],
        "projectSlug": ["fuzz-shop"],
        "workspaceSlug": ["fuzz-shop"],
        "organizationId": [organization],
        "orgId": [organization],
        "envId": [environments["dev"]],
        "environment": ["dev", "staging", "prod"],
        "environmentSlug": ["dev"],
        "sourceEnvironment": ["dev"],
        "destinationEnvironment": ["staging"],
        "secretPath": ["/", "/app"],
        "path": ["/", "/app"],
        "directory": ["/"],
        "secretName": ["DATABASE_URL", "API_KEY"],
        "secretKey": ["DATABASE_URL", "API_KEY"],
        "secretId": secrets[:2],
        "secretIds": [secrets[:1]],
        "folderId": folders[:1],
        "commitId": [commit["id"] for commit in commits],
        "snapshotId": [commit["id"] for commit in commits],
        "projectMembershipId": [member_ids[emails[0]]],
        "privilegeSlug": ["kept"],
        "connectionId": connections[:1],
        "connectionName": ["fuzz-connection"],
        "syncId": syncs[:1],
        "syncName": ["fuzz-sync"],
        "planId": [plan["id"]],
        "digest": [plan["digest"]],
        "runId": [run],
        "tagId": tags[:1],
        "tagIds": [tags[:1]],
        "tagSlugs": ["kept"],
        "secretImportId": imports[:1],
        "keyId": keys[:2],
        "keyName": ["kept"],
        "ciphertext": [ciphertext],
        "plaintext": ["aGVsbG8="],
        "data": ["aGVsbG8="],
        "groupId": groups[:1],
        "webhookId": webhooks[:1],
        "webhookUrl": ["https://127.0.0.1:1/hook"],
        "serviceTokenId": service_tokens[:1],
        "role": ["admin", "member", "viewer", "kept"],
        "organizationRoleSlug": ["member"],
        "username": emails[:1],
        "usernames": [emails[:1]],
        "emails": [emails[:1]],
        "userId": [users[0]["userId"]],
        **{name: [value] for name, value in identities[0].items()},
        "apiKey": [checkly_key],
        "password": [PASSWORD],
        "currentPassword": [PASSWORD],
        "newPassword": [PASSWORD],
    }
    doomed = {
        "projectId": [one["id"] for one in spare[:2]],
        "envId": spare_environments[1:],
        "secretName": ["DOOMED"],
        "secretId": secrets[2:],
        "folderId": folders[1:],
        "connectionId": connections[1:],
        "syncId": syncs[1:2],
        "tagId": tags[1:],
        "secretImportId": imports[1:],
        "keyId": keys[2:],
        "groupId": groups[1:],
        "webhookId": webhooks[1:],
        "serviceTokenId": service_tokens[1:],
        "username": emails[1:],
        "usernames": [emails[1:]],
        "emails": [emails[1:]],
        "userId": [users[1]["userId"]],
        **{name: [value] for name, value in identities[1].items()},
    }
    changed = {
        "projectId": [spare[2]["id"]],
        "envId": spare_environments[:1],
        "identityId": doomed["identityId"],
        "tokenId": doomed["tokenId"],
        "syncId": [syncs[2]],
    }
    # One name, several meanings: told apart by a piece of the path.
    by_place = [
        ("slug", "/roles/slug/", ["kept"], None),
        ("slug", "/tags/slug/", ["kept"], None),
        ("slug", "/environments/slug/", ["dev"], None),
        ("slug", "/projects/slug/", ["fuzz-shop"], None),
        ("slug", "/workspace/slug/", ["fuzz-shop"], None),
        ("slug", "/workspace/{slug}", ["fuzz-shop"], [one["slug"] for one in spare]),
        ("privilegeId", "/user-project-additional-privilege/", user_privileges[:1], user_privileges[1:]),
        ("privilegeId", "/identity-project-additional-privilege/", identity_privileges[:1], identity_privileges[1:]),
        ("privilegeSlug", "/additional-privilege/identity/", ["kept"], ["doomed"]),
        ("roleId", "/organization/roles/", organization_roles[:1], organization_roles[1:]),
        ("roleId", "/projects/", project_roles[:1], project_roles[1:]),
        ("membershipId", "/organizations/", [users[0]["organizationMembershipId"]], [users[1]["organizationMembershipId"]]),
        ("membershipId", "/identity-memberships/", [identities[0]["identityMembershipId"]], None),
        ("membershipId", "/projects/", [member_ids[emails[0]]], [member_ids[emails[1]]]),
    ]
    return token, ann.token, {"known": known, "doomed": doomed, "changed": changed, "byPlace": by_place}
