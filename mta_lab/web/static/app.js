// Puts the page together: what is selected and which moment is looked at, and who has to know.
import { Detail } from "./detail.js";
import { byId, element, fill } from "./dom.js";
import { Events } from "./events.js";
import { Ladder } from "./ladder.js";
import { legend } from "./legend.js";
import { Model } from "./model.js";
import { themeButton } from "./theme.js";
import { TimeAxis } from "./time-axis.js";

function start() {
  const model = new Model(JSON.parse(byId("model").textContent));
  document.title = model.page.title;
  byId("title").textContent = model.page.title;
  fill(byId("about"), ...about(model.page));
  themeButton(byId("theme"));
  fill(byId("legend"), ...legend());

  const say = (text) => {
    byId("live").textContent = text;
  };
  const parts = [];
  const select = (what, by) => {
    const time = model.timeOf(what);
    for (const part of parts) {
      part.selected(what, by);
      if (by) part.at(time, by);
    }
  };
  const look = (time, by) => {
    for (const part of parts) part.at(time, by);
  };
  parts.push(
    new TimeAxis(byId("axis"), model, look),
    new Ladder(byId("ladder"), model, select),
    new Detail(byId("detail"), model, select, say),
    new Events(byId("events"), byId("filter"), model, select),
  );
  look(model.end, null);
  if (model.first) select(model.first, null);
}

function about(page) {
  const parts = [];
  if (page.verdict) parts.push(element("span", { class: `verdict ${page.verdict}` }, page.verdict));
  parts.push(page.topology || page.capture);
  for (const text of [...page.differences, ...page.notes]) parts.push(" · ", text);
  return parts;
}

start();
