"""Every method of the Python package `infisical-python`, whose core is compiled, against a running server."""

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

from checks import Checks, given  # noqa: E402
from infisical_client import (  # noqa: E402
    AuthenticationOptions,
    ClientSettings,
    CreateSecretOptions,
    DecryptSymmetricOptions,
    DeleteSecretOptions,
    EncryptSymmetricOptions,
    GetSecretOptions,
    InfisicalClient,
    ListSecretsOptions,
    UniversalAuthMethod,
    UpdateSecretOptions,
)

check = Checks()
project = given("PROJECT_ID")
at = {"project_id": project, "environment": "dev"}


def new_client(client_id=None, secret=None):
    method = UniversalAuthMethod(client_id or given("CLIENT_ID"), secret or given("CLIENT_SECRET"))
    # No cache, so that every read reaches the server.
    return InfisicalClient(ClientSettings(site_url=given("URL"), cache_ttl=0, auth=AuthenticationOptions(universal_auth=method)))


def refused(call, text, what):
    error = check.fails(Exception, call, what)
    check.true(text in str(error), f"{what}: {error}")


def auth():
    refused(lambda: new_client(secret="0" * 64).listSecrets(ListSecretsOptions(**at)), "Invalid credentials", "a login with a wrong secret")
    deprecated = ClientSettings(
        site_url=given("URL"), cache_ttl=0, client_id=given("CLIENT_ID"), client_secret=given("CLIENT_SECRET")
    )
    check.equal(InfisicalClient(deprecated).listSecrets(ListSecretsOptions(**at)), [], "the older form of the settings")
    by_token = ClientSettings(site_url=given("URL"), cache_ttl=0, auth=AuthenticationOptions(access_token=given("TOKEN")))
    check.equal(InfisicalClient(by_token).listSecrets(ListSecretsOptions(**at)), [], "an access token")


def secrets(client):
    created = client.createSecret(
        CreateSecretOptions(secret_name="DATABASE_URL", secret_value="postgres://db/${NAME}", secret_comment="for the app", path="/",
                            type="shared", skip_multiline_encoding=True, **at)
    )
    check.equal((created.secret_key, created.secret_value), ("DATABASE_URL", "postgres://db/${NAME}"), "create")
    check.equal((created.secret_comment, created.type, created.version), ("for the app", "shared", 1), "create: comment")
    check.equal((created.workspace, created.environment), (project, "dev"), "create: place")
    short = client.createSecret(CreateSecretOptions(secret_name="NAME", secret_value="shop", **at))
    check.equal((short.secret_value, short.secret_comment), ("shop", ""), "create with the least")
    refused(
        lambda: client.createSecret(CreateSecretOptions(secret_name="NAME", secret_value="x", **at)), "Secret already exists",
        "the same key twice",
    )

    got = client.getSecret(GetSecretOptions(secret_name="NAME", **at))
    check.equal((got.secret_key, got.secret_value, got.version), ("NAME", "shop", 1), "get")
    got = client.getSecret(GetSecretOptions(secret_name="DATABASE_URL", path="/", type="shared", include_imports=False,
                                            expand_secret_references=True, **at))
    check.equal(got.secret_value, "postgres://db/${NAME}", "get: the client never asks for references")

    listed = client.listSecrets(ListSecretsOptions(**at))
    check.equal([(each.secret_key, each.secret_value) for each in listed], [("DATABASE_URL", "postgres://db/shop"), ("NAME", "shop")], "list")
    listed = client.listSecrets(ListSecretsOptions(expand_secret_references=False, include_imports=True, recursive=True, path="/",
                                                   attach_to_process_env=True, **at))
    check.equal({each.secret_key: each.secret_value for each in listed}["DATABASE_URL"], "postgres://db/${NAME}", "list, unexpanded")
    check.equal(os.environ.pop("NAME"), "shop", "list into the environment")
    os.environ.pop("DATABASE_URL")

    updated = client.updateSecret(UpdateSecretOptions(secret_name="NAME", secret_value="store", path="/", type="shared",
                                                      skip_multiline_encoding=False, **at))
    check.equal((updated.secret_key, updated.secret_value, updated.version), ("NAME", "store", 2), "update")
    check.equal(client.updateSecret(UpdateSecretOptions(secret_name="NAME", secret_value="shop", **at)).version, 3, "update with the least")
    refused(lambda: client.updateSecret(UpdateSecretOptions(secret_name="NONE", secret_value="x", **at)), "not found", "update of none")

    gone = client.deleteSecret(DeleteSecretOptions(secret_name="NAME", path="/", type="shared", **at))
    check.equal((gone.secret_key, gone.secret_value), ("NAME", "shop"), "delete")
    refused(lambda: client.getSecret(GetSecretOptions(secret_name="NAME", **at)), "Secret with name 'NAME' not found", "a deleted secret")
    check.equal(client.deleteSecret(DeleteSecretOptions(secret_name="DATABASE_URL", **at)).secret_key, "DATABASE_URL", "delete with the least")
    check.equal(client.listSecrets(ListSecretsOptions(**at)), [], "an empty list")
    refused(lambda: client.listSecrets(ListSecretsOptions(project_id=project, environment="nowhere")), "not found", "an unknown environment")


def imports(client):
    """The test has made an import of the root of `dev` in the root of `staging`."""
    client.createSecret(CreateSecretOptions(secret_name="SHARED", secret_value="everywhere", **at))
    listed = client.listSecrets(ListSecretsOptions(project_id=project, environment="staging", include_imports=True))
    check.equal([(each.secret_key, each.secret_value) for each in listed], [("SHARED", "everywhere")], "list with imports")
    got = client.getSecret(GetSecretOptions(secret_name="SHARED", project_id=project, environment="staging", include_imports=True))
    check.equal(got.secret_value, "everywhere", "get through an import")


def strangers():
    stranger = new_client(given("STRANGER_ID"), given("STRANGER_SECRET"))
    error = check.fails(Exception, lambda: stranger.listSecrets(ListSecretsOptions(**at)), "a stranger")
    # The server's refusal, and no answer that could not be read.
    check.true("is not a member" in str(error).lower() or "not allowed" in str(error).lower() or "403" in str(error), f"a stranger: {error}")


def symmetric(client):
    """Nothing of this reaches the server."""
    key = client.createSymmetricKey()
    sealed = client.encryptSymmetric(EncryptSymmetricOptions(key=key, plaintext="plain"))
    options = DecryptSymmetricOptions(key=key, ciphertext=sealed.ciphertext, iv=sealed.iv, tag=sealed.tag)
    check.equal(client.decryptSymmetric(options), "plain", "symmetric encryption")


client = new_client()
auth()
secrets(client)
imports(client)
strangers()
symmetric(client)
check.done()
