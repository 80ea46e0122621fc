"""The formula judge: is a formula well-formed, does it run, and does it mean the same as another?

formulas.py   find the formula in an answer as people write it
parser.py     read a formula strictly, or say why it is malformed (lexer.py, functions.py, tree.py)
hints.py      what a formula expects in each range that it reads
workbooks.py  workbooks on which two formulas that differ give different values (cells.py, keys.py, values.py)
layout.py     the workbook that a case brings, read with limits
engine.py     what a formula gives on a workbook (IronCalc)
office.py     the second engine, LibreOffice, where it is installed (office_program.py runs it)
traps.py      forms that an engine runs wrong
compare.py    what an engine finds: the same, or where not
judge.py      one case: is the candidate formula equal to the reference?
acceptance.py does any engine accept a formula? (dialect.py: what is right and the parser does not read; cache.py)
skeleton.py   a formula without its references and literals: to compare questions, and to judge each kind once
batch.py      many cases, in processes of their own with limits (share.py, worker.py)
cases.py      files of cases and of verdicts: `exhell judge`

The filter asks it of training answers, the evaluation of what models answered; it knows neither.
"""
