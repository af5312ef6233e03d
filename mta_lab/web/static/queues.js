// How long the queues were: a line of steps each.
import { shape } from "./dom.js";

const ROOM = 12; // above the longest

/** The lines of all queues that ever had something, in a lane of that height. */
export function queueLane(queues, x, model, height) {
  const longest = Math.max(1, ...queues.map(most));
  const y = (queued) => height - 2 - (queued / longest) * (height - ROOM - 2);
  return queues
    .filter(wasUsed)
    .map((queue, at) => {
      let path = "";
      for (const [time, queued] of queue.points) {
        path += path ? `H${x(time).toFixed(1)}V${y(queued).toFixed(1)}` : `M${x(time).toFixed(1)} ${y(queued).toFixed(1)}`;
      }
      path += `H${x(model.end).toFixed(1)}`;
      return shape("g", { class: `queue queue-${at % 4}` },
        shape("title", {}, `${queue.host} ${queue.connector}: at most ${most(queue)}`),
        shape("path", { d: path }));
    });
}

/** Whether a queue ever had something. */
export function wasUsed(queue) {
  return most(queue) > 0;
}

function most(queue) {
  return queue.points.reduce((longest, [, queued]) => Math.max(longest, queued), 0);
}
