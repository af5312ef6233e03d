// The messages of a lab, the newest first, and the way of the one that is chosen through its MTAs.
import { element, fill } from "./dom.js";
import { ask, inTurn } from "./source.js";
import { Table, panel } from "./table.js";

export class Messages {
  constructor(parent) {
    this.renew = inTurn(() => this.read());
    this.list = new Table(["Message", "Since (lab time)", "From", "Now at", "What was said last"]);
    this.way = new Table(["Time", "MTA", "Step", "Connector", "Association", "Recipient, detail"]);
    this.heading = element("h3", {}, "");
    this.chosen = "";
    this.right = element("div", { hidden: true }, this.heading, this.way.element);
    parent.append(panel("Messages", this.list.element, this.right));
  }

  /** Show what there is now. */
  async read() {
    let found;
    try {
      found = await ask("messages.json");
      if (this.chosen) await this.follow();
    } catch {
      return; // the page says by itself that nobody answers
    }
    this.list.show(found, (each) => each.mts_identifier, (each) => [
      this.button(each.mts_identifier),
      lab(each.time), each.origin, each.where, each.latest,
    ]);
  }

  button(identifier) {
    const button = element("button", { type: "button", class: "link" }, identifier);
    button.addEventListener("click", () => this.choose(identifier));
    return button;
  }

  /** Show the way of a message. */
  async choose(identifier) {
    this.chosen = identifier;
    await this.renew();
    this.heading.scrollIntoView({ block: "nearest" });
  }

  async follow() {
    const { chosen } = this;
    const steps = await ask(`way.json?mts_identifier=${encodeURIComponent(chosen)}`);
    fill(this.heading, `The way of ${chosen}`);
    this.right.hidden = false;
    this.way.show(steps, (_, at) => String(at), (step) => [
      lab(step.time), step.host, step.what, step.connector,
      step.association === null ? "" : String(step.association),
      [step.recipient, step.detail].filter(Boolean).join(", "),
    ]);
  }
}

/** A time as an operator reads it. */
function lab(time) {
  return time.replace("T", " ").slice(0, 23);
}
