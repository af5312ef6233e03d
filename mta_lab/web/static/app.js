// Puts the page together: what is selected and which moment is looked at, and who has to know.
import { Compose } from "./compose.js";
import { Connectors } from "./connectors.js";
import { Detail } from "./detail.js";
import { byId, element, fill } from "./dom.js";
import { Events } from "./events.js";
import { Ladder } from "./ladder.js";
import { legend } from "./legend.js";
import { Mailbox } from "./mailbox.js";
import { Messages } from "./messages.js";
import { Model } from "./model.js";
import { Rehearsal } from "./rehearsal.js";
import { Reports } from "./reports.js";
import { isLive, source } from "./source.js";
import { themeButton } from "./theme.js";
import { Switches } from "./switches.js";
import { TimeAxis } from "./time-axis.js";
import { Views } from "./views.js";

let model = null;
let chosen = null; // what is selected
let moment = 0; // that is looked at
let nothingNew = ""; // why no other model comes
const parts = [];
const views = isLive() ? new Views(byId("views"), partsOfViews()) : null;

function partsOfViews() {
  const [messages, ...others] = [Messages, Compose, Mailbox, Reports].map((part) => new part(byId("mail")));
  const connectors = new Connectors(byId("connectors"), (identifier) => messages.choose(identifier));
  return {
    mail: [connectors, messages, ...others],
    switches: [new Switches(byId("switches"))],
    rehearsal: [new Rehearsal(byId("rehearsal"))],
  };
}

function show(page) {
  if (model) renew(page);
  else begin(page);
  if (!chosen && model.first) select(model.first, null);
  views?.renew();
}

/** Make the parts of the first model. */
function begin(page) {
  model = new Model(page);
  moment = model.end;
  head();
  parts.push(
    new TimeAxis(byId("axis"), model, look),
    new Ladder(byId("ladder"), model, select),
    new Detail(byId("detail"), model, select, say),
    new Events(byId("events"), byId("filter"), model, select),
  );
  look(moment, null);
}

/** Let the parts show another model of the same lab; what is selected stays so. */
function renew(page) {
  const name = chosen && model.nameOf(chosen);
  const atTheEnd = moment === model.end;
  model.take(page);
  chosen = name && model.named(name);
  head();
  for (const part of parts) part.renewed(chosen);
  look(atTheEnd ? model.end : moment, null);
}

function select(what, by) {
  chosen = what;
  const time = model.timeOf(what);
  if (by) moment = time;
  for (const part of parts) {
    part.selected(what, by);
    if (by) part.at(time, by);
  }
}

function look(time, by) {
  moment = time;
  for (const part of parts) part.at(time, by);
}

function say(text) {
  byId("live").textContent = text;
}

function head() {
  document.title = model.page.title;
  byId("title").textContent = model.page.title;
  const { page } = model;
  const shown = [];
  if (page.verdict) shown.push(element("span", { class: `verdict ${page.verdict}` }, page.verdict));
  shown.push(page.topology || page.capture);
  for (const text of [...page.differences, ...page.notes]) shown.push(" · ", text);
  fill(byId("about"), ...shown);
}

function state(text) {
  if (text === nothingNew) return;
  nothingNew = text;
  byId("state").textContent = text;
  say(text);
}

themeButton(byId("theme"));
fill(byId("legend"), ...legend());
source(show, state);
