// Octets as people read them: sixteen on a line, in hex and as text.

const LINE = 16;

/** Base64 to a dump, a line for each sixteen octets. */
export function dump(base64) {
  const octets = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const lines = [];
  for (let at = 0; at < octets.length; at += LINE) {
    const part = [...octets.slice(at, at + LINE)];
    const hex = part.map((octet) => octet.toString(16).padStart(2, "0")).join(" ");
    const text = part.map((octet) => (octet > 31 && octet < 127 ? String.fromCharCode(octet) : "."));
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(LINE * 3)} ${text.join("")}`);
  }
  return lines.join("\n");
}
