// Starts what the page needs. Each module does one thing, and nothing on a page that has no use for it.
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
import { keys } from "./keys.js";
import { palette } from "./palette.js";

dress(document.body);
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
keys();
palette();
