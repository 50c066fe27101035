//! Messages: retries, mentions, edits, deletion, history.

use std::sync::Arc;

use flowra_core::chat::ChatKind;
use flowra_core::event::{Append, Commit, Document, Event, EventLog, Idempotency, StreamId, Version};
use flowra_core::message::{Anchor, Announce, EditMessage, Emoji, Message, MessageEvent, MessageKind, Which};
use flowra_core::page::Limit;
use flowra_core::user::{Authority, BOT};
use flowra_core::{Clock, Code, Error, MessageId, UserId};

use crate::team::{Team, code, id};

fn edit(message: MessageId, content: &str) -> EditMessage {
    EditMessage {
        message,
        content: content.to_owned(),
        expected: None,
    }
}

async fn deactivate(team: &Team, user: UserId) {
    let authority = Authority::Operator(id(&team.memory));
    team.app.accounts.deactivate(&authority, user).await.unwrap();
}

/// The people whom the log says that a message mentioned, once for each event.
async fn announced(team: &Team, message: MessageId) -> Vec<UserId> {
    let stream = StreamId::Message(message);
    let events = EventLog::stream(&team.memory, stream, Version::NONE, 100)
        .await
        .unwrap();
    let mentioned = events.into_iter().filter_map(|recorded| match recorded.event {
        Event::Message(MessageEvent::Mentioned { user_id }) => Some(user_id),
        _ => None,
    });
    mentioned.collect()
}

/// Stores an event of a message's author as it is, past every rule for new ones.
async fn append(team: &Team, message: &Message, event: MessageEvent) {
    let time = team.memory.clock.now();
    let mut after = message.clone();
    after.apply(&event, time);
    let append = Append {
        stream: StreamId::Message(message.id),
        expected: message.version,
        actor: message.author,
        events: vec![Event::Message(event)],
        document: Document::Message(Arc::new(after)),
    };
    let commit = Commit {
        request: id(&team.memory),
        time,
        cause: None,
        appends: vec![append],
        guards: Vec::new(),
        idempotency: None,
    };
    EventLog::append(&team.memory, commit).await.unwrap();
}

#[tokio::test]
async fn a_post_sent_twice_with_one_key_is_posted_once_with_its_tags_and_answer() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let caller = team.by_once(team.ada, "post");
    let command = team.message(channel, "#task Weave", None);
    let first = team.app.messages.post(&caller, command.clone()).await.unwrap();
    let head = team.head().await;
    let second = team.app.messages.post(&caller, command).await.unwrap();
    assert_eq!((first.message.id, first.tags), (second.message.id, second.tags));
    assert_eq!(team.head().await, head);
    assert_eq!(team.said(channel).await.len(), 2, "the message and one answer");
}

#[tokio::test]
async fn those_are_mentioned_who_are_named_and_can_read() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.cleo, &[team.ada, team.guy]).await;
    team.memory.presence.set(team.guy, true);
    team.memory.presence.set(team.bob, true);
    for (content, expected) in [
        ("@ADA, look at this", vec![team.ada]),
        ("@bob cannot read here, @otto and @nobody neither", vec![]),
        ("@channel", vec![team.ada, team.guy]),
        ("@here", vec![team.guy]),
        ("`@ada` and\n```\n@guy\n```", vec![]),
        ("@cleo does not mention herself", vec![]),
    ] {
        assert_eq!(
            team.post(team.cleo, group, content).await.message.mentions,
            expected,
            "{content}"
        );
    }
    let admins = team.post(team.guy, group, "@admins help").await;
    assert_eq!(admins.message.mentions, [team.cleo]);
}

#[tokio::test]
async fn in_a_channel_members_who_do_not_take_part_are_mentioned_and_guests_are_not() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let posted = team.post(team.ada, channel, "@cleo @guy").await;
    assert_eq!(posted.message.mentions, [team.cleo]);
}

#[tokio::test]
async fn the_author_edits_for_a_day_and_nobody_else_ever() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    let posted = team.post(team.cleo, channel, "helo").await.message.id;
    let messages = &team.app.messages;
    assert_eq!(
        code(messages.edit(&team.by(team.ada), edit(posted, "mine")).await),
        Code::NotAuthor
    );
    team.memory.clock.advance_seconds(86_400);
    messages
        .edit(&team.by(team.cleo), edit(posted, "hello @ada"))
        .await
        .unwrap();
    team.memory.clock.advance_seconds(1);
    let late = messages.edit(&team.by(team.cleo), edit(posted, "late")).await;
    assert_eq!(code(late), Code::InvalidState);
    let kept = messages.find(&team.by(team.ada), posted).await.unwrap().message;
    assert_eq!(kept.mentions, [team.ada]);
}

#[tokio::test]
async fn a_stale_edit_is_refused() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let posted = team.post(team.ada, channel, "one").await.message;
    let stale = || EditMessage {
        expected: Some(posted.version),
        ..edit(posted.id, "two")
    };
    team.app.messages.edit(&team.by(team.ada), stale()).await.unwrap();
    let refused = team.app.messages.edit(&team.by(team.ada), stale()).await;
    assert_eq!(code(refused), Code::ConcurrentModification);
}

#[tokio::test]
async fn a_deleted_message_keeps_its_place_and_loses_its_texts() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    let posted = team.post(team.cleo, channel, "secret").await.message.id;
    team.post(team.ada, channel, "next").await;
    team.app
        .messages
        .delete(&team.by(team.cleo), posted, None)
        .await
        .unwrap();
    let said = team.said(channel).await;
    assert_eq!((said[0].id, said[0].content.as_ref()), (posted, None));
    assert_eq!(
        code(team.app.messages.history(&team.by(team.ada), posted).await),
        Code::Deleted
    );
    assert_eq!(
        code(
            team.app
                .messages
                .edit(&team.by(team.cleo), edit(posted, "x"))
                .await
        ),
        Code::Deleted
    );
}

#[tokio::test]
async fn only_admins_read_what_a_message_said_before() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    let posted = team.post(team.cleo, channel, "one").await.message.id;
    team.app
        .messages
        .edit(&team.by(team.cleo), edit(posted, "two"))
        .await
        .unwrap();
    let history = team
        .app
        .messages
        .history(&team.by(team.bob), posted)
        .await
        .unwrap();
    let texts: Vec<_> = history.iter().map(|edition| edition.content.as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(
        code(team.app.messages.history(&team.by(team.cleo), posted).await),
        Code::NotChatAdmin
    );
}

#[tokio::test]
async fn a_deleted_message_is_not_pinned_any_more() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.cleo, &[]).await;
    let cleo = team.by(team.cleo);
    let kept = team.post(team.cleo, channel, "kept").await.message.id;
    let gone = team.post(team.cleo, channel, "gone").await.message.id;
    for message in [kept, gone] {
        let chat = team.chat(channel);
        team.app.chats.pin(&cleo, chat, message).await.unwrap();
    }
    // A workspace admin who takes no part in the chat deletes it.
    team.app
        .messages
        .delete(&team.by(team.ada), gone, None)
        .await
        .unwrap();
    let chat = team.app.ports.chats.load(channel).await.unwrap().unwrap();
    assert_eq!(chat.pins, [kept]);
}

#[tokio::test]
async fn in_a_direct_chat_each_deletes_their_own_messages_only() {
    let team = Team::new().await;
    let direct = team.make(ChatKind::Direct, team.cleo, &[team.bob]).await;
    let said = team.post(team.cleo, direct, "between us").await.message.id;
    let messages = &team.app.messages;
    let refused = messages.delete(&team.by(team.bob), said, None).await;
    assert_eq!(code(refused), Code::NotAuthor);
    messages.delete(&team.by(team.cleo), said, None).await.unwrap();
}

#[tokio::test]
async fn who_is_deactivated_is_not_mentioned_by_name_or_with_all() {
    let team = Team::new().await;
    let group = team.make(ChatKind::Group, team.ada, &[team.bob, team.cleo]).await;
    team.memory.presence.set(team.cleo, true);
    deactivate(&team, team.cleo).await;
    for content in ["@cleo", "@here", "@channel @cleo"] {
        let posted = team.post(team.ada, group, content).await.message;
        assert!(!posted.mentions.contains(&team.cleo), "{content}");
        assert_eq!(
            announced(&team, posted.id).await,
            posted.mentions,
            "no event but for those who are mentioned: {content}"
        );
    }
}

#[tokio::test]
async fn a_mention_that_comes_back_is_announced_once() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    let posted = team.post(team.ada, channel, "@cleo look").await.message.id;
    for (content, mentions) in [
        ("never mind", vec![]),
        ("@cleo look again", vec![team.cleo]),
        ("@bob look", vec![team.bob]),
        ("@bob and @cleo", vec![team.bob, team.cleo]),
    ] {
        let edited = team
            .app
            .messages
            .edit(&team.by(team.ada), edit(posted, content))
            .await
            .unwrap();
        assert_eq!(edited.message.mentions, mentions, "{content}");
    }
    assert_eq!(announced(&team, posted).await, [team.cleo, team.bob]);
}

#[tokio::test]
async fn a_reaction_is_one_emoji_and_the_refusal_says_what_would_do() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let posted = team.post(team.ada, channel, "done").await.message.id;
    let messages = &team.app.messages;
    for emoji in ["abc", "<b>", "👍👍", "7", "👍\u{200D}"] {
        let Err(Error::Refused(refusal)) = messages.react(&team.by(team.ada), posted, emoji).await else {
            panic!("{emoji} is no emoji");
        };
        assert_eq!(
            (refusal.code(), refusal.field()),
            (Code::ValidationError, Some("emoji"))
        );
        assert_eq!(
            refusal.to_string(),
            "emoji must be one emoji, or a name in lower case between colons such as :tada:"
        );
    }
    let long = "👍\u{200D}".repeat(20) + "👍";
    assert_eq!(
        code(messages.react(&team.by(team.ada), posted, &long).await),
        Code::ValidationError
    );
    let reacted = messages
        .react(&team.by(team.ada), posted, "👩🏽\u{200D}🚀")
        .await
        .unwrap();
    assert_eq!(reacted.message.reactions[0].users, [team.ada]);
}

#[tokio::test]
async fn a_reaction_of_an_older_rule_stays_and_can_be_taken_back() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let posted = team.post(team.ada, channel, "done").await.message;
    let older = MessageEvent::ReactionAdded {
        user_id: team.ada,
        emoji: Emoji::parse("abc").unwrap(),
    };
    append(&team, &posted, older).await;
    let messages = &team.app.messages;
    let ada = team.by(team.ada);
    let kept = messages.find(&ada, posted.id).await.unwrap().message;
    assert_eq!(kept.reactions[0].emoji.as_str(), "abc");
    let rid = messages.unreact(&ada, posted.id, "abc").await.unwrap().message;
    assert_eq!(rid.reactions, []);
}

#[tokio::test]
async fn a_page_beside_an_unknown_message_is_refused_by_the_name_of_its_anchor() {
    let team = Team::new().await;
    let (one, other) = (
        team.make(ChatKind::Channel, team.ada, &[]).await,
        team.make(ChatKind::Channel, team.ada, &[]).await,
    );
    let elsewhere = team.post(team.ada, other, "elsewhere").await.message.id;
    for (anchor, field) in [
        (Anchor::Before(elsewhere), "before"),
        (Anchor::After(elsewhere), "after"),
        (Anchor::Around(elsewhere), "around"),
    ] {
        let (caller, chat) = (team.by(team.ada), team.chat(one));
        let page = team
            .app
            .messages
            .list(&caller, chat, Which::Roots, anchor, Limit::MAX)
            .await;
        let Err(Error::Refused(refusal)) = page else {
            panic!("not refused: {anchor:?}");
        };
        assert_eq!((refusal.code(), refusal.field()), (Code::NotFound, Some(field)));
    }
}

#[tokio::test]
async fn a_reaction_repeated_under_its_key_succeeds_though_the_message_is_gone() {
    let team = Team::new().await;
    let channel = team.make(ChatKind::Channel, team.ada, &[]).await;
    let message = team.post(team.ada, channel, "soon gone").await.message.id;
    let mut ada = team.by(team.ada);
    ada.idempotency = Some(Idempotency {
        user: team.ada,
        key: "thumb".into(),
        fingerprint: [1; 32],
    });
    let react = async || team.app.messages.react(&ada, message, "👍").await;
    react().await.unwrap();
    let by = team.by(team.ada);
    team.app.messages.delete(&by, message, None).await.unwrap();
    assert!(react().await.unwrap().message.is_deleted());
}

#[tokio::test]
async fn an_announcement_is_the_bots_and_acts_on_nothing() {
    let team = Team::new().await;
    let chat = team.make(ChatKind::Channel, team.ada, &[team.cleo]).await;
    let words = || Announce {
        chat: team.chat(chat),
        content: "Hello @cleo\n#task Nothing".to_owned(),
    };
    let refused = team.app.messages.announce(&team.by(team.bob), words()).await;
    assert_eq!(code(refused.map(drop)), Code::NotParticipant);
    let once = team.by_once(team.ada, "hello");
    let said = team.app.messages.announce(&once, words()).await.unwrap();
    assert_eq!((said.author, said.kind), (BOT, MessageKind::Bot));
    assert!(said.mentions.is_empty() && announced(&team, said.id).await.is_empty());
    let again = team.app.messages.announce(&once, words()).await.unwrap();
    assert_eq!(again.id, said.id);
    assert_eq!(
        team.said(chat).await.len(),
        1,
        "no task, no answer, no second one"
    );
}
