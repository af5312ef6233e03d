// The reports that came back to the users of a lab's MTAs.
import { ask, inTurn } from "./source.js";
import { Table, panel } from "./table.js";

export class Reports {
  constructor(parent) {
    this.renew = inTurn(() => this.read());
    this.list = new Table(["About", "Came (lab time)", "At", "Recipient", "What it says"]);
    parent.append(panel("Reports", this.list.element));
  }

  /** Show what there is now. */
  async read() {
    let found;
    try {
      found = await ask("reports.json");
    } catch {
      return; // the page says by itself that nobody answers
    }
    this.list.show(found, (_, at) => String(at), (each) => [
      each.mts_identifier, each.time.replace("T", " ").slice(0, 23), each.host, each.recipient, each.text,
    ]);
  }
}
