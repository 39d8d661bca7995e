"""Every method of the Python package `infisicalsdk`, against a running server."""

import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from checks import Checks, base64_text, given  # noqa: E402
from infisical_sdk import InfisicalSDKClient, SymmetricEncryption  # noqa: E402
from infisical_sdk.api_types import KmsKeysOrderBy, OrderDirection  # noqa: E402
from infisical_sdk.infisical_requests import APIError  # noqa: E402

check = Checks()
project = given("PROJECT_ID")
slug = given("PROJECT_SLUG")


def new_client(**options):
    # A trailing slash, as people write it; no cache, so that every read reaches the server.
    return InfisicalSDKClient(host=given("URL") + "/", cache_ttl=None, **options)


def refused(call, status, message, what):
    error = check.fails(APIError, call, what)
    check.equal(error.status_code, status, what)
    check.equal(str(error), f"{message} (Status: {status})", what)
    check.equal(error.response["message"], message, what)
    check.equal(error.response["statusCode"], status, what)
    check.true(error.response["reqId"].startswith("req-"), what)
    return error


def auth():
    client = new_client()
    check.equal(client.get_token(), None, "no token before the login")
    error = check.fails(APIError, lambda: listed(client, "dev"), "a read without a token")
    check.equal((error.status_code, error.response["message"]), (401, "Token missing"), "a read without a token")
    login = client.auth.universal_auth.login(given("CLIENT_ID"), given("CLIENT_SECRET"))
    check.equal(login.tokenType, "Bearer", "the kind of token")
    check.equal((login.expiresIn, login.accessTokenMaxTTL), (2592000, 2592000), "the lifetime of the token")
    check.equal(client.get_token(), login.accessToken, "the login sets the token")
    refused(
        lambda: new_client().auth.universal_auth.login(given("CLIENT_ID"), "0" * 64),
        401, "Invalid credentials", "a login with a wrong secret",
    )
    by_token = new_client()
    check.equal(by_token.auth.token_auth.login(login.accessToken), login.accessToken, "the token login")
    check.equal(listed(by_token, "dev").secrets, [], "the token login is good for reads")
    check.equal(listed(new_client(token=login.accessToken), "dev").secrets, [], "a token given at once")
    with new_client(token="nonsense") as broken:
        refused(
            lambda: listed(broken, "dev"), 403,
            "The provided access token is malformed. Please use a valid token or generate a new one and try again.",
            "a malformed token",
        )
    # Methods that Keyferry does not have; the client wants its error in JSON.
    identity = given("IDENTITY_ID")
    methods = {
        "oidc": lambda: new_client().auth.oidc_auth.login(identity, "a.b.c"),
        "ldap": lambda: new_client().auth.ldap_auth.login(identity, "ann", "password"),
        "aws": lambda: new_client().auth.aws_auth.login(identity),
    }
    for name, method in methods.items():
        error = check.fails(APIError, method, f"the {name} login")
        check.equal(error.status_code, 404, f"the {name} login")
        check.equal(error.response["statusCode"], 404, f"the {name} login")
        check.true(isinstance(error.response["message"], str), f"the {name} login")
    return client


def listed(client, environment, path="/", **options):
    return client.secrets.list_secrets(environment_slug=environment, secret_path=path, project_id=project, **options)


def values(answer):
    return {secret.secretKey: secret.secretValue for secret in answer.secrets}


def secrets(client):
    tag = given("TAG_ID")
    at = {"secret_path": "/", "environment_slug": "dev"}
    created = client.secrets.create_secret_by_name(
        "DATABASE_URL", project_id=project, secret_value="postgres://db/${NAME}", secret_comment="for the app",
        skip_multiline_encoding=True, secret_reminder_repeat_days=30, secret_reminder_note="rotate",
        secret_metadata=[{"key": "owner", "value": "team-a"}], tags_ids=[tag], **at,
    )
    check.equal(created.secretKey, "DATABASE_URL", "create: key")
    check.equal(created.secretValue, "postgres://db/${NAME}", "create: value")
    check.equal(created.secretComment, "for the app", "create: comment")
    check.equal(created.workspace, project, "create: project")
    check.equal((created.environment, created.type, created.version), ("dev", "shared", 1), "create: place")
    check.equal(created.id, created._id, "create: both ids")
    check.true(created.skipMultilineEncoding, "create: multiline")
    check.equal(created.secretReminderRepeatDays, 30, "create: reminder")
    check.equal(created.secretReminderNote, "rotate", "create: note")
    check.equal([(pair["key"], pair["value"]) for pair in created.secretMetadata], [("owner", "team-a")], "create: metadata")
    check.equal([(each["id"], each["slug"]) for each in created.tags], [(tag, "client")], "create: tags")
    check.true(datetime.fromisoformat(created.createdAt.replace("Z", "+00:00")).tzinfo, "create: date")

    by_slug = client.secrets.create_secret_by_name("NAME", project_slug=slug, secret_value="shop", **at)
    check.equal((by_slug.workspace, by_slug.secretComment), (project, ""), "create by the project's slug")
    empty = client.secrets.create_secret_by_name("EMPTY", project_id=project, secret_value="", **at)
    check.equal(empty.secretValue, "", "an empty value stays text")
    lines = "-----BEGIN-----\nabc\n-----END-----\n"
    client.secrets.create_secret_by_name("CERTIFICATE", project_id=project, secret_value=lines, **at)
    refused(
        lambda: client.secrets.create_secret_by_name("NAME", project_id=project, secret_value="x", **at),
        400, "Secret already exists", "the same key twice",
    )

    get = client.secrets.get_secret_by_name
    check.equal(get("DATABASE_URL", project_id=project, **at).secretValue, "postgres://db/shop", "get expands references")
    raw = get("DATABASE_URL", project_slug=slug, expand_secret_references=False, include_imports=False, **at)
    check.equal(raw.secretValue, "postgres://db/${NAME}", "get by slug, unexpanded")
    check.equal((raw.id, raw.secretPath), (created.id, "/"), "get: the same secret")
    hidden = get("NAME", project_id=project, view_secret_value=False, **at)
    check.true(hidden.secretValueHidden, "get: a hidden value")
    check.true(hidden.secretValue != "shop", "get: a hidden value is not there")
    check.equal(get("CERTIFICATE", project_id=project, **at).secretValue, lines, "lines and the last newline stay")

    everything = listed(client, "dev")
    expected = {"CERTIFICATE": lines, "DATABASE_URL": "postgres://db/shop", "EMPTY": "", "NAME": "shop"}
    check.equal(values(everything), expected, "list")
    check.equal([secret.secretKey for secret in everything.secrets], sorted(expected), "list: order")
    check.equal(everything.imports, [], "list: no imports")
    check.equal(values(listed(client, "dev", tag_filters=["client"])), {"DATABASE_URL": "postgres://db/shop"}, "list by tag")
    check.equal(values(listed(client, "dev", tag_filters=["client", "other"])), {"DATABASE_URL": "postgres://db/shop"}, "list by tags")
    by_slug = client.secrets.list_secrets("dev", "/", project_slug=slug, expand_secret_references=False)
    check.equal(values(by_slug)["DATABASE_URL"], "postgres://db/${NAME}", "list by slug, unexpanded")
    check.true(all(secret.secretValueHidden for secret in listed(client, "dev", view_secret_value=False).secrets), "list: hidden")

    update = client.secrets.update_secret_by_name
    updated = update(
        "EMPTY", project_id=project, secret_value="full", secret_comment="filled", new_secret_name="FULL",
        secret_reminder_repeat_days=7, secret_reminder_note="soon", secret_metadata=[{"key": "a", "value": "b"}], tags_ids=[tag], **at,
    )
    check.equal((updated.secretKey, updated.secretValue, updated.secretComment), ("FULL", "full", "filled"), "update")
    check.equal((updated.id, updated.version), (empty.id, 2), "update: the same secret, its second version")
    check.equal([each["slug"] for each in updated.tags], ["client"], "update: tags")
    again = update("DATABASE_URL", project_slug=slug, secret_value="postgres://db2/${NAME}", **at)
    check.equal(again.version, 2, "update by the project's slug")
    check.equal(again.skipMultilineEncoding, False, "an update through this client resets the flag")
    check.equal(again.secretComment, "for the app", "update keeps what it does not name")
    first = get("DATABASE_URL", project_id=project, version="1", expand_secret_references=False, **at)
    check.equal((first.version, first.secretValue), (1, "postgres://db/${NAME}"), "get an old version")

    delete = client.secrets.delete_secret_by_name
    gone = delete("FULL", project_id=project, **at)
    check.equal((gone.secretKey, gone.id), ("FULL", empty.id), "delete")
    check.equal(delete("CERTIFICATE", project_slug=slug, **at).secretValue, lines, "delete by the project's slug")
    refused(lambda: get("FULL", project_id=project, **at), 404, "Secret with name 'FULL' not found", "a deleted secret")
    refused(lambda: update("FULL", project_id=project, secret_value="x", **at), 404, "Secret with name FULL not found", "update of none")
    error = check.fails(APIError, lambda: delete("FULL", project_id=project, **at), "delete of none")
    check.equal(error.status_code, 404, "delete of none")
    error = check.fails(APIError, lambda: listed(client, "nowhere"), "a list in an unknown environment")
    check.equal(error.status_code, 404, "a list in an unknown environment")
    error = check.fails(APIError, lambda: listed(client, "dev", path="/nowhere"), "a list in an unknown folder")
    check.equal(error.status_code, 404, "a list in an unknown folder")
    check.fails(ValueError, lambda: client.secrets.list_secrets("dev", "/"), "no project at all")

    stranger = new_client()
    stranger.auth.universal_auth.login(given("STRANGER_ID"), given("STRANGER_SECRET"))
    for what, call in {
        "list": lambda: listed(stranger, "dev"),
        "get": lambda: stranger.secrets.get_secret_by_name("NAME", project_id=project, **at),
        "create": lambda: stranger.secrets.create_secret_by_name("X", project_id=project, secret_value="x", **at),
    }.items():
        error = check.fails(APIError, call, f"{what} by a stranger")
        check.equal(error.status_code, 403, f"{what} by a stranger")
        check.true(isinstance(error.response["message"], str), f"{what} by a stranger")


def imports(client):
    """The test has made an import of the root of `dev` in the root of `staging`."""
    client.secrets.create_secret_by_name("OWN", "/", "staging", project_id=project, secret_value="own")
    answer = listed(client, "staging")
    check.equal(values(answer), {"OWN": "own"}, "own secrets")
    check.equal(len(answer.imports), 1, "one import")
    imported = answer.imports[0]
    check.equal((imported.environment, imported.secretPath), ("dev", "/"), "where the import comes from")
    check.true(imported.folderId, "the import's folder")
    found = {secret["secretKey"]: secret["secretValue"] for secret in imported.secrets}
    check.equal(found, {"DATABASE_URL": "postgres://db2/shop", "NAME": "shop"}, "imported secrets")
    check.equal(listed(client, "staging", include_imports=False).imports, [], "no imports when not asked")
    check.equal(client.secrets.get_secret_by_name("NAME", "staging", "/", project_id=project).secretValue, "shop", "get through an import")
    error = check.fails(
        APIError,
        lambda: client.secrets.get_secret_by_name("NAME", "staging", "/", project_id=project, include_imports=False),
        "get without imports",
    )
    check.equal(error.status_code, 404, "get without imports")


def folders(client):
    place = {"environment_slug": "dev", "project_id": project}
    made = client.folders.create_folder("app", path="/", description="the app", **place)
    check.equal((made.name, made.path, made.description), ("app", "/app", "the app"), "create a folder")
    inner = client.folders.create_folder("inner", path="/app", **place)
    check.equal((inner.path, inner.parentId, inner.envId), ("/app/inner", made.id, made.envId), "a folder in a folder")
    check.equal(client.folders.create_folder("app", **place).id, made.id, "the same folder twice is one folder")
    client.secrets.create_secret_by_name("DEEP", "/app/inner", "dev", project_id=project, secret_value="deep")

    top = client.folders.list_folders(project, "dev", "/").folders
    check.equal([folder.name for folder in top], ["app"], "list folders")
    check.equal((top[0].id, top[0].relativePath in (None, "/app")), (made.id, True), "list folders: the folder")
    tree = client.folders.list_folders(project, "dev", "/", recursive=True).folders
    check.equal(sorted(folder.relativePath for folder in tree), ["/app", "/app/inner"], "list folders: all below")
    past = datetime(2020, 1, 1, tzinfo=timezone.utc)
    recent = client.folders.list_folders(project, "dev", "/app", last_secret_modified=past).folders
    check.equal([folder.name for folder in recent], ["inner"], "list folders by change")
    future = datetime(2200, 1, 1)
    check.equal(client.folders.list_folders(project, "dev", "/app", last_secret_modified=future).folders, [], "none changed so late")

    got = client.folders.get_folder_by_id(inner.id)
    check.equal((got.name, got.path, got.projectId), ("inner", "/app/inner", project), "get a folder")
    check.equal((got.environment.envId, got.environment.envSlug), (made.envId, "dev"), "get a folder: environment")
    renamed = client.folders.update_folder(inner.id, "core", path="/app", description="the core", **place)
    check.equal((renamed.id, renamed.name, renamed.path), (inner.id, "core", "/app/core"), "update a folder")
    check.equal(renamed.description, "the core", "update a folder: description")
    check.equal(values(listed(client, "dev", path="/app/core")), {"DEEP": "deep"}, "the secret moved along")
    check.equal(values(listed(client, "dev", recursive=True))["DEEP"], "deep", "list all below")

    refused(
        lambda: client.folders.get_folder_by_id("00000000-0000-4000-8000-000000000000"), 404,
        "Folder with ID '00000000-0000-4000-8000-000000000000' not found", "a folder that is not there",
    )
    gone = client.folders.delete_folder("core", path="/app", force_delete=True, **place)
    check.equal((gone.id, gone.name), (inner.id, "core"), "delete a folder by name")
    check.equal(client.folders.delete_folder(made.id, force_delete=True, **place).name, "app", "delete a folder by id")
    check.equal(client.folders.list_folders(project, "dev", "/").folders, [], "no folders left")


def caching():
    client = InfisicalSDKClient(host=given("URL"), cache_ttl=60)
    client.auth.universal_auth.login(given("CLIENT_ID"), given("CLIENT_SECRET"))
    first = listed(client, "dev")
    check.equal(listed(client, "dev"), first, "a cached list")
    client.secrets.create_secret_by_name("LATE", "/", "dev", project_id=project, secret_value="late")
    check.equal(values(listed(client, "dev"))["LATE"], "late", "a write drops the cached list")
    check.equal(client.secrets.get_secret_by_name("LATE", "dev", "/", project_id=project).secretValue, "late", "a cached secret")
    client.secrets.delete_secret_by_name("LATE", "/", "dev", project_id=project)
    error = check.fails(
        APIError, lambda: client.secrets.get_secret_by_name("LATE", "dev", "/", project_id=project), "a deletion drops the cached secret"
    )
    check.equal(error.status_code, 404, "a deletion drops the cached secret")
    client.close()


def kms(client):
    keys = client.kms
    made = keys.create_key("orders", project, SymmetricEncryption.AES_GCM_256, description="for orders")
    check.equal((made.name, made.projectId, made.description), ("orders", project, "for orders"), "create a key")
    check.equal((made.encryptionAlgorithm, made.isDisabled, made.version), ("aes-256-gcm", False, 1), "create a key: kind")
    plain = keys.create_key("archive", project, SymmetricEncryption.AES_GCM_128)
    check.equal(plain.encryptionAlgorithm, "aes-128-gcm", "a key of the other size")
    error = check.fails(APIError, lambda: keys.create_key("orders", project, SymmetricEncryption.AES_GCM_256), "the same name twice")
    check.true(error.status_code in (400, 409), "the same name twice")

    answer = keys.list_keys(project)
    check.equal(([key.name for key in answer.keys], answer.totalCount), (["archive", "orders"], 2), "list keys")
    answer = keys.list_keys(project, offset=0, limit=1, order_by=KmsKeysOrderBy.NAME, order_direction=OrderDirection.DESC)
    check.equal(([key.name for key in answer.keys], answer.totalCount), (["orders"], 2), "list keys: a page")
    check.equal([key.name for key in keys.list_keys(project, search="arch").keys], ["archive"], "search keys")
    check.equal(keys.get_key_by_id(made.id), made, "get a key")
    check.equal(keys.get_key_by_name("orders", project), made, "get a key by name")

    for key in (made, plain):
        sealed = keys.encrypt_data(key.id, base64_text("sensitive"))
        check.true(sealed not in ("", base64_text("sensitive")), "encrypt")
        check.equal(keys.decrypt_data(key.id, sealed), base64_text("sensitive"), "decrypt")
    check.fails(APIError, lambda: keys.decrypt_data(plain.id, keys.encrypt_data(made.id, base64_text("x"))), "decrypt with another key")

    updated = keys.update_key(made.id, name="orders-2", is_disabled=True, description="closed")
    check.equal((updated.name, updated.isDisabled, updated.description), ("orders-2", True, "closed"), "update a key")
    error = check.fails(APIError, lambda: keys.encrypt_data(made.id, base64_text("x")), "encrypt with a disabled key")
    check.equal(error.status_code, 400, "encrypt with a disabled key")
    check.equal(keys.delete_key(made.id).id, made.id, "delete a key")
    check.equal(keys.delete_key(plain.id).name, "archive", "delete a key")
    error = check.fails(APIError, lambda: keys.get_key_by_id(made.id), "a deleted key")
    check.equal(error.status_code, 404, "a deleted key")


def dynamic_secrets(client):
    """Keyferry has none; each method ends in an error that the client understands."""
    at = {"project_slug": slug, "environment_slug": "dev"}
    some = "00000000-0000-4000-8000-000000000000"
    dynamic = client.dynamic_secrets
    calls = {
        "create": lambda: dynamic.create("db", "redis", {"host": "db"}, "1h", "24h", **at),
        "update": lambda: dynamic.update("db", default_ttl="2h", new_name="db2", **at),
        "get": lambda: dynamic.get_by_name("db", **at),
        "delete": lambda: dynamic.delete("db", **at),
        "lease": lambda: dynamic.leases.create("db", ttl="1h", **at),
        "get lease": lambda: dynamic.leases.get(some, **at),
        "renew lease": lambda: dynamic.leases.renew(some, ttl="1h", **at),
        "revoke lease": lambda: dynamic.leases.revoke(some, is_forced=True, **at),
    }
    for what, call in calls.items():
        error = check.fails(APIError, call, f"dynamic secrets: {what}")
        check.equal(error.status_code, 404, f"dynamic secrets: {what}")
        check.equal(error.response["statusCode"], 404, f"dynamic secrets: {what}")


client = auth()
secrets(client)
imports(client)
folders(client)
caching()
if given("KMS") == "yes":
    kms(client)
dynamic_secrets(client)
client.close()
check.done()
