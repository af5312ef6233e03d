// Where the page's JSON comes from: a report has it inside, the server of a lab that is up sends it.
import { byId } from "./dom.js";

const DOWN = "The lab is down: this is what it was.";
const LOST = "mta-lab web does not answer: this is what the lab was.";

/**
 * Let `show` have the page's JSON, and of a lab that is up again whenever there is something new;
 * `state` hears in words why nothing new comes, or "" when it does.
 */
export function source(show, state) {
  const inside = byId("model");
  if (inside) show(JSON.parse(inside.textContent));
  else follow(show, state);
}

function follow(show, state) {
  const changes = new EventSource("changes");
  const lost = () => {
    if (!over) state(LOST);
  };
  let over = false;
  let fetching = false;
  let again = false;
  const renew = async () => {
    again = fetching;
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch("model.json");
      if (answer.ok) show(await answer.json());
      else lost();
    } catch {
      lost();
    } finally {
      fetching = false;
    }
    if (again) renew();
  };
  changes.addEventListener("open", () => state(""));
  changes.addEventListener("error", lost);
  changes.addEventListener("changed", renew);
  changes.addEventListener("over", () => {
    over = true;
    changes.close();
    state(DOWN);
  });
}
