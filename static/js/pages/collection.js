// What runs on the page of one collection, for everybody.

import "../collections/load_more.js";
