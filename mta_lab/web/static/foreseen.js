// What a change would do to the mail, flow by flow, beside what has been observed since it was made.
import { element, fill } from "./dom.js";
import { ask, inTurn, order } from "./source.js";

const HEADS = ["Mail", "As it is", "Predicted", "Observed since"];
const NOTHING = "Choose another value: what becomes of the mail is predicted before anything is set.";

export class Foreseen {
  /** `changed` hears that something was set. */
  constructor(changed) {
    this.changed = changed;
    this.renew = inTurn(() => this.read());
    this.title = element("h2", {}, "What it does");
    this.said = element("p", { class: "about", role: "status" }, NOTHING);
    this.body = element("tbody");
    const heads = HEADS.map((head) => element("th", { scope: "col" }, head));
    this.table = element("table", { hidden: true },
      element("thead", {}, element("tr", {}, ...heads)), this.body);
    this.set = element("button", { type: "button", class: "tab", hidden: true }, "Set it");
    this.leave = element("button", { type: "button", class: "tab", hidden: true }, "Leave it");
    this.set.addEventListener("click", () => this.throw());
    this.leave.addEventListener("click", () => {
      this.about.undo();
      this.hide();
    });
    this.waiting = element("ul", { class: "waiting" });
    const region = { class: "sideways", tabindex: 0, role: "region", "aria-label": "What it does" };
    this.element = element("section", { class: "panel foreseen" },
      element("div", { class: "head" }, this.title, element("div", {}, this.set, this.leave)),
      element("div", region, this.said, this.table, this.waiting));
    this.about = null; // what is shown and not set
    this.since = null; // when it was set
    this.asked = 0;
  }

  /** Predict what `wanted` does; `undo` takes the choice back, as one of another `path` does. */
  async show(about) {
    if (this.about && this.about.path !== about.path) this.about.undo();
    this.about = about;
    this.since = null;
    this.asked += 1;
    const mine = this.asked;
    fill(this.title, about.title);
    fill(this.said, "Predicting…");
    this.offer(false);
    this.table.hidden = true;
    fill(this.waiting);
    try {
      const flows = await order("foresee", about.wanted);
      if (mine !== this.asked) return; // something else was chosen meanwhile
      const count = flows.filter((flow) => flow.kinds.length).length;
      fill(this.said, count ? `Of ${flows.length} flows of mail ${count} would change.` : "No flow of mail would change.");
      this.flows = flows.map((flow) => ({ flow, observed: element("td", {}, "not set") }));
      fill(this.body, ...this.flows.map(row));
      this.table.hidden = false;
      this.offer(about.canBeSet);
    } catch (error) {
      if (mine === this.asked) fill(this.said, `It cannot be: ${error.message}`);
    }
  }

  /** Show nothing of a choice that was taken back. */
  hide() {
    this.asked += 1;
    this.about = null;
    this.offer(false);
    this.table.hidden = true;
    fill(this.title, "What it does");
    fill(this.said, NOTHING);
    fill(this.waiting);
    this.since = null;
  }

  offer(canBeSet) {
    this.set.hidden = this.leave.hidden = !canBeSet;
  }

  /** Do it. */
  async throw() {
    this.set.setAttribute("aria-busy", "true");
    try {
      const { since } = await order("throw", this.about.wanted);
      this.since = since;
      this.about = null; // there is nothing to take back any more
      this.offer(false);
      fill(this.said, `Set at ${since.replace("T", " ").slice(0, 19)}, lab time.`);
    } catch (error) {
      fill(this.said, `It was not set: ${error.message}`);
    }
    this.set.removeAttribute("aria-busy");
    await this.changed();
  }

  /** Show what has been observed by now. */
  async read() {
    const { since } = this;
    if (!since) return;
    let came;
    try {
      came = await ask(`observed.json?since=${encodeURIComponent(since)}`);
    } catch {
      return; // the page says by itself that nobody answers
    }
    if (since !== this.since) return;
    for (const { flow, observed } of this.flows) {
      const found = came.flows.find((each) => each.sender === flow.sender && each.receiver === flow.receiver);
      fill(observed, ...seen(found));
    }
    const texts = came.waiting.map((each) => `${each.host}: ${each.text}`);
    if (texts.join() === this.texts) return;
    this.texts = texts.join();
    fill(this.waiting, ...came.waiting.map((each) => this.wait(each)));
  }

  /** Mail that waits, and a button for it. */
  wait({ host, connector, text }) {
    const label = `Let ${host} call now: ${connector}`;
    const button = element("button", { type: "button", class: "tab", "aria-label": label }, "Call now");
    button.addEventListener("click", async () => {
      button.setAttribute("aria-busy", "true");
      try {
        const { state, reason } = await order("call", { host, connector });
        fill(this.said, `${host} has called: ${[state, reason].filter(Boolean).join(": ")}`);
      } catch (error) {
        fill(this.said, `${host} has not called: ${error.message}`);
      }
      button.removeAttribute("aria-busy");
      await this.renew();
    });
    return element("li", {}, text, " ", button);
  }
}

function row({ flow, observed }) {
  const { sender, receiver, before, after, kinds } = flow;
  return element("tr", { class: kinds.length ? "changes" : "same" },
    element("th", { scope: "row" }, `${sender} → ${receiver || "nobody"}`),
    element("td", {}, ...fate(before, receiver)),
    element("td", {}, ...(kinds.length ? fate(after, receiver) : ["the same"])),
    observed);
}

/** What becomes of a flow, in the cell of a table. */
function fate(flow, receiver) {
  if (!flow) return ["no such mail"];
  const source = receiver && flow.sources[receiver];
  const events = Object.entries(flow.events).map(([host, its]) => `${host} ${its.join(", ")}`);
  return [
    badge(flow.disposition),
    small(source ? `${receiver} sees ${source}` : ""),
    small(events.length ? `events: ${events.join("; ")}` : ""),
    small(flow.disposition === "delivered" ? "" : flow.reason.text),
  ];
}

/** What was observed of one. */
function seen(found) {
  if (!found || !found.disposition) return ["nothing yet"];
  return [
    badge(found.disposition),
    small(found.arrived ? `${found.arrived} arrived` : `${found.calls} calls`),
    small(found.source_seen ? `${found.receiver} saw ${found.source_seen}` : ""),
    small(found.reason),
  ];
}

function badge(word) {
  return element("span", { class: `badge ${word.replaceAll(" ", "-")}` }, word);
}

function small(text) {
  return text ? element("small", {}, text) : null;
}
