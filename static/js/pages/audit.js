// What happened: times as the person's own clock has them.

import { tellTimes } from "../core/local_time.js";

tellTimes();
