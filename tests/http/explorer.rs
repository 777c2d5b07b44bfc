//! The explorer's page, files and steps, as a browser requests them.

use reqwest::{
    Client, Response,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
        ETAG, HeaderName, IF_NONE_MATCH,
    },
};
use serde_json::{Value, json};
use torg::http::explorer::{Asset, Bundle, ExplorerStep, embedded, router_of};

const SAMPLE: Bundle = Bundle {
    page: "<script src=\"/explorer/assets/app-1.js\"></script>",
    assets: &[Asset {
        name: "app-1.js",
        plain: b"let a = 1;",
        gzip: b"(gzipped)",
    }],
};

struct Site {
    address: String,
    client: Client,
}

impl Site {
    /// Serves the explorer until the test's runtime ends.
    async fn serve(bundle: Option<Bundle>, steps: Vec<ExplorerStep>) -> Site {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = router_of(bundle, steps, "/graphql");
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Site {
            address,
            client: Client::new(),
        }
    }

    async fn get(&self, path: &str, headers: &[(HeaderName, &str)]) -> Response {
        let mut request = self.client.get(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        request.send().await.unwrap()
    }

    async fn steps(&self) -> Value {
        serde_json::from_str(
            &self
                .get("/explorer/steps.json", &[])
                .await
                .text()
                .await
                .unwrap(),
        )
        .unwrap()
    }
}

fn step(token: &str) -> ExplorerStep {
    ExplorerStep {
        group: "Anyone".into(),
        title: "Read the viewer".into(),
        person: Some("Ada".into()),
        query: "query Viewer { viewer { id } }".into(),
        variables: Value::Null,
        takes: json!({}),
        headers: json!({ "Authorization": format!("Bearer {token}") }),
    }
}

fn header(response: &Response, name: HeaderName) -> &str {
    response
        .headers()
        .get(&name)
        .unwrap_or_else(|| panic!("no header {name}"))
        .to_str()
        .unwrap()
}

/// Returns the values of these attributes in the page's markup.
fn references<'a>(page: &'a str, attributes: &[&str]) -> Vec<&'a str> {
    let value_after = |attribute: &&str| {
        let opening = format!("{attribute}=\"");
        page.match_indices(&opening)
            .map(|(at, _)| page[at + opening.len()..].split('"').next().unwrap())
            .collect::<Vec<_>>()
    };
    attributes.iter().flat_map(value_after).collect()
}

#[tokio::test]
async fn every_file_of_the_page_is_served_with_its_type() {
    let bundle = embedded().unwrap_or(SAMPLE);
    let site = Site::serve(Some(bundle), vec![]).await;
    let page = site.get("/", &[]).await.text().await.unwrap();
    let references = references(&page, &["href", "src", "data-licences"]);

    assert!(
        references.iter().any(|path| path.ends_with(".js")),
        "{references:?}"
    );
    for path in &references {
        let expected = match path.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "txt" => "text/plain; charset=utf-8",
            other => panic!("{path}: the type {other} was never tested with a browser"),
        };
        let response = site.get(path, &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, CONTENT_TYPE), expected, "{path}");
        assert_eq!(
            header(&response, CACHE_CONTROL),
            "public, max-age=31536000, immutable"
        );
        assert!(response.content_length().unwrap() > 0, "{path}");
    }
    assert_eq!(
        references.len(),
        bundle.assets.len(),
        "an asset without a reference"
    );
}

#[tokio::test]
async fn the_page_loads_nothing_from_another_host() {
    let bundle = embedded().unwrap_or(SAMPLE);
    let site = Site::serve(Some(bundle), vec![]).await;
    let response = site.get("/", &[]).await;

    // The policy forbids other hosts. URLs inside the scripts are only links.
    let policy = header(&response, CONTENT_SECURITY_POLICY).to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'));

    let page = response.text().await.unwrap();
    for path in references(&page, &["href", "src", "data-licences", "data-steps"]) {
        assert!(path.starts_with("/explorer/"), "{path}");
    }
    for asset in bundle
        .assets
        .iter()
        .filter(|asset| asset.name.ends_with(".css"))
    {
        let style = str::from_utf8(asset.plain).unwrap();
        for target in style
            .split("url(")
            .skip(1)
            .chain(style.split("@import").skip(1))
        {
            assert!(
                target.trim_start_matches('"').starts_with("data:"),
                "{:.60}",
                target
            );
        }
    }
}

#[tokio::test]
async fn a_file_is_gzipped_on_request_and_revalidated() {
    let site = Site::serve(Some(SAMPLE), vec![]).await;
    let path = "/explorer/assets/app-1.js";

    for (accepted, gzipped) in [
        ("gzip, br", true),
        ("br, GZIP;q=0.5", true),
        ("gzip;q=0", false),
        ("br", false),
    ] {
        let response = site.get(path, &[(ACCEPT_ENCODING, accepted)]).await;
        assert_eq!(
            response.headers().contains_key(CONTENT_ENCODING),
            gzipped,
            "{accepted}"
        );
        let body = response.bytes().await.unwrap();
        let expected = if gzipped {
            SAMPLE.assets[0].gzip
        } else {
            SAMPLE.assets[0].plain
        };
        assert_eq!(body, expected, "{accepted}");
    }

    for path in [path, "/"] {
        let tag = header(&site.get(path, &[]).await, ETAG).to_owned();
        assert_eq!(
            site.get(path, &[(IF_NONE_MATCH, &tag)]).await.status(),
            304,
            "{path}"
        );
        assert_eq!(
            site.get(path, &[(IF_NONE_MATCH, "\"old\"")]).await.status(),
            200,
            "{path}"
        );
    }
    assert_eq!(
        site.get("/explorer/assets/app-0.js", &[]).await.status(),
        404
    );
}

#[tokio::test]
async fn the_steps_are_uncached_with_a_digest_of_their_content() {
    let site = Site::serve(Some(SAMPLE), vec![step("first")]).await;
    let response = site.get("/explorer/steps.json", &[]).await;
    assert_eq!(header(&response, CONTENT_TYPE), "application/json");
    assert_eq!(header(&response, CACHE_CONTROL), "no-store");

    let served = site.steps().await;
    assert_eq!(served["endpoint"], "/graphql");
    assert_eq!(
        served["steps"],
        json!([{
            "group": "Anyone",
            "title": "Read the viewer",
            "person": "Ada",
            "query": "query Viewer { viewer { id } }",
            "variables": null,
            "takes": {},
            "headers": { "Authorization": "Bearer first" },
        }])
    );
    let same = Site::serve(Some(SAMPLE), vec![step("first")])
        .await
        .steps()
        .await;
    let other = Site::serve(Some(SAMPLE), vec![step("second")])
        .await
        .steps()
        .await;
    assert_eq!(served["digest"], same["digest"]);
    assert_ne!(served["digest"], other["digest"]);
}

#[tokio::test]
async fn a_build_without_the_bundle_shows_the_command() {
    let site = Site::serve(None, vec![step("first")]).await;
    let response = site.get("/", &[]).await;
    assert_eq!(response.status(), 200);
    assert!(response.text().await.unwrap().contains("make explorer"));
}
