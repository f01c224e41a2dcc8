"""Reads a product as an Arrow stream and as Parquet, whole and in parts, and says what pyarrow makes of it."""

import json
import sys

import fsspec
import pyarrow
import pyarrow.ipc
import pyarrow.parquet
from urllib.request import urlopen

base = sys.argv[1]
arrow = pyarrow.ipc.open_stream(urlopen(f"{base}.arrow")).read_all()
arrow.validate(full=True)
with fsspec.filesystem("http").open(f"{base}.parquet", block_size=4096, cache_type="none") as file:
    parquet = pyarrow.parquet.read_table(file)
    ids = pyarrow.parquet.read_table(file, columns=["id"])
none = pyarrow.ipc.open_stream(urlopen(f"{base}.arrow?limit=0")).read_all()
print(
    json.dumps(
        {
            "rows": arrow.num_rows,
            "none": none.num_rows,
            "ids": ids.num_rows,
            "equal": arrow.to_pylist() == parquet.to_pylist(),
            "types": {field.name: str(field.type).replace("element:", "item:") for field in arrow.schema},
            "sameTypes": [str(field.type) for field in arrow.schema]
            == [str(field.type).replace("element:", "item:") for field in parquet.schema],
        }
    )
)
