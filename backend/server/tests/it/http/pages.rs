//! Pages for browsers keep to what their policy allows: files of ours, no script inside a page.

use reqwest::Method;

use super::Api;
use crate::app::world::run;
use crate::common::on_both;

on_both! {
    fn pages_hold_no_script_and_their_policy_allows_none(test: TestDb) {
        run(async {
            let api = Api::start(test);
            for (page, scripts) in [("/", 0), ("/api/docs/", 3), ("/api/docs/index.html", 3)] {
                let response = api.request(Method::GET, page).send().await.unwrap();
                let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
                let directive = |name| policy.split("; ").find(|directive: &&str| directive.starts_with(name));
                assert_eq!(directive("default-src"), Some("default-src 'none'"), "{page}");
                assert_eq!(directive("script-src"), Some("script-src 'self'"), "{page}");
                let text = response.text().await.unwrap();
                let found: Vec<&str> = text.split("<script").skip(1).collect();
                assert_eq!(found.len(), scripts, "{page}");
                for script in found {
                    let (tag, rest) = script.split_once('>').unwrap();
                    let inside = rest.split_once("</script>").unwrap().0;
                    assert!(tag.contains(" src=\"./") && inside.trim().is_empty(), "{page}: {script}");
                }
                assert!(!text.contains(" style=") && !text.contains(" onload="), "{page}");
            }
            api.stop().await;
        });
    }
}
