// What runs on the page of categories.

import "../taxonomy/dialogs.js";
import "../taxonomy/fresh_sheet.js";
import "../taxonomy/rename_category.js";
