// Starts what the page needs. Each module does one thing, and nothing on a page that has no use for it.
import { dress } from "./messages.js";
import { follow } from "./live.js";
import { compose } from "./composer.js";
import { board } from "./board.js";

dress(document.body);
follow();
compose();
board();
