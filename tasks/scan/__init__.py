"""What texts hold, found column by column: Korean letters, marks of templates, links and formulas that reach out.

The filter screens traffic by it, the evaluation what models answer.
"""
