//! `kill -9` at any moment loses nothing that was acknowledged and repeats nothing.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Client, Folder};

const ROUNDS: u64 = 8;
const CLIENTS: u64 = 4;
/// Which posts make a task beside the message: one in so many.
const TAGGED: u64 = 3;
/// Another seed kills at other moments.
const SEED: u64 = 0x0F10_77A5;

/// A post as one client saw it.
struct Post {
    /// Its idempotency key, its text and, when tagged, the title of its task.
    name: String,
    is_tagged: bool,
    /// What was answered; `None` when the server died first.
    answer: Option<Value>,
}

impl Post {
    fn body(&self) -> Value {
        let tag = if self.is_tagged { "#task " } else { "" };
        json!({"content": format!("{tag}{}", self.name)})
    }

    fn send(&self, client: &Client, chat: &str) -> Option<Value> {
        let path = format!("{chat}/messages");
        let mut answer = client.post(&path, Some(&self.name), &self.body()).ok()?;
        assert_eq!(answer.status, 201, "{}: {answer:?}", self.name);
        Some(answer.json["data"].take())
    }
}

/// Numbers without pattern, the same for the same seed.
fn scatter(seed: u64) -> u64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Posts one after the other until the server is gone.
fn post_until_killed(client: &Client, chat: &str, prefix: &str) -> Vec<Post> {
    let mut posts = Vec::new();
    for number in 0_u64.. {
        let mut post = Post {
            name: format!("{prefix}-{number}"),
            is_tagged: number % TAGGED == 0,
            answer: None,
        };
        post.answer = post.send(client, chat);
        let is_gone = post.answer.is_none();
        posts.push(post);
        if is_gone {
            break;
        }
    }
    posts
}

/// How often each text stands in the chat's messages and each title among the tasks.
struct Found {
    messages: HashMap<String, Vec<Value>>,
    tasks: HashMap<String, usize>,
}

impl Found {
    fn read(client: &Client, workspace: &str, chat: &str) -> Self {
        let mut found = Self {
            messages: HashMap::new(),
            tasks: HashMap::new(),
        };
        for message in client.all(&format!("{chat}/messages")) {
            let name = message["content"].as_str().unwrap().trim_start_matches("#task ");
            found
                .messages
                .entry(name.to_owned())
                .or_default()
                .push(message["id"].clone());
        }
        for task in client.all(&format!("{workspace}/tasks")) {
            let title = task["title"].as_str().unwrap().to_owned();
            *found.tasks.entry(title).or_default() += 1;
        }
        found
    }

    fn ids(&self, post: &Post) -> &[Value] {
        self.messages.get(&post.name).map_or(&[], Vec::as_slice)
    }

    /// Message and task come together or not at all.
    fn assert_whole(&self, post: &Post) {
        let tasks = self.tasks.get(&post.name).copied().unwrap_or_default();
        let expected = if post.is_tagged { self.ids(post).len() } else { 0 };
        assert_eq!(tasks, expected, "tasks of {}", post.name);
    }
}

#[test]
fn after_kill_9_every_acknowledged_write_is_there_once_and_a_retried_key_acts_once() {
    let folder = Folder::new();
    let mut serving = folder.serve();
    let (workspace, chat) = serving.client.settle();
    let token = serving.client.token.clone();
    let mut posts: Vec<Post> = Vec::new();
    for round in 0..ROUNDS {
        let from = posts.len();
        let threads: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (client_of, chat) = (serving.client.clone(), chat.clone());
                thread::spawn(move || post_until_killed(&client_of, &chat, &format!("r{round}-c{client}")))
            })
            .collect();
        thread::sleep(Duration::from_millis(20 + scatter(SEED + round) % 500));
        serving.kill();
        for thread in threads {
            posts.extend(thread.join().unwrap());
        }
        serving = folder.serve();
        serving.client.token.clone_from(&token);
        let found = Found::read(&serving.client, &workspace, &chat);
        for post in &posts {
            let ids = found.ids(post);
            match &post.answer {
                Some(answer) => assert_eq!(ids, [answer["id"].clone()], "acknowledged {}", post.name),
                None => assert!(ids.len() <= 1, "{} is there {} times", post.name, ids.len()),
            }
            found.assert_whole(post);
        }
        for post in &mut posts[from..] {
            let (first, second) = (
                post.send(&serving.client, &chat),
                post.send(&serving.client, &chat),
            );
            assert!(first.is_some(), "{} has no answer", post.name);
            assert_eq!(first, second, "{} answered twice", post.name);
            if let Some(before) = &post.answer {
                assert_eq!(Some(before), first.as_ref(), "{} before and after", post.name);
            }
            if let [stored] = found.ids(post) {
                assert_eq!(Some(stored), first.as_ref().map(|answer| &answer["id"]));
            }
            post.answer = first;
        }
    }
    let found = Found::read(&serving.client, &workspace, &chat);
    for post in &posts {
        assert_eq!(found.ids(post).len(), 1, "{}", post.name);
        found.assert_whole(post);
    }
    assert_eq!(found.messages.len(), posts.len());
    serving.kill();
    let check = folder.run(&["check"]);
    assert_eq!(check.code, Some(0), "{check:?}");
}
