// Times as the person's own clock has them: "today 10:42". Without this script the page says how long ago it was. The zone
// of the browser is kept in a cookie, so that the next page is drawn with the person's own days.

import { completeRows } from "../library/row_parts.js";

const DAY_MS = 86_400_000;
const YEAR_S = 31_536_000;
const { timeZone: drawnWith, timeZoneNamed: named } = document.documentElement.dataset;
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
// Where the address names a zone, times are told in that one. A browser that does not know its computer's says
// "Etc/Unknown" and takes no such name itself; it may also be older than a zone that the server knows.
const zone = (named === undefined ? [own, drawnWith] : [drawnWith]).find(isKnown);

// Letters, digits and a few signs: nothing that a cookie could not hold.
if (drawnWith && named === undefined && zone === own && own !== drawnWith && /^[\w+/-]+$/.test(own ?? "")) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const cookie = `artwork_time_zone=${own}`;
  const isFirst = !document.cookie.includes(cookie);
  document.cookie = `${cookie}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  // The very first page, whose list or sums are those of other days; once, and where cookies are kept.
  if (isFirst && document.cookie.includes(cookie) && document.querySelector("[data-of-days]")) location.reload();
}

/** @param {string | undefined} name */
function isKnown(name) {
  if (!name) return false;
  try {
    return Boolean(Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

/** Rewrite every [data-local-time] below `root`; of "day" the day alone. @param {ParentNode} root */
export function tellTimes(root = document) {
  // Then they stay as the server tells them.
  if (named !== undefined && !zone) return;
  for (const time of root.querySelectorAll("time[data-local-time]")) {
    const moment = new Date(time.dateTime);
    time.title = `${date(moment)}, ${clock(moment)} (${zone ?? "your time"})`;
    time.textContent = time.dataset.localTime === "day" ? date(moment) : inWords(moment);
  }
}

/** Give a moment as "today 10:42"; others but yesterday with their date. @param {Date} moment */
export function inWords(moment) {
  const ago = dayNumber(new Date()) - dayNumber(moment);
  if (ago === 0) return `today ${clock(moment)}`;
  if (ago === 1) return `yesterday ${clock(moment)}`;
  return `${date(moment)}, ${clock(moment)}`;
}

/** @param {Date} moment */
function date(moment) {
  return moment.toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: zone });
}

/** @param {Date} moment */
function clock(moment) {
  return moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
}

/** Days of the calendar, counted, whatever the clock is changed by: Swedes write them as 2026-11-29. @param {Date} moment */
function dayNumber(moment) {
  return Date.parse(moment.toLocaleDateString("sv-SE", { timeZone: zone })) / DAY_MS;
}

/** Give the nodes of HTML that the server rendered, with its times told and its rows whole. @param {string} html */
export function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  tellTimes(template.content);
  completeRows(template.content);
  return template.content;
}
