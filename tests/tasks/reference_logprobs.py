"""Run by a test in the train environment: log probabilities of token ids by transformers and PEFT.

    python reference_logprobs.py BASE IN.json OUT.json

IN.json is a list of {"adapter": folder, "ids": [...], "start": n}; OUT.json gets the log probabilities of ids[start:].
"""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

base, source, target = sys.argv[1:]
results, models = [], {}
for case in json.loads(Path(source).read_text()):
    if case["adapter"] not in models:
        plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        models[case["adapter"]] = PeftModel.from_pretrained(plain, case["adapter"]).eval()
    model = models[case["adapter"]]
    ids = torch.tensor([case["ids"]])
    with torch.no_grad():
        logprobs = torch.log_softmax(model(ids).logits[0], dim=-1)
    results.append([logprobs[at - 1, case["ids"][at]].item() for at in range(case["start"], len(case["ids"]))])
Path(target).write_text(json.dumps(results))
