"""Reads Airbyte messages as the reference models do, and fails on the first that they refuse.

stdin   one message a line
stdout  {"types": {"RECORD": 3, ...}}
"""

import json
import sys
from collections import Counter

from airbyte_cdk.models import AirbyteMessageSerializer

types = Counter()
for line in sys.stdin:
    message = AirbyteMessageSerializer.load(json.loads(line))
    types[message.type.value] += 1
print(json.dumps({"types": types}))
