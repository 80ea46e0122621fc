"""Evaluate: question the models on the test split, judge their answers, and decide which of them should serve.

answers.py    ask one model every case                  (server, dataset) -> answers
formulas.py   find the formula in an answer as people write it
parser.py     read a formula strictly, or say why it is malformed (lexer.py, functions.py)
hints.py      what a formula expects in each range that it reads
workbooks.py  workbooks on which two formulas that differ give different values
engine.py     what a formula gives on a workbook (IronCalc)
judge.py      one case: is the candidate formula equal to the reference?
batch.py      many cases, in processes of their own with limits (worker.py)
metrics.py    judged answers -> named numbers
gate.py       two models' scores -> promote, or why not
report.py     the report that people read
evaluate.py   all of it, from references to references
task.py       the same as Prefect tasks
"""
