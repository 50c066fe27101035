//! What comes through a page's WebSocket.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::TestServer;
use crate::visitor::Browser;

#[tokio::test]
async fn a_message_reaches_the_pages_that_follow_its_chat_as_the_chat_page_shows_it() {
    let server = TestServer::start(&[]).await;
    let mut ada = Browser::new(&server);
    let path = ada.begin("ada").await;
    let page = ada.get(&path).await.text();
    let chat = path.rsplit('/').next().unwrap();
    let cursor = page
        .split_once("data-cursor=\"")
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();

    // Posted after the page was read and before its socket opens.
    ada.post(&format!("{path}/messages"), &[("content", "said *meanwhile*")])
        .await;
    let address = server.running.address();
    let mut request = format!("ws://{address}/live").into_client_request().unwrap();
    let cookie = format!("flowra_session={}", ada.cookies["flowra_session"]);
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let resume = json!({"type": "resume", "after": cursor, "chat_ids": [chat]});
    socket.send(Message::text(resume.to_string())).await.unwrap();
    let html = loop {
        let Message::Text(text) = socket.next().await.unwrap().unwrap() else {
            continue;
        };
        let frame: Value = serde_json::from_str(&text).unwrap();
        if frame["type"] == "message.posted" {
            break frame["data"]["html"].as_str().unwrap().to_owned();
        }
    };
    assert!(html.contains("said <em>meanwhile</em>"), "{html}");
    let id = html.split_once("id=\"").unwrap().1.split('"').next().unwrap();
    assert!(ada.get(&path).await.text().contains(&format!("<li id=\"{id}\"")));
}
