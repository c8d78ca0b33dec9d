// What runs on the library page for those who may change something.

import "../library/live_rows.js";
import "../library/row_generate.js";
import { actBy } from "../library/selection.js";
import { act } from "../library/selection_actions.js";
import "../library/row_menu.js";
import "../pointer/drop_pictures.js";
import "../batches/dialog.js";
import "../batches/finished_rows.js";

actBy(act);
