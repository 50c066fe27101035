//! A small installation in memory with its feed, served over TCP, and clients that listen to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flowra_core::chat::{Chat, ChatKind, ChatRef, ChatScope, ChatStore, CreateChat};
use flowra_core::message::PostMessage;
use flowra_core::page::{Page, PageRequest};
use flowra_core::time::Timestamp;
use flowra_core::user::{Register, Registration, SessionId, UserRefusal};
use flowra_core::workspace::{CreateWorkspace, Role};
use flowra_core::{
    App, BoxFuture, Caller, ChatId, Error, Id, MessageId, PortFailure, PortResult, Ports, UserId, WorkspaceId,
};
use flowra_http::feed::{Feed, Hub, Limits, Live};
use flowra_http::ws::{Authenticator, Identity, LiveSocket, Options};
use flowra_testkit::Memory;
use flowra_testkit::memory::DamagedLog;
use futures_util::{SinkExt, StreamExt};
use salvo::conn::Acceptor;
use salvo::{Listener, Router, Server, conn::TcpListener};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Tokens are user ids, with `/read` behind for one that may not write and `/EXPIRY` in milliseconds for one that ends.
struct Tokens(Arc<Ports>);

impl Authenticator for Tokens {
    fn authenticate<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Identity, Error>> {
        Box::pin(async move {
            let (id, more) = token.split_once('/').unwrap_or((token, ""));
            let id: UserId = id.parse().map_err(|_| UserRefusal::BadToken)?;
            let user = self.0.users.load(id).await?.ok_or(UserRefusal::BadToken)?;
            if !user.is_active {
                return Err(UserRefusal::Deactivated.into());
            }
            Ok(Identity {
                user: id,
                session: Some(session_of(id)),
                token: None,
                expires_at: more.parse().ok().map(Timestamp::from_millis),
                may_write: more != "read",
            })
        })
    }
}

/// The session that everybody has in these tests.
pub(crate) fn session_of(user: UserId) -> SessionId {
    Id::from_bytes(*user.as_bytes())
}

pub(crate) struct World {
    pub(crate) memory: Memory,
    pub(crate) app: App,
    pub(crate) hub: Arc<Hub>,
    pub(crate) workspace: WorkspaceId,
    pub(crate) ada: UserId,
    pub(crate) bob: UserId,
    pub(crate) port: u16,
    /// Whether the feed can look up chats.
    pub(crate) chats: Arc<Chats>,
    /// The log as the feed reads it.
    pub(crate) log: Arc<DamagedLog>,
    _feed: Feed,
}

/// Chats that cannot be looked up for a while.
pub(crate) struct Chats {
    store: Arc<dyn ChatStore>,
    pub(crate) are_down: AtomicBool,
}

impl ChatStore for Chats {
    fn load(&self, id: ChatId) -> BoxFuture<'_, PortResult<Option<Arc<Chat>>>> {
        if self.are_down.load(Ordering::Relaxed) {
            let failure = PortFailure::unavailable("chats", "down");
            return Box::pin(std::future::ready(Err(failure)));
        }
        self.store.load(id)
    }

    fn find_direct(
        &self,
        workspace: WorkspaceId,
        one: UserId,
        other: UserId,
    ) -> BoxFuture<'_, PortResult<Option<ChatId>>> {
        self.store.find_direct(workspace, one, other)
    }

    fn list(
        &self,
        workspace: WorkspaceId,
        scope: ChatScope,
        page: PageRequest<ChatId>,
    ) -> BoxFuture<'_, PortResult<Page<Arc<Chat>>>> {
        self.store.list(workspace, scope, page)
    }

    fn of_participant(&self, workspace: WorkspaceId, user: UserId) -> BoxFuture<'_, PortResult<Vec<ChatId>>> {
        self.store.of_participant(workspace, user)
    }
}

impl World {
    /// Ada owns a workspace of which Bob is a member.
    pub(crate) async fn new() -> Self {
        Self::with(Limits::default(), Options::default()).await
    }

    pub(crate) async fn with(limits: Limits, options: Options) -> Self {
        let memory = Memory::seeded(1);
        let hub = Hub::new(limits);
        let app = App::new(Ports {
            presence: hub.clone(),
            ..memory.ports()
        });
        let chats = Arc::new(Chats {
            store: app.ports.chats.clone(),
            are_down: AtomicBool::new(false),
        });
        let log = Arc::new(DamagedLog::of(app.ports.log.clone()));
        let heard = Ports {
            log: log.clone(),
            chats: chats.clone(),
            ..(*app.ports).clone()
        };
        let (port, feed) = serve(&hub, &app, Arc::new(heard), options).await;
        app.accounts.ensure_bot(Id::from_bytes([9; 16])).await.unwrap();
        let mut world = Self {
            memory,
            app,
            hub,
            workspace: Id::from_bytes([0; 16]),
            ada: Id::from_bytes([0; 16]),
            bob: Id::from_bytes([0; 16]),
            port,
            chats,
            log,
            _feed: feed,
        };
        world.ada = world.register("ada").await;
        world.bob = world.register("bob").await;
        let made = CreateWorkspace {
            name: "Engines".to_owned(),
            description: None,
            key_prefix: None,
            edit_window_seconds: None,
        };
        let workspace = world
            .app
            .workspaces
            .create(&world.by(world.ada), made)
            .await
            .unwrap();
        world.workspace = workspace.id;
        world.add_member(world.bob, Role::Member).await;
        world
    }

    pub(crate) fn by(&self, user: UserId) -> Caller {
        Caller::new(user, Id::from_bytes(self.app.ports.ids.next()))
    }

    pub(crate) async fn register(&self, name: &str) -> UserId {
        let command = Register {
            username: name.to_owned(),
            email: format!("{name}@example.org"),
            display_name: name.to_uppercase(),
            password: "correct horse battery".to_owned(),
        };
        let request = Id::from_bytes(self.app.ports.ids.next());
        let user = self
            .app
            .accounts
            .register(request, Registration::Open, command)
            .await;
        user.unwrap().id
    }

    pub(crate) async fn add_member(&self, user: UserId, role: Role) {
        let caller = self.by(self.ada);
        let added = self
            .app
            .workspaces
            .add_member(&caller, self.workspace, user, role)
            .await;
        added.unwrap();
    }

    pub(crate) fn at(&self, chat: ChatId) -> ChatRef {
        ChatRef {
            workspace: self.workspace,
            chat,
            expected: None,
        }
    }

    /// A chat that Ada makes.
    pub(crate) async fn chat(&self, kind: ChatKind, participants: &[UserId]) -> ChatId {
        let command = CreateChat {
            workspace: self.workspace,
            kind,
            title: Some("Pistons".to_owned()),
            topic: None,
            participants: participants.to_vec(),
        };
        let made = self.app.chats.create(&self.by(self.ada), command).await;
        made.unwrap().chat.id
    }

    pub(crate) async fn post(&self, by: UserId, chat: ChatId, content: &str) -> MessageId {
        let command = PostMessage {
            chat: self.at(chat),
            content: content.to_owned(),
            parent: None,
            files: Vec::new(),
        };
        let posted = self.app.messages.post(&self.by(by), command).await;
        posted.unwrap().message.id
    }

    /// A client that has been greeted.
    pub(crate) async fn listen(&self, user: UserId) -> Client {
        self.listen_with(&user.to_string()).await
    }

    pub(crate) async fn listen_with(&self, token: &str) -> Client {
        self.settled().await;
        let mut client = self.connect(Some(token)).await;
        assert_eq!(client.next().await["type"], "hello");
        client
    }

    /// Waits until the feed has handed out all that is in the log.
    pub(crate) async fn settled(&self) {
        let head = self.app.ports.log.head().await.unwrap();
        while self.hub.position() < head {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) async fn connect(&self, token: Option<&str>) -> Client {
        connect(self.port, token).await
    }
}

/// Starts the feed of a hub over the ports by which it hears, and serves its socket; on which port.
pub(crate) async fn serve(hub: &Arc<Hub>, app: &App, heard: Arc<Ports>, options: Options) -> (u16, Feed) {
    let feed = Feed::start(hub.clone(), heard).await.unwrap();
    let live = Live::new(hub.clone(), app.clone());
    let socket = LiveSocket::new(live, Arc::new(Tokens(app.ports.clone())), options);
    let acceptor = TcpListener::new("127.0.0.1:0").bind().await;
    let port = acceptor.holdings()[0]
        .local_addr
        .clone()
        .into_std()
        .unwrap()
        .port();
    tokio::spawn(Server::new(acceptor).serve(Router::with_path("api/v1/ws").get(socket)));
    (port, feed)
}

pub(crate) async fn connect(port: u16, token: Option<&str>) -> Client {
    let mut request = format!("ws://127.0.0.1:{port}/api/v1/ws")
        .into_client_request()
        .unwrap();
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", value);
    }
    let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    Client { socket }
}

pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub(crate) async fn say(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// The next frame that is no ping.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let frame = timeout(Duration::from_secs(5), self.socket.next()).await;
            match frame
                .expect("a frame comes")
                .expect("the connection lives")
                .unwrap()
            {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(close) => panic!("closed: {close:?}"),
                _ => {}
            }
        }
    }

    /// All frames up to one of this type, which is included.
    pub(crate) async fn until(&mut self, name: &str) -> Vec<Value> {
        let mut frames = vec![self.next().await];
        while frames.last().unwrap()["type"] != name {
            frames.push(self.next().await);
        }
        frames
    }

    /// The close code; frames before it do not matter.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            let frame = timeout(Duration::from_secs(10), self.socket.next()).await;
            if let Message::Close(Some(close)) = frame.expect("it closes").expect("it says why").unwrap() {
                return close.code.into();
            }
        }
    }

    pub(crate) async fn follow_chat(&mut self, chat: ChatId) {
        self.say(json!({"type": "subscribe", "chat_id": chat})).await;
        assert_eq!(self.next().await["action"], "subscribe");
    }

    pub(crate) async fn follow_workspace(&mut self, workspace: WorkspaceId) {
        self.say(json!({"type": "subscribe", "workspace_id": workspace}))
            .await;
        assert_eq!(self.next().await["action"], "subscribe");
    }

    /// Everything that has come of what happened so far: what comes before the answer to a ping.
    pub(crate) async fn so_far(&mut self, world: &World) -> Vec<Value> {
        world.settled().await;
        self.say(json!({"type": "ping"})).await;
        let mut frames = self.until("pong").await;
        frames.pop();
        frames
    }
}

pub(crate) fn types(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .map(|frame| frame["type"].as_str().unwrap())
        .collect()
}
