use http::StatusCode;

use super::stage;

/// How many elements a page has.
fn elements(html: &str) -> usize {
    html.as_bytes().windows(2).filter(|pair| pair[0] == b'<' && pair[1].is_ascii_alphabetic()).count()
}

#[tokio::test]
async fn ten_thousand_secrets_come_in_small_pages_in_order() {
    let mut stage = stage().await;
    for from in (0..10_000).step_by(1_000) {
        let keys: Vec<String> = (from..from + 1_000).map(|n| format!("KEY_{n:05}")).collect();
        let pairs: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), "canary-in-a-list")).collect();
        for environment in ["dev", "prod"] {
            stage.put(environment, &pairs).await;
        }
    }
    for path in ["overview", "secrets/dev"] {
        let first = stage.browser.get(&format!("{}/{path}", stage.base)).await;
        first.says(StatusCode::OK, &["KEY_00000", "KEY_00099", "100 of 10,000 secrets", "rel=\"next\""]);
        assert!(first.body.len() <= 400_000, "{path}: {} bytes", first.body.len());
        assert!(elements(&first.body) <= 3_000, "{path}: {} elements", elements(&first.body));
        assert!(!first.body.contains("KEY_00100") && !first.body.contains("canary-in-a-list"));
        let middle = stage.browser.get(&format!("{}/{path}?after=KEY_04999", stage.base)).await;
        middle.says(StatusCode::OK, &["KEY_05000", "KEY_05099", "rel=\"prev\"", "rel=\"next\""]);
        let back = stage.browser.get(&format!("{}/{path}?before=KEY_05000", stage.base)).await;
        back.says(StatusCode::OK, &["KEY_04900", "KEY_04999"]);
        let last = stage.browser.get(&format!("{}/{path}?after=KEY_09899", stage.base)).await;
        last.says(StatusCode::OK, &["KEY_09999"]);
        assert!(!last.body.contains("rel=\"next\""));
        let downwards = stage.browser.get(&format!("{}/{path}?sort=-key&size=50", stage.base)).await;
        downwards.says(StatusCode::OK, &["KEY_09999", "KEY_09950", "50 of 10,000 secrets"]);
        assert!(!downwards.body.contains("KEY_09949"));
        let found = stage.browser.get(&format!("{}/{path}?search=key_0123", stage.base)).await;
        found.says(StatusCode::OK, &["KEY_01239", "10 secrets"]);
    }
}
