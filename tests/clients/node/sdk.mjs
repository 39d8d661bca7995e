// Every method of the npm package `@infisical/sdk`, newest or 4.x, against a running server.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

import { done, equal, fails, given } from "./checks.mjs";

// The package lies where the test installed it, not beside this script.
const modules = given("MODULES");
const require = createRequire(path.join(modules, "package.json"));
const sdk = await import(pathToFileURL(require.resolve("@infisical/sdk")));
const { DynamicSecretProviders, EncryptionAlgorithm, InfisicalSDK, KeyUsage, SecretType, SigningAlgorithm } = sdk.default ?? sdk;
const major = given("MAJOR");

const projectId = given("PROJECT_ID");
const at = { projectId, environment: "dev" };
const newClient = () => new InfisicalSDK({ siteUrl: given("URL") });
const values = (secrets) => Object.fromEntries(secrets.map((secret) => [secret.secretKey, secret.secretValue]));

/** What the client makes of a refusal with a text; the two versions write method and address in their own way. */
const refused = async (call, status, message, what) => {
  const error = await fails("InfisicalSDKRequestError", call, what);
  const form = major === "4" ? /^\[URL=\/api\/[^\]]*\] \[Method=[a-z]+\] \[StatusCode=(\d+)\] (.*)$/s
    : /^\[URL=http:\/\/[^\]]*\/api\/[^\]]*\] \[Method=[A-Z]+\] \[StatusCode=(\d+)\] (.*)$/s;
  const found = form.exec(error.message);
  equal(found === null, false, `${what}: ${error.message}`);
  equal(Number(found[1]), status, `${what}: ${error.message}`);
  if (message !== undefined) equal(found[2], message, what);
};

const auth = async () => {
  const client = newClient();
  equal(client.auth().getAccessToken(), null, "no token before the login");
  await refused(() => client.secrets().listSecrets(at), 401, "Token missing", "a read without a token");
  await fails("InfisicalSDKError", () => client.auth().universalAuth.renew(), "renewing no token");
  const credentials = { clientId: given("CLIENT_ID"), clientSecret: given("CLIENT_SECRET") };
  await refused(
    () => newClient().auth().universalAuth.login({ ...credentials, clientSecret: "0".repeat(64) }),
    401, "Invalid credentials", "a login with a wrong secret",
  );
  await client.auth().universalAuth.login(credentials);
  const token = client.auth().getAccessToken();
  equal(typeof token, "string", "the login sets the token");
  await client.auth().universalAuth.renew();
  equal(typeof client.auth().getAccessToken(), "string", "the renewal sets the token");
  equal((await client.secrets().listSecrets(at)).secrets, [], "the renewed token is good for reads");
  const other = newClient();
  other.auth().accessToken(client.auth().getAccessToken());
  await other.auth().awsIamAuth.renew();
  equal((await other.secrets().listSecrets(at)).secrets, [], "a token given at once");
  await refused(() => newClient().auth().awsIamAuth.login({ identityId: given("IDENTITY_ID") }), 404, undefined, "the AWS login");
  return client;
};

const secrets = async (client) => {
  const tag = given("TAG_ID");
  const { secret: created } = await client.secrets().createSecret("DATABASE_URL", {
    ...at, secretValue: "postgres://db/${NAME}", secretComment: "for the app", secretPath: "/", secretReminderNote: "rotate",
    secretReminderRepeatDays: 30, skipMultilineEncoding: true, tagIds: [tag], type: SecretType.Shared,
  });
  equal([created.secretKey, created.secretValue], ["DATABASE_URL", "postgres://db/${NAME}"], "create");
  equal([created.secretComment, created.type, created.version], ["for the app", "shared", 1], "create: comment");
  equal([created.workspace, created.environment, created.secretPath], [projectId, "dev", "/"], "create: place");
  equal([created.secretReminderNote, created.secretReminderRepeatDays], ["rotate", 30], "create: reminder");
  equal([created.skipMultilineEncoding, created.secretValueHidden], [true, false], "create: flags");
  equal(created.tags.map((each) => [each.id, each.slug]), [[tag, "client"]], "create: tags");
  await client.secrets().createSecret("NAME", { ...at, secretValue: "shop" });
  await client.secrets().createSecret("EMPTY", { ...at, secretValue: "" });
  // A name that has to be escaped in the path and is decoded once.
  const odd = "a%2Fb c+d";
  equal((await client.secrets().createSecret(odd, { ...at, secretValue: "odd" })).secret.secretKey, odd, "create: an odd name");
  equal((await client.secrets().getSecret({ ...at, secretName: odd })).secretValue, "odd", "get: an odd name");
  equal((await client.secrets().deleteSecret(odd, at)).secret.secretKey, odd, "delete: an odd name");
  await refused(() => client.secrets().createSecret("NAME", { ...at, secretValue: "x" }), 400, "Secret already exists", "the same key twice");

  const get = (secretName, more) => client.secrets().getSecret({ ...at, secretName, ...more });
  equal((await get("DATABASE_URL")).secretValue, "postgres://db/shop", "get expands references");
  const raw = await get("DATABASE_URL", { expandSecretReferences: false, includeImports: true, secretPath: "/", type: SecretType.Shared });
  equal([raw.secretValue, raw.id], ["postgres://db/${NAME}", created.id], "get, unexpanded");
  const hidden = await get("NAME", { viewSecretValue: false });
  equal([hidden.secretValueHidden, hidden.secretValue === "shop"], [true, false], "get: a hidden value");

  const all = { DATABASE_URL: "postgres://db/shop", EMPTY: "", NAME: "shop" };
  const listed = await client.secrets().listSecrets(at);
  equal(values(listed.secrets), all, "list");
  equal(listed.secrets.map((secret) => secret.secretKey), Object.keys(all), "list: order");
  const tagged = await client.secrets().listSecrets({ ...at, tagSlugs: ["client", "other"], expandSecretReferences: false, secretPath: "/" });
  equal(values(tagged.secrets), { DATABASE_URL: "postgres://db/${NAME}" }, "list by tags, unexpanded");
  const masked = await client.secrets().listSecrets({ ...at, viewSecretValue: false });
  equal(masked.secrets.every((secret) => secret.secretValueHidden), true, "list: hidden");
  await client.secrets().listSecrets({ ...at, attachToProcessEnv: true, includeImports: true });
  equal(process.env.NAME, "shop", "list into the environment");

  const { secret: updated } = await client.secrets().updateSecret("EMPTY", {
    ...at, secretValue: "full", newSecretName: "FULL", secretComment: "filled", secretPath: "/", secretReminderNote: "soon",
    secretReminderRepeatDays: 7, skipMultilineEncoding: true, tagIds: [tag], type: SecretType.Shared, metadata: { owner: "team-a" },
  });
  equal([updated.secretKey, updated.secretValue, updated.secretComment, updated.version], ["FULL", "full", "filled", 2], "update");
  const { secret: least } = await client.secrets().updateSecret("DATABASE_URL", { ...at, secretValue: "postgres://db2/${NAME}" });
  equal([least.version, least.secretComment, least.skipMultilineEncoding], [2, "for the app", true], "update keeps what it does not name");
  const first = await get("DATABASE_URL", { version: 1, expandSecretReferences: false });
  equal([first.version, first.secretValue], [1, "postgres://db/${NAME}"], "get an old version");
  await refused(() => client.secrets().updateSecret("NONE", { ...at, secretValue: "x" }), 404, "Secret with name NONE not found", "update of none");

  const { secret: gone } = await client.secrets().deleteSecret("FULL", { ...at, secretPath: "/", type: SecretType.Shared });
  equal([gone.secretKey, gone.id], ["FULL", updated.id], "delete");
  await refused(() => get("FULL"), 404, "Secret with name 'FULL' not found", "a deleted secret");
  await refused(() => client.secrets().deleteSecret("FULL", at), 404, undefined, "delete of none");
  await refused(() => client.secrets().listSecrets({ projectId, environment: "nowhere" }), 404, undefined, "an unknown environment");

  const stranger = newClient();
  await stranger.auth().universalAuth.login({ clientId: given("STRANGER_ID"), clientSecret: given("STRANGER_SECRET") });
  await refused(() => stranger.secrets().listSecrets(at), 403, undefined, "a list by a stranger");
  await refused(() => stranger.secrets().createSecret("X", { ...at, secretValue: "x" }), 403, undefined, "a secret by a stranger");
};

// A refusal for its form has a list in `message`, which version 5 cannot show and version 4 shows as text.
const refusedForm = async (client) => {
  const call = () => client.secrets().createSecret("X", { projectId: 7, environment: "dev", secretValue: "x" });
  if (major === "4") {
    const error = await fails("InfisicalSDKRequestError", call, "a wrong form");
    equal(error.message.includes("[StatusCode=422]"), true, `a wrong form: ${error.message}`);
  } else {
    const error = await fails("InfisicalSDKError", call, "a wrong form");
    equal(error.message, "Request failed with status 422", "a wrong form");
  }
};

// The test has made an import of the root of `dev` in the root of `staging`.
const imports = async (client) => {
  const staging = { projectId, environment: "staging" };
  await client.secrets().createSecret("OWN", { ...staging, secretValue: "own" });
  const listed = await client.secrets().listSecrets({ ...staging, includeImports: true });
  equal(values(listed.secrets), { OWN: "own" }, "own secrets");
  equal(listed.imports.map((each) => [each.environment, each.secretPath, typeof each.folderId]), [["dev", "/", "string"]], "imports");
  equal(values(listed.imports[0].secrets), { DATABASE_URL: "postgres://db2/shop", NAME: "shop" }, "imported secrets");
  const merged = await client.secrets().listSecretsWithImports(staging);
  equal(values(merged), { DATABASE_URL: "postgres://db2/shop", NAME: "shop", OWN: "own" }, "a list with imports");
};

const folders = async (client) => {
  const made = await client.folders().create({ ...at, name: "app", path: "/", description: "the app" });
  equal([made.name, made.description], ["app", "the app"], "create a folder");
  const inner = await client.folders().create({ ...at, name: "inner", path: "/app" });
  equal(inner.parentId, made.id, "a folder in a folder");
  const listed = await client.folders().listFolders(at);
  equal(listed.map((folder) => folder.name), ["app"], "list folders");
  const tree = await client.folders().listFolders({ ...at, path: "/", recursive: true });
  equal(tree.map((folder) => folder.name).sort(), ["app", "inner"], "list folders: all below");
  const late = await client.folders().listFolders({ ...at, path: "/", lastSecretModified: "2200-01-01T00:00:00Z" });
  equal(late, [], "none changed so late");
  equal((await client.folders().create({ ...at, name: "app", path: "/" })).id, made.id, "the same folder twice is one folder");
};

const projects = async (client) => {
  const name = `Node ${major}`;
  const made = await client.projects().create({ projectName: name, type: "secret-manager", projectDescription: "made by a client", slug: `node-${major}-made` });
  equal([made.name, made.slug, made.description], [name, `node-${major}-made`, "made by a client"], "create a project");
  equal(made.environments.map((each) => each.slug), ["dev", "staging", "prod"], "create a project: environments");
  const environment = await client.environments().create({ name: "Test", slug: "test", projectId: made.id, position: 1 });
  equal([environment.name, environment.slug, environment.position], ["Test", "test", 1], "create an environment");
  await client.secrets().createSecret("FIRST", { projectId: made.id, environment: "test", secretValue: "1" });
  const members = await client.projects().inviteMembers({ projectId: made.id, usernames: [given("MEMBER")], roleSlugs: ["member"] });
  equal(members.map((each) => each.userId), [given("MEMBER_ID")], "invite by name");
  const emails = await client.projects().inviteMembers({ projectId, emails: [given("MEMBER")] });
  equal(emails.map((each) => [each.userId, each.projectId]), [[given("MEMBER_ID"), projectId]], "invite by address");
  await fails("InfisicalSDKError", () => client.projects().inviteMembers({ projectId }), "invite nobody");
  await refused(() => client.projects().create({ projectName: name, type: "secret-manager", slug: `node-${major}-made` }), 400, undefined, "the same slug twice");
};

const base64 = (text) => Buffer.from(text).toString("base64");

const kms = async (client) => {
  const { keys, encryption, signing } = client.kms();
  const key = await keys().create({
    projectId, name: "orders", description: "for orders", keyUsage: KeyUsage.ENCRYPTION, encryptionAlgorithm: EncryptionAlgorithm.AES_256_GCM,
  });
  equal([key.name, key.keyUsage, key.encryptionAlgorithm], ["orders", "encrypt-decrypt", "aes-256-gcm"], "create a key");
  equal((await keys().getByName({ projectId, name: "orders" })).id, key.id, "get a key by name");
  const ciphertext = await encryption().encrypt({ keyId: key.id, plaintext: base64("sensitive") });
  equal(await encryption().decrypt({ keyId: key.id, ciphertext }), base64("sensitive"), "decrypt");
  for (const [name, algorithm, signingAlgorithm] of [
    ["rsa", EncryptionAlgorithm.RSA_4096, SigningAlgorithm.RSASSA_PSS_SHA_256],
    ["ecc", EncryptionAlgorithm.ECC_NIST_P256, SigningAlgorithm.ECDSA_SHA_256],
  ]) {
    const pair = await keys().create({ projectId, name, keyUsage: KeyUsage.SIGNING, encryptionAlgorithm: algorithm });
    equal((await signing().listSigningAlgorithms({ keyId: pair.id })).includes(signingAlgorithm), true, `${name}: algorithms`);
    equal(typeof (await signing().getPublicKey({ keyId: pair.id })), "string", `${name}: public key`);
    const signed = await signing().sign({ keyId: pair.id, data: base64("order"), signingAlgorithm, isDigest: false });
    equal([signed.keyId, signed.signingAlgorithm], [pair.id, signingAlgorithm], `${name}: sign`);
    const asked = { keyId: pair.id, signature: signed.signature, signingAlgorithm, isDigest: false };
    equal((await signing().verify({ ...asked, data: base64("order") })).signatureValid, true, `${name}: verify`);
    equal((await signing().verify({ ...asked, data: base64("other") })).signatureValid, false, `${name}: verify other data`);
    equal((await keys().delete({ keyId: pair.id })).id, pair.id, `${name}: delete`);
  }
  equal((await keys().delete({ keyId: key.id })).name, "orders", "delete a key");
  await refused(() => keys().getByName({ projectId, name: "orders" }), 404, undefined, "a deleted key");
};

// Keyferry has none; each method ends in an error that the client understands.
const dynamicSecrets = async (client) => {
  const place = { projectSlug: given("PROJECT_SLUG"), environmentSlug: "dev", path: "/" };
  const some = "00000000-0000-4000-8000-000000000000";
  const dynamic = client.dynamicSecrets();
  const inputs = { clusterName: "c", accessKeyId: "k", secretAccessKey: "s", region: "eu", creationStatement: "c", revocationStatement: "r" };
  const provider = { type: DynamicSecretProviders.AwsElastiCache, inputs };
  await refused(() => dynamic.create({ ...place, name: "db", provider, defaultTTL: "1h", maxTTL: "24h" }), 404, undefined, "create");
  await refused(() => dynamic.delete("db", { ...place, isForced: true }), 404, undefined, "delete");
  await refused(() => dynamic.leases.create({ ...place, dynamicSecretName: "db", ttl: "1h" }), 404, undefined, "lease");
  await refused(() => dynamic.leases.renew(some, { ...place, ttl: "1h" }), 404, undefined, "renew");
  await refused(() => dynamic.leases.delete(some, place), 404, undefined, "revoke");
};

const client = await auth();
await secrets(client);
await refusedForm(client);
await imports(client);
await folders(client);
await projects(client);
if (given("KMS") === "yes") await kms(client);
await dynamicSecrets(client);
done();
