"""Evaluate: question the models on the test split, judge their answers, and decide which of them should serve.

answers.py    ask one model every case                  (server, dataset) -> answers
metrics.py    judged answers -> named numbers           (tasks/judge says which formulas are right)
gate.py       two models' scores -> promote, or why not
report.py     the report that people read
evaluate.py   all of it, from references to references
task.py       the same as Prefect tasks
"""
