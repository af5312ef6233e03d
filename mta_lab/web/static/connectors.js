// The connectors of a lab that is up: what waits, when the next call is, and "call now"; and one
// queue, message by message. It is about now, whatever moment is looked at elsewhere.
import { element, fill } from "./dom.js";
import { ask, inTurn, order } from "./source.js";
import { Table } from "./table.js";

const HEADS = ["MTA", "Connector", "Queued", "State", "Next try (lab time)", "Associations", ""];

export class Connectors {
  /** `follow` shows the way of a message. */
  constructor(parent, follow) {
    this.follow = follow;
    this.renew = inTurn(() => this.read());
    this.queue = new Table(["Message", "Priority", "Octets"]);
    this.heading = element("h3");
    this.opened = null; // whose queue is shown
    this.below = element("div", { hidden: true }, this.heading, this.queue.element);
    this.rows = new Map(); // by MTA and connector, so that a button that has the focus stays
    this.body = element("tbody");
    const heads = HEADS.map((head) => element("th", { scope: "col" }, head));
    const head = element("thead", {}, element("tr", {}, ...heads));
    this.came = element("p", { class: "about", role: "status" }); // what came of a call
    parent.append(element("table", {}, head, this.body), this.came, this.below);
  }

  /** Show a queue, the next to leave first. */
  async list({ host, connector }) {
    const found = await ask(`queue.json?host=${encodeURIComponent(host)}&connector=${encodeURIComponent(connector)}`);
    fill(this.heading, `Queue of ${host} for ${connector}, the next to leave first`);
    this.below.hidden = false;
    this.queue.show(found, (each) => each.mts_identifier, (each) => [
      link(each.mts_identifier, () => this.follow(each.mts_identifier)), each.priority, String(each.octets),
    ]);
  }

  /** Show how the connectors stand now. */
  async read() {
    let found;
    try {
      found = await ask("connectors.json");
      if (this.opened) await this.list(this.opened);
    } catch {
      return; // the page says by itself that nobody answers
    }
    const before = [...this.rows.keys()].join();
    const rows = new Map(found.map((each) => [JSON.stringify([each.host, each.status.name]), each]));
    for (const name of this.rows.keys()) if (!rows.has(name)) this.rows.delete(name);
    for (const [name, each] of rows) {
      if (!this.rows.has(name)) this.rows.set(name, this.row(each));
      this.rows.get(name).show(each.status);
    }
    if ([...this.rows.keys()].join() !== before) {
      fill(this.body, ...[...this.rows.values()].map((row) => row.element));
    }
  }

  row({ host, status }) {
    const [queued, state, next, associations] = [0, 1, 2, 3].map(() => element("td"));
    const name = element("th", { scope: "row" }, host);
    const label = `Call now: ${host} ${status.display_name}`;
    const button = element("button", { type: "button", class: "tab", "aria-label": label }, "Call now");
    button.addEventListener("click", () => this.call(host, status.name, button));
    const open = link("", () => {
      this.opened = { host, connector: status.name };
      this.renew();
    });
    queued.append(open);
    const cells = [name, element("td", {}, status.display_name), queued, state, next, associations];
    return {
      element: element("tr", {}, ...cells, element("td", {}, button)),
      show: (now) => {
        fill(open, String(now.queued));
        open.setAttribute("aria-label", `Queue: ${host} ${status.display_name}: ${now.queued}`);
        fill(state, now.queued && now.reason ? `${now.state}: ${now.reason}` : now.state);
        fill(next, now.next_try ? now.next_try.replace("T", " ").slice(0, 19) : "");
        fill(associations, [now.associations, ...now.transfers.map(progress)].join("; "));
      },
    };
  }

  async call(host, connector, button) {
    button.setAttribute("aria-busy", "true");
    try {
      const { state, reason } = await order("call", { host, connector });
      fill(this.came, `${host} has called: ${[state, reason].filter(Boolean).join(": ")}`);
    } catch (error) {
      fill(this.came, `${host} has not called: ${error.message}`);
    }
    button.removeAttribute("aria-busy");
    await this.renew();
  }
}

function link(text, pressed) {
  const button = element("button", { type: "button", class: "link" }, text);
  button.addEventListener("click", pressed);
  return button;
}

/** How far a transfer has come. */
function progress({ association, direction, octets, of }) {
  return `association ${association} ${direction}: ${octets}${of === null ? "" : ` of ${of}`} octets`;
}
