"""The gateway: the one address that the app knows, in front of the model servers.

    serve.py           `exhell gateway`: listen, what runs beside the answers, and end in order
    app.py             the routes
    protocol.py        connections: how many, how long, how large a head
    guard.py           who is let in, and how often
    request.py         what a caller may ask, checked
    routing.py         a stable name becomes an immutable adapter; sessions.py: the same for a whole conversation
    relay.py           one request from its adapter's name to its last byte; events.py: the stream on its way
    upstream.py        HTTP to the model servers; servers.py: what each holds
    desired.py         what should serve, and the memory that outlives a kill
    registry_watch.py  the registry's aliases, in a process of its own; registry_process.py starts and hears it
    decide.py          (should, seen) -> what to do next: pure; reconcile.py does it
    watch.py           is the new champion as good as the one before: pure; shadow.py: traffic that nobody sees
    kept.py  capture.py    questions and answers back into the app database's schema, where a profile asks for it
    metrics.py  access_log.py  control.py  errors.py

docs/gateway.md explains it to those who call it and to those who run it.
"""
