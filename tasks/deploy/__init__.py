"""Deploy: make an adapter that passed the gate the one that serves, and go back where that was wrong.

site.py      what a deployment acts on: server, registry, store; and what serves there
canary.py    questions whose answers are known from the evaluation
fit.py       whether an adapter can be served by this server at all
deploy.py    register -> load -> ask -> move the alias; rollback; restore after a restart of the server
task.py      the same as Prefect tasks
"""
