"""The engine `haproxy`, in TCP mode (HAProxy 2.6, Configuration Manual).

A proxy (frontend, backend, listen) has its own directives after those of its `defaults`; of a
directive that stands once, the last one counts. What decides: bind, acl, tcp-request, use_backend,
default_backend, source and server. What cannot change where a first connection goes is known and
passed over; everything else is not modelled, as soon as a connection comes to the proxy that has
it. Read it in this order: reader, conditions, engine.
"""
