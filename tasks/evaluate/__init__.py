"""Evaluate: question the models, judge their answers, and decide which of them should serve.

evaluate.py   all of it, from references to references; task.py: the same as Prefect tasks
cases.py      what is asked: the frozen test set, newer cases, general questions (general.py)
answers.py    ask one model every case; kept.py: answers that were taken already
judging.py    answers, judged: tasks/judge for formulas, graders.py for the rest, safety.py for what must not be there
metrics.py    judged answers -> named numbers
weigh.py      two models' judged answers -> evidence.py, all that the gate decides by
gate.py       evidence -> promote, or why not: rules.py in order, in wording.py's words
gain.py       one gain and its interval; spending.py and looks.py: how much it may err tonight
report.py     the report that people read
"""
