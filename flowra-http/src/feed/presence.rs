//! Who is online, and who types: told to those around them, never stored, dropped when a queue is full.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flowra_core::chat::Presence;
use flowra_core::event::Topic;
use flowra_core::page::{Limit, PageRequest};
use flowra_core::{BoxFuture, ChatId, PortResult, Ports, UserId};
use tokio::time::Instant;

use super::frame::{Signal, text};
use super::hub::Hub;

/// People whose first connection came or whose last one went. Who comes and goes between two announcements is announced once.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    here: Mutex<HashSet<UserId>>,
    elsewhere: Mutex<HashSet<UserId>>,
}

impl Arrivals {
    pub(super) fn note(&self, user: UserId) {
        noted(&self.here).insert(user);
    }

    /// Somebody came or went on another server.
    pub(super) fn note_elsewhere(&self, user: UserId) {
        noted(&self.elsewhere).insert(user);
    }

    /// Who came or went here.
    pub(super) fn take(&self) -> HashSet<UserId> {
        std::mem::take(&mut *noted(&self.here))
    }

    /// Who came or went on another server.
    pub(super) fn take_elsewhere(&self) -> HashSet<UserId> {
        std::mem::take(&mut *noted(&self.elsewhere))
    }
}

fn noted(people: &Mutex<HashSet<UserId>>) -> MutexGuard<'_, HashSet<UserId>> {
    people.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When somebody was last said to type in a chat.
#[derive(Debug, Default)]
pub(super) struct Typists {
    said: Mutex<HashMap<(ChatId, UserId), Instant>>,
}

impl Typists {
    /// Whether it is time to say so again.
    fn may_say(&self, chat: ChatId, user: UserId, pause: Duration) -> bool {
        let now = Instant::now();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match said.get(&(chat, user)) {
            Some(last) if now.duration_since(*last) < pause => false,
            Some(_) | None => {
                said.insert((chat, user), now);
                true
            }
        }
    }

    /// Forgets those who may be said again anyway.
    pub(super) fn sweep(&self, pause: Duration) {
        let now = Instant::now();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.retain(|_, last| now.duration_since(*last) < pause);
    }
}

impl Presence for Hub {
    fn online(&self, users: Vec<UserId>) -> BoxFuture<'_, Vec<UserId>> {
        let index = self.index();
        let online = users
            .into_iter()
            .filter(|user| !index.of_user(*user).is_empty())
            .collect();
        Box::pin(std::future::ready(online))
    }
}

impl Hub {
    /// Tells the others in a chat that somebody types, unless it was told a moment ago; whether it was time to.
    pub(super) fn say_typing(&self, chat: ChatId, user: UserId, username: &str) -> bool {
        if !self.typists.may_say(chat, user, self.limits.typing) {
            return false;
        }
        let Ok(frame) = text(&Signal::Typing {
            chat_id: chat,
            user_id: user,
            username,
        }) else {
            return false;
        };
        for connection in self.index().followers(Topic::Chat(chat)) {
            if connection.listener.user != user {
                connection.push_transient(frame.clone(), self.limits.queue);
            }
        }
        true
    }

    /// Tells those around them of everybody who came or went. Of whom it cannot be looked up who is around them is told the next time.
    pub(super) async fn announce(&self, ports: &Ports, moved: HashSet<UserId>) {
        if moved.is_empty() {
            return;
        }
        let online = ports.presence.online(moved.iter().copied().collect()).await;
        for user in moved {
            let is_online = online.contains(&user);
            if let (Some(cluster), false) = (&self.cluster, is_online) {
                cluster.forget(user);
            }
            let around = match self.around(ports, user).await {
                Ok(around) => around,
                Err(failure) => {
                    let error = &failure as &dyn std::error::Error;
                    tracing::warn!(error, "could not tell who came or went");
                    self.arrivals.note_elsewhere(user);
                    continue;
                }
            };
            let frame = text(&Signal::Presence {
                user_id: user,
                is_online,
            });
            let Ok(frame) = frame else { continue };
            let index = self.index();
            let mut told = HashSet::new();
            for topic in around {
                for connection in index.followers(topic) {
                    if connection.listener.user != user && told.insert(connection.id) {
                        connection.push_transient(frame.clone(), self.limits.queue);
                    }
                }
            }
        }
    }

    /// The followed topics to which somebody belongs and which are small enough to be told.
    async fn around(&self, ports: &Ports, user: UserId) -> PortResult<Vec<Topic>> {
        let mut around = Vec::new();
        let mut page = PageRequest::first(Limit::MAX);
        loop {
            let found = ports.workspaces.of_user(user, page.clone()).await?;
            for workspace in &found.items {
                let topic = Topic::Workspace(workspace.id);
                if workspace.members.len() <= self.limits.presence_audience && self.is_followed(topic) {
                    around.push(topic);
                }
                for chat in ports.chats.of_participant(workspace.id, user).await? {
                    let topic = Topic::Chat(chat);
                    if self.is_followed(topic)
                        && let Some(chat) = ports.chats.load(chat).await?
                        && chat.participants.len() <= self.limits.presence_audience
                    {
                        around.push(topic);
                    }
                }
            }
            page.after = found.items.last().map(|workspace| workspace.id);
            if !found.has_more {
                return Ok(around);
            }
        }
    }

    fn is_followed(&self, topic: Topic) -> bool {
        !self.index().followers(topic).is_empty()
    }
}
