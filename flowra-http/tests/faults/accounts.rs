//! `flowra user …` where there is nothing, nobody who administers, or the bot.

use crate::process::Folder;

#[test]
fn only_adding_an_account_makes_a_database() {
    let folder = Folder::new();
    for arguments in [
        &["list"][..],
        &["admin", "ada"],
        &["deactivate", "ada"],
        &["reset-password", "ada"],
    ] {
        let refused = folder.user(arguments);
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(1), ""),
            "{arguments:?}: {refused:?}"
        );
        assert!(
            refused.stderr.contains("there is no database at "),
            "{arguments:?}: {refused:?}"
        );
        assert!(!folder.file().exists(), "{arguments:?} made a database");
    }
    folder.settle();
    let list = folder.user(&["list"]);
    assert_eq!(
        (list.code, list.stdout.as_str()),
        (Some(0), "ada\tada@example.org\tada\tadmin\tactive\n"),
        "{list:?}"
    );
}

#[test]
fn whoever_adds_an_account_where_nobody_administers_learns_how_somebody_does() {
    let folder = Folder::new();
    let added = folder.user(&["add", "ada", "--email", "ada@example.org"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    assert!(added.stdout.starts_with("added ada\n"), "{added:?}");
    assert!(added.stdout.contains("`flowra user admin ada`"), "{added:?}");
    assert_eq!(folder.user(&["admin", "ada"]).code, Some(0));
    let added = folder.user(&["add", "bob", "--email", "bob@example.org"]);
    assert_eq!(
        (added.code, added.stdout.as_str()),
        (Some(0), "added bob\n"),
        "{added:?}"
    );
}

#[test]
fn the_bot_is_listed_as_the_bot_and_not_administered() {
    let folder = Folder::new();
    folder.serve().kill();
    let list = folder.user(&["list"]);
    assert_eq!(
        list.stdout, "FlowraBot\tflowrabot@flowra.invalid\tFlowraBot\tbot\tactive\n",
        "{list:?}"
    );
    for arguments in [
        &["admin", "FlowraBot"][..],
        &["admin", "flowrabot", "--revoke"],
        &["deactivate", "FlowraBot"],
        &["deactivate", "FlowraBot", "--undo"],
        &["reset-password", "FlowraBot"],
    ] {
        let refused = folder.user(arguments);
        assert_eq!(
            (refused.code, refused.stdout.as_str()),
            (Some(1), ""),
            "{arguments:?}: {refused:?}"
        );
        assert!(
            refused.stderr.contains("FlowraBot is the bot"),
            "{arguments:?}: {refused:?}"
        );
    }
    assert_eq!(folder.user(&["list"]).stdout, list.stdout);
}
