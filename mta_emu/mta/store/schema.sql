-- What an MTA keeps: messages, queues, mailbox, event log, message tracking log.

-- A message; `complete` once this MTA answers for it.
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    mts_identifier TEXT NOT NULL DEFAULT '',
    content_length INTEGER NOT NULL DEFAULT 0,
    complete INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX message_incomplete ON message (id) WHERE NOT complete;

-- A content in pieces: the id is the message's times 2^20, plus the piece's number. A key of one
-- integer lets small contents lie side by side, four to a page, and large ones leave quickly.
CREATE TABLE content (id INTEGER PRIMARY KEY, octets BLOB NOT NULL);

-- What copies in a connector's queue have in common that decides about their route: so it is looked
-- at, and counted, once for all of them. It goes with the last of them.
CREATE TABLE queue_group (
    id INTEGER PRIMARY KEY,
    connector TEXT NOT NULL,
    since INTEGER NOT NULL, -- failed opens of the connector that do not count for them
    came_by TEXT NOT NULL, -- the connector that the messages came in by
    tries TEXT NOT NULL, -- failed opens of other connectors that do count, as JSON
    reroutes INTEGER NOT NULL,
    routing_facts TEXT NOT NULL, -- of routingfacts.py
    UNIQUE (connector, since, came_by, tries, reroutes, routing_facts)
);
CREATE INDEX queue_group_connector ON queue_group (connector);

-- A copy of a message that waits for a connector, in the envelope that it will travel in.
CREATE TABLE queue (
    id INTEGER PRIMARY KEY,
    connector TEXT NOT NULL,
    rank INTEGER NOT NULL,
    message INTEGER NOT NULL REFERENCES message,
    queue_group INTEGER NOT NULL REFERENCES queue_group,
    envelope BLOB NOT NULL,
    expires TEXT, -- its latest delivery time, when it has one
    conversion TEXT, -- how the content is written for the connector, as JSON; NULL: as it is
    converted_length INTEGER -- how long it is then
);
CREATE INDEX queue_order ON queue (connector, rank, id);
CREATE INDEX queue_by_group ON queue (queue_group);
CREATE INDEX queue_message ON queue (message);
CREATE INDEX queue_expires ON queue (expires) WHERE expires IS NOT NULL;
CREATE TRIGGER queue_group_ends AFTER DELETE ON queue BEGIN
    DELETE FROM queue_group
    WHERE id = old.queue_group
    AND NOT EXISTS (SELECT 1 FROM queue WHERE queue_group = old.queue_group);
END;
CREATE TRIGGER queue_group_changes AFTER UPDATE OF queue_group ON queue BEGIN
    DELETE FROM queue_group
    WHERE id = old.queue_group
    AND NOT EXISTS (SELECT 1 FROM queue WHERE queue_group = old.queue_group);
END;

-- How many copies wait for each connector, so that nobody has to count a long queue.
CREATE TABLE backlog (connector TEXT PRIMARY KEY, queued INTEGER NOT NULL) WITHOUT ROWID;
CREATE TRIGGER queue_grows AFTER INSERT ON queue BEGIN
    INSERT INTO backlog VALUES (new.connector, 1)
    ON CONFLICT (connector) DO UPDATE SET queued = queued + 1;
END;
CREATE TRIGGER queue_shrinks AFTER DELETE ON queue BEGIN
    UPDATE backlog SET queued = queued - 1 WHERE connector = old.connector;
END;

-- A message that is not to be delivered yet, as it came.
CREATE TABLE deferred (
    message INTEGER PRIMARY KEY REFERENCES message,
    head BLOB NOT NULL,
    octets INTEGER NOT NULL,
    connector TEXT NOT NULL, -- that it came by; empty: it was submitted here
    association INTEGER,
    arrival TEXT NOT NULL,
    until TEXT NOT NULL
);
CREATE INDEX deferred_until ON deferred (until);
CREATE TRIGGER deferred_grows AFTER INSERT ON deferred BEGIN
    INSERT INTO counter VALUES ('deferred', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER deferred_shrinks AFTER DELETE ON deferred BEGIN
    UPDATE counter SET value = value - 1 WHERE name = 'deferred';
END;

-- The recipients that a message has come for, so that none gets it twice: a JSON list for each time it came.
CREATE TABLE arrival (
    number INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    mts_identifier TEXT NOT NULL,
    recipients TEXT NOT NULL
);
CREATE INDEX arrival_message ON arrival (mts_identifier);

-- An association with a long transfer, for the next start if this process is killed.
CREATE TABLE association (
    id INTEGER PRIMARY KEY,
    connector TEXT NOT NULL,
    message INTEGER, -- that comes over it; NULL: none does
    state TEXT NOT NULL -- of keeping.py, as JSON
);

-- What was delivered here. A row has copies of one message whose recipients get the same envelope with it;
-- they are numbered from id to `last`.
CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL UNIQUE,
    message INTEGER NOT NULL REFERENCES message,
    recipients TEXT NOT NULL, -- a JSON list
    meant_for TEXT NOT NULL, -- for each of them a JSON list of the recipients before; [] when nobody has any
    subject TEXT NOT NULL,
    time TEXT NOT NULL,
    envelope TEXT NOT NULL -- what each gets with the message besides, JSON
);
CREATE INDEX mailbox_message ON mailbox (message);

-- What became of a message or a probe of a user here, as a report said. A row has many recipients of one
-- report: a JSON list with, for each, its name, the alternate recipient that it was redirected to,
-- supplementary information as the reporting MTA wrote it, and the time of delivery, or null with reason
-- and diagnostic.
CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    subject_identifier TEXT NOT NULL,
    content_identifier TEXT NOT NULL,
    originator TEXT NOT NULL,
    recipients TEXT NOT NULL
);
CREATE INDEX report_subject ON report (subject_identifier);

CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    id INTEGER NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    category TEXT NOT NULL,
    text TEXT NOT NULL,
    reason TEXT NOT NULL,
    repeats INTEGER NOT NULL, -- how many events of its kind it stands for; 0: for itself
    connector TEXT NOT NULL,
    ends INTEGER NOT NULL -- octets that were ever logged up to the end of this event
);
CREATE INDEX event_ends ON event (ends);

-- What happened to each message here.
CREATE TABLE tracking (
    number INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    mts_identifier TEXT NOT NULL,
    what TEXT NOT NULL,
    connector TEXT NOT NULL,
    association INTEGER,
    recipient TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX tracking_message ON tracking (mts_identifier);

-- Associations that did not come about, once for all the messages that waited.
CREATE TABLE failure (
    number INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    connector TEXT NOT NULL,
    association INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX failure_connector ON failure (connector, time);

CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE property (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
