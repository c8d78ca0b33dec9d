// What happened: times as the person's own clock has them.

import { tellTimes } from "./local_time.js";

tellTimes();
