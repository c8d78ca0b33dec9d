// What runs on the library page for those who may change something.

import "./library_live.js";
import "./row_generate.js";
import { actBy } from "./selection.js";
import { act } from "./selection_acts.js";
import "./row_menu.js";
import "./batch_dialog.js";
import "./batch_rows.js";

actBy(act);
