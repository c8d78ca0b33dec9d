// What runs on the page of categories.

import "../taxonomy/dialogs.js";
import "../taxonomy/rename_category.js";
