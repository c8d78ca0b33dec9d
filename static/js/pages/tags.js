// What runs on the page of tags.

import "../taxonomy/dialogs.js";
import "../taxonomy/fresh_sheet.js";
import "../taxonomy/tag_list.js";
