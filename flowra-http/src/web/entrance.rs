//! Registering, signing in, signing out.

use askama::Template;
use flowra_core::user::Register;
use salvo::{Request, Response, Router, Writer, handler};
use serde::Deserialize;

use super::page::Page;
use super::problem::{Complaint, Problem};
use super::reply::{Reply, onward};
use super::visitor::Visitor;
use crate::http::extract::{json_or_form_body, query};
use crate::http::{client_address, client_name};

pub(super) fn router() -> Router {
    Router::new()
        .push(Router::with_path("sign-in").get(show_sign_in).post(sign_in))
        .push(Router::with_path("register").get(show_register).post(register))
        .push(Router::with_path("sign-out").post(sign_out))
}

/// Where somebody wants to go once they are known.
#[derive(Debug, Default, Deserialize)]
struct Next {
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct SignInForm {
    username: String,
    password: String,
    next: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct RegisterForm {
    username: String,
    display_name: String,
    email: String,
    password: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    /// Whether who has no account can make one.
    is_open: bool,
    form: SignInForm,
    next: String,
    complaint: Complaint,
}

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage {
    page: Page,
    form: RegisterForm,
    next: String,
    complaint: Complaint,
    is_first: bool,
    is_open: bool,
}

#[handler]
async fn show_sign_in(req: &mut Request, visitor: Visitor) -> Result<Reply, Problem> {
    let next = onward(query::<Next>(req)?.next.as_deref());
    if visitor.identity.is_some() {
        return Ok(Reply::to(next));
    }
    Reply::page(&SignInPage {
        page: Page::of(req, "Sign in", &visitor),
        is_open: visitor.registers().await?,
        form: SignInForm::default(),
        next,
        complaint: Complaint::default(),
    })
}

#[handler]
async fn sign_in(req: &mut Request, res: &mut Response, visitor: Visitor) -> Result<Reply, Problem> {
    let mut form: SignInForm = json_or_form_body(req).await?;
    let password = std::mem::take(&mut form.password);
    let limited = visitor
        .state
        .limits
        .login(client_address(req), &form.username)
        .await;
    let complaint = match limited {
        Err(error) => Complaint::from(&error),
        Ok(()) => match visitor
            .state
            .app
            .accounts
            .sign_in(&form.username, password, client_name(req))
            .await
        {
            Ok(session) => {
                visitor.begin(session, res);
                return Ok(Reply::to(onward(form.next.as_deref())));
            }
            Err(error) => Complaint::about(error)?,
        },
    };
    Reply::refused(&SignInPage {
        page: Page::of(req, "Sign in", &visitor),
        is_open: visitor.registers().await?,
        next: onward(form.next.as_deref()),
        form,
        complaint,
    })
}

#[handler]
async fn show_register(req: &mut Request, visitor: Visitor) -> Result<Reply, Problem> {
    let next = onward(query::<Next>(req)?.next.as_deref());
    if visitor.identity.is_some() {
        return Ok(Reply::to(next));
    }
    let is_first = !visitor.state.app.accounts.any().await?;
    Reply::page(&RegisterPage {
        page: Page::of(req, "Create an account", &visitor),
        form: RegisterForm::default(),
        next,
        complaint: Complaint::default(),
        is_first,
        is_open: visitor.registers().await?,
    })
}

#[handler]
async fn register(req: &mut Request, res: &mut Response, visitor: Visitor) -> Result<Reply, Problem> {
    let mut form: RegisterForm = json_or_form_body(req).await?;
    let command = Register {
        username: form.username.clone(),
        email: form.email.clone(),
        display_name: form.display_name.clone(),
        password: std::mem::take(&mut form.password),
    };
    let accounts = &visitor.state.app.accounts;
    let policy = visitor.state.settings.registration.into();
    let limited = visitor
        .state
        .limits
        .login(client_address(req), &form.username)
        .await;
    let complaint = match limited {
        Err(error) => Complaint::from(&error),
        Ok(()) => match accounts.register(visitor.request, policy, command).await {
            Ok(user) => {
                visitor.begin(accounts.begin_session(user, client_name(req)).await?, res);
                return Ok(Reply::to(onward(form.next.as_deref())));
            }
            Err(error) => Complaint::about(error)?,
        },
    };
    let is_first = !accounts.any().await?;
    Reply::refused(&RegisterPage {
        page: Page::of(req, "Create an account", &visitor),
        next: onward(form.next.as_deref()),
        form,
        complaint,
        is_first,
        is_open: visitor.registers().await?,
    })
}

#[handler]
async fn sign_out(res: &mut Response, visitor: Visitor) -> Result<Reply, Problem> {
    let session = visitor.identity.as_ref().and_then(|identity| identity.session);
    if let Some(session) = session {
        visitor.state.app.accounts.sign_out(session).await?;
    }
    visitor.end(res);
    Ok(Reply::to("/sign-in"))
}
