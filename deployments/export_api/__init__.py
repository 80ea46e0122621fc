"""The export API: the filtered interactions as a training file, and figures about them, over HTTP.

    serve.py      `exhell api`: listen, and end in order
    app.py        the two calls, their OpenAPI description, and how errors read
    guard.py      who is let in: addresses, hosts, origins, tokens, how often
    request.py    what a caller may ask for, checked
    formats.py    the spellings of formats, and what each file is called
    call.py       one call from its first byte to its last, and what is freed however it ends
    engine.py     the data behind it: the night's extraction and filter, in a process of their own
    stats.py      the figures
    audit.py      who exported what
    pages.py      the description as a page, without a script

docs/export-api.md explains it to those who call it and to those who run it.
"""
