// What runs on the page of tags.

import "../taxonomy/dialogs.js";
import "../taxonomy/tag_list.js";
