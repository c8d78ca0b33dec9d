// How many each place has, beside it: asked again after whatever this page changed.

import { api } from "../core/http.js";

const GATHER_MS = 500;
const places = document.querySelector(".places");
const mark = places?.querySelector("[data-waiting]");
let timer = 0;
let asked = 0;

function askSoon() {
  clearTimeout(timer);
  timer = setTimeout(() => ask().catch(() => undefined), GATHER_MS);
}

// A count that does not come is told by what needs the server, not here.
async function ask() {
  const mine = ++asked;
  const { "/review": waiting, ...counts } = await api("GET", "/review/counts");
  // An answer that took its time must not stand in place of a newer one.
  if (mine !== asked) return;
  mark.hidden = !waiting;
  mark.querySelector("[data-waiting-count]").textContent = waiting;
  for (const [address, count] of Object.entries(counts)) {
    const place = places.querySelector(`.place[href="${address}"]`);
    if (count) place.dataset.count = count;
    else delete place.dataset.count;
  }
}

if (mark) {
  for (const name of ["server:changed", "draft:ended", "batches:polled"]) document.addEventListener(name, askSoon);
  addEventListener("pageshow", (event) => event.persisted && askSoon());
}
