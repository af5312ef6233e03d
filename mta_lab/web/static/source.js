// Where the page's JSON comes from: a report has it inside, the server of a lab that is up sends it.
import { byId } from "./dom.js";

const DOWN = "The lab is down: this is what it was.";
const ENDED = "The server has ended: this is what the lab was.";
const LOST = "The server does not answer: this is what the lab was.";

/** Whether a lab that is up is shown, of which one can ask things. */
export function isLive() {
  return byId("model") === null;
}

/** What the server has under a name. Throws when it does not answer. */
export async function ask(name) {
  return outcome(await fetch(name));
}

/** Let the server do something with `body`; what came of it. Throws what it refuses, in words. */
export async function order(name, body) {
  const token = location.pathname.split("/")[1];
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  return outcome(await fetch(name, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function outcome(answer) {
  if (answer.ok) return answer.json();
  const { detail } = await answer.json().catch(() => ({})); // what stands before the page answers in text
  throw new Error(typeof detail === "string" ? detail : answer.statusText);
}

/**
 * A work that is done again when it is asked for while it is done, and never twice at once: so what
 * was read last is what is shown.
 */
export function inTurn(work) {
  let last = Promise.resolve();
  let waiting = null;
  const begin = () => {
    waiting = null;
    return work();
  };
  return () => {
    if (!waiting) waiting = last = last.then(begin, begin);
    return waiting;
  };
}

/**
 * Let `show` have the page's JSON, and of a lab that is up again whenever there is something new;
 * `state` hears in words why nothing new comes, or "" when it does.
 */
export function source(show, state) {
  if (isLive()) follow("model.json", show, state);
  else show(JSON.parse(byId("model").textContent));
}

/**
 * Let `show` have what the server has under a name, again whenever there is something new. A page
 * that nobody sees does not listen: a browser has six connections to a server for all its tabs.
 */
export function follow(name, show, state) {
  let changes = null;
  let over = false;
  const lost = () => {
    if (!over) state(LOST);
  };
  const renew = inTurn(async () => {
    try {
      await show(await ask(name));
    } catch {
      lost();
    }
  });
  const listen = () => {
    changes?.close();
    if (over || document.hidden) return;
    changes = new EventSource("changes");
    changes.addEventListener("open", () => state(""));
    changes.addEventListener("error", lost);
    changes.addEventListener("changed", renew);
    changes.addEventListener("over", ({ data }) => {
      over = true;
      changes.close();
      state(data === "true" ? DOWN : ENDED);
    });
  };
  document.addEventListener("visibilitychange", listen);
  listen();
}
