// The time zones that the browser knows, offered while one types.

const input = document.querySelector('[data-setting="time_zone"] [name=value]');
const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
if (input && zones.length) {
  const list = document.createElement("datalist");
  list.id = "setting-zones";
  list.append(...zones.map((zone) => new Option("", zone)));
  input.after(list);
  input.setAttribute("list", list.id);
}
