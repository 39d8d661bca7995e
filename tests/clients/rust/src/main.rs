//! Every method of the crate `infisical`, against a running server.

mod checks;
mod kms;
mod secrets;

use infisical::{AuthMethod, Client, InfisicalError};

use checks::{given, Checks};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut check = Checks::default();
    let client = auth(&mut check).await;
    secrets::all(&client, &mut check).await;
    secrets::imports(&client, &mut check).await;
    if given("KMS") == "yes" {
        kms::all(&client, &mut check).await;
    }
    check.done();
}

async fn new_client() -> Client {
    // The client does not tidy its address up: a slash at the end makes two in every path.
    Client::builder().base_url(given("URL") + "/").user_agent("infisical-rs").build().await.unwrap()
}

async fn auth(check: &mut Checks) -> Client {
    let mut client = new_client().await;
    let unread = client.secrets().list(secrets::list("dev").build()).await;
    check.that(matches!(unread, Err(InfisicalError::NotAuthenticated)), "a read without a login");
    let wrong = AuthMethod::new_universal_auth(given("CLIENT_ID"), "0".repeat(64));
    check.refused(client.login(wrong).await, 401, "Invalid credentials", "a login with a wrong secret");
    client.login(AuthMethod::new_universal_auth(given("CLIENT_ID"), given("CLIENT_SECRET"))).await.unwrap();
    check.that(client.logged_in, "the login");
    client
}

pub async fn stranger() -> Client {
    let mut client = new_client().await;
    client.login(AuthMethod::new_universal_auth(given("STRANGER_ID"), given("STRANGER_SECRET"))).await.unwrap();
    client
}
