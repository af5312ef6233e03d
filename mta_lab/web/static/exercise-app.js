// Puts the page of an exercise together: the questions, and beside them the capture that is looked at.
import { Detail } from "./detail.js";
import { byId, element, fill } from "./dom.js";
import { Exercise } from "./exercise.js";
import { Ladder } from "./ladder.js";
import { Model } from "./model.js";
import { ask, follow } from "./source.js";
import { themeButton } from "./theme.js";

const SILENT = "mta-lab exercise web does not answer. Your answers are in answers.yaml.";

let model = null;
let shown = ""; // the name of the capture that is looked at
let parts = [];
const exercise = new Exercise(byId("questions"), lookAt, show);
const captures = element("select", { "aria-label": "Capture" });
captures.addEventListener("change", () => look(captures.value));
byId("captures").append(captures);

/** Show an exercise as it stands now. */
async function show(now) {
  document.title = now.title;
  byId("title").textContent = now.title;
  byId("about").textContent = now.problem;
  byId("points").textContent = `${now.points} of ${now.of} points so far`;
  exercise.show(now);
  if (!shown && now.captures.length) {
    fill(captures, ...now.captures.map((name) => element("option", {}, name)));
    byId("captures").hidden = now.captures.length === 1;
    await look(exercise.capture() || now.captures[0]);
  }
}

/** Show the ladder of a capture. */
async function look(name) {
  let page;
  try {
    page = await ask(`model.json?capture=${encodeURIComponent(name)}`);
  } catch (error) {
    state(`${name} cannot be shown: ${error.message}`);
    return;
  }
  shown = name;
  captures.value = name;
  if (model) model.take(page);
  else begin(page);
  for (const part of parts) part.renewed(null);
  if (model.first) select(model.first, null);
  else exercise.chosen(null);
}

function begin(page) {
  model = new Model(page);
  parts = [
    new Ladder(byId("ladder"), model, select),
    new Detail(byId("detail"), model, select, say),
  ];
}

function select(what, by) {
  for (const part of parts) part.selected(what, by);
  const frame = what.kind === "arrow" ? model.page.arrows[what.at].frame : null;
  exercise.chosen(frame === null ? null : { frame, capture: shown });
}

/** Show a frame of a capture; a line is said when the ladder has no arrow for it. */
async function lookAt(name, frame) {
  if (name !== shown) await look(name);
  const at = model ? model.page.arrows.findIndex((arrow) => arrow.frame === frame) : -1;
  if (at >= 0) select({ kind: "arrow", at }, "exercise");
  else say(`Frame ${frame} has no arrow here. In Wireshark: frame.number == ${frame}`);
  return at >= 0;
}

function say(text) {
  byId("live").textContent = text;
}

function state(text) {
  byId("state").textContent = text;
  say(text);
}

themeButton(byId("theme"));
follow("exercise.json", show, (why) => state(why && SILENT));
