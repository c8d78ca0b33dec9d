// What runs on the page that orders a batch.

import "../batches/form.js";
