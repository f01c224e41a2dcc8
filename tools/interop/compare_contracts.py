"""Asks datacontract-cli about contracts, once for all of them: starting it takes longer than its answers.

stdin   {"lint": [path], "pairs": [{"name", "before": contract, "after": contract}]}
stdout  {"version", "lint": [{"file", "result", "problems": [text]}],
         "pairs": [{"name", "entries": [{"path", "type", "level", "message"}]}]}
"""

import json
import sys
from importlib.metadata import version

from datacontract.data_contract import DataContract
from open_data_contract_standard.model import OpenDataContractStandard


def lint(path):
    # never looks anything up elsewhere: references stay what they are
    run = DataContract(data_contract_file=path, inline_references=False).lint()
    checks = [check for check in run.checks or [] if check.result != "passed"]
    return {"file": path, "result": run.result.value, "problems": [f"{check.name}: {check.reason}" for check in checks]}


def open_contract(contract):
    return DataContract(data_contract=OpenDataContractStandard.model_validate(contract), inline_references=False)


def compare(pair):
    """Every entry of the changelog, with the grade that the command `breaking` gives it for consumers."""
    graded = open_contract(pair["before"]).breaking(open_contract(pair["after"]), perspective="consumer")
    entries = [
        {"path": entry.path, "type": entry.change_type.value, "level": entry.level.value, "message": entry.message}
        for entry in graded.entries
    ]
    return {"name": pair["name"], "entries": entries}


task = json.load(sys.stdin)
answer = {
    "version": version("datacontract-cli"),
    "lint": [lint(path) for path in task["lint"]],
    "pairs": [compare(pair) for pair in task["pairs"]],
}
print(json.dumps(answer))
