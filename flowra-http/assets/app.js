// Starts what the page needs. Each module does one thing, and nothing on a page that has no use for it.
import { refusals } from "./ask.js";
import { dress } from "./messages.js";
import { follow } from "./live.js";
import { compose, resend } from "./composer.js";
import { act } from "./actions.js";
import { dialogs } from "./dialog.js";
import { page } from "./pager.js";
import { threads } from "./thread.js";
import { presence } from "./presence.js";
import { counts } from "./unread.js";
import { board } from "./board.js";
import { list } from "./list.js";
import { fields } from "./task.js";
import { notifications } from "./notify.js";
import { keys } from "./keys.js";
import { palette } from "./palette.js";
import { components } from "./components.js";

// Before Alpine starts, which the page loads last.
components();
dress(document.body);
refusals();
follow();
counts();
page();
compose(document.body);
resend();
threads();
act();
dialogs();
presence();
board();
list();
fields();
notifications();
keys();
palette();
