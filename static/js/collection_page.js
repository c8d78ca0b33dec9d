// What runs on the page of one collection, for everybody.

import "./collection_more.js";
