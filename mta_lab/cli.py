"""Play topologies; put labs up, look into them, change them."""

from labkit.commands import Command, program

COMMANDS = {
    "run": Command(
        "mta_lab.commands.run:run",
        "Play topologies on real sockets and compare what was seen with what they expect.",
    ),
    "list": Command(
        "mta_lab.commands.topologies:list_topologies",
        "List the topologies at hand, with the symptom that each shows: what an administrator"
        " sees.",
    ),
    "show": Command(
        "mta_lab.commands.topologies:show",
        "Draw a topology's networks, hosts, connectors and firewall services.",
    ),
    "new": Command(
        "mta_lab.commands.new:new",
        "Write a topology to start from into the current folder, as NAME.yaml.",
    ),
    "graph": Command(
        "mta_lab.commands.graph:graph",
        "Draw a topology: networks, hosts, addresses, what the firewall does.",
    ),
    "up": Command(
        "mta_lab.commands.up:up",
        "Build a topology's networks and start its hosts; they stay when the command has ended.",
    ),
    "down": Command(
        "mta_lab.commands.up:down",
        "End a lab's processes and remove every trace of it, also after its commands were killed.",
    ),
    "ps": Command(
        "mta_lab.commands.ps:ps",
        "Show the hosts of every lab that is up: addresses, connectors, queues, next tries.",
    ),
    "exec": Command(
        "mta_lab.commands.on_host:exec_app",
        "Run a command on a host, in its directory and with its network.",
    ),
    "logs": Command(
        "mta_lab.commands.on_host:logs",
        "Show what hosts have logged, in the order of time; `-f` goes on with what they log.",
    ),
    "capture": Command(
        "mta_lab.commands.capture:capture",
        "Capture the packets of a host or a network segment, until Ctrl-C, SIGTERM or the"
        " reader goes.",
    ),
    "set": Command(
        "mta_lab.commands.set:set_",
        "Change the configuration of hosts while the lab is up; connections under way go on.",
    ),
    "restart": Command(
        "mta_lab.commands.restart:restart",
        "End a host in good order and start it again; its connections end, what it keeps stays.",
    ),
    "lint": Command(
        "mta_lab.commands.lint:lint",
        "Look for what can be played but is hardly meant: addresses that no host has, and the"
        " like.",
    ),
    "predict": Command(
        "mta_lab.commands.predict:predict",
        "Predict what becomes of the mail between every two MTAs, and why; nothing is played.",
    ),
    "prove": Command(
        "mta_lab.commands.prove:prove",
        "Predict what becomes of the mail between every two MTAs, play it, and compare.",
    ),
    "diff": Command(
        "mta_lab.commands.diff:diff",
        "Compare what becomes of the mail in two topologies; nothing is played.",
    ),
    "what-if": Command(
        "mta_lab.commands.what_if:what_if",
        "Predict the mail for every combination of settings, and mark what differs from the file.",
    ),
    "suggest": Command(
        "mta_lab.commands.suggest:suggest",
        "Search for small edits of a file after which the mail is delivered; it stays as it is.",
    ),
    "trace": Command(
        "mta_lab.commands.trace:trace",
        "Trace one SYN: interfaces, rules with file and line, rewriting, routes, and who answers.",
    ),
    "check-capture": Command(
        "mta_lab.commands.check_capture:check_capture",
        "Compare a capture with what the MTAs logged: every association in one must be in the"
        " other.",
    ),
    "page": Command(
        "mta_lab.commands.page:page",
        "Write the ladder of a capture as one page, which a browser opens offline.",
    ),
    "web": Command(
        "mta_lab.commands.web:web",
        "Serve a page of a lab that is up: packets, logs and queues as they come, on one time"
        " axis.",
    ),
    "serve": Command(
        "mta_lab.commands.serve:serve",
        "Serve one host of a topology on this machine, in the foreground, by the wall's clock.",
    ),
    "watch": Command(
        "mta_lab.commands.watch:watch",
        "Serve the page of a lab, each host of which `mta-lab serve` serves in a directory shared.",
    ),
    "fits": Command(
        "mta_lab.commands.fits:fits",
        "Check that a topology has exactly these hosts at these addresses; show what is"
        " implausible.",
    ),
    "record": Command(
        "mta_lab.commands.record:record",
        "Capture what passes this machine on each network of a topology, until SIGTERM or Ctrl-C.",
    ),
    "fault": Command(
        "mta_lab.commands.fault:fault",
        "Lose, reset, delay, slow down or swallow packets on a segment, or those of a service.",
    ),
    "sheet": Command(
        "mta_lab.commands.sheet:app",
        "Link sheets: what two centres agree on before they connect; compared, and made a"
        " topology.",
    ),
    "exercise": Command(
        "mta_lab.commands.exercise:app",
        "Exercises about captures, made from a seed and graded by packets.",
    ),
}

app = program(COMMANDS, __doc__)


def main() -> None:
    """The command's entry point."""
    app()
