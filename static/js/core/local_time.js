// Times as the person's own clock has them: "today 10:42". Without this script the page says how long ago it was.

const DAY_MS = 86_400_000;

/** Rewrite every [data-local-time] below `root`. @param {ParentNode} root */
export function tellTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-local-time]")) {
    const moment = new Date(time.dateTime);
    time.title = moment.toLocaleString("en", { dateStyle: "long", timeStyle: "short", hourCycle: "h23" });
    time.textContent = `${day(moment)} ${moment.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })}`;
  }
}

/** @param {Date} moment */
function day(moment) {
  /** @param {Date} date */
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
  // Rounded, because a day that the clocks are changed on has 23 or 25 hours.
  const ago = Math.round((midnight(new Date()).getTime() - midnight(moment).getTime()) / DAY_MS);
  if (ago === 0) return "today";
  if (ago === 1) return "yesterday";
  return moment.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}
