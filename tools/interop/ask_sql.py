"""Asks the SQL port by the clients that people use from Python, and says what each of them makes of the answers."""

import asyncio
import datetime
import decimal
import json
import os
import sys

host, port, user, password, odbc_driver = "127.0.0.1", *sys.argv[1:5]
url = f"postgresql://{user}:{password}@{host}:{port}/mesh"
path = "library_loans"

# The first row of every kind of column that a product can have.
first = [
    1,
    9007199254740993,
    decimal.Decimal("170141183460469231731687303715884105727"),
    decimal.Decimal("123456789012345.678"),
    0.1,
    1.5,
    "Ä \"q\" 's",
    "open",
    True,
    datetime.date(2024, 2, 29),
    datetime.time(23, 59, 59, 123456),
    datetime.datetime(2026, 2, 28, 23, 0, 0, 123456, tzinfo=datetime.timezone.utc),
    datetime.datetime(1969, 12, 31, 23, 59, 59, 999999),
    {"a": [1, None], "b": "x"},
    ["a", "b,c", None, '"'],
    [1, None, -3],
    [[1, 2], [3, 4]],
    [datetime.date(2024, 2, 29), None],
]
names = "id big huge price ratio single name state is_open day hour moment local about tags sizes grid days".split()
# Those that every client has a type for.
plain = ["id", "big", "price", "ratio", "name", "is_open", "day", "hour", "local"]


def plain_values():
    return [first[names.index(name)] for name in plain]


def same(found, expected):
    if isinstance(found, str) and isinstance(expected, dict):
        found = json.loads(found)
    return found == expected


def differences(row):
    return [name for name, found, expected in zip(names, row, first) if not same(found, expected)]


def unequal_parameters(ask, columns, write):
    """Columns of which a value that is sent back does not find its row."""
    return [name for name in columns if ask(write(name), first[names.index(name)]) != [1]]


def psycopg():
    import psycopg

    connect = lambda: psycopg.connect(host=host, port=port, dbname="mesh", user=user, password=password)
    with connect() as mesh:
        text = mesh.execute("select * from kinds where id = 1").fetchone()
        with mesh.cursor(binary=True) as cursor:
            binary = cursor.execute("select * from kinds where id = 1").fetchone()
        ask = lambda condition, value: [
            row[0] for row in mesh.execute(f"select id from kinds where {condition}", (value,), prepare=True)
        ]
        wrong = unequal_parameters(ask, [*plain, "moment", "tags", "sizes"], lambda name: f"{name} = %s")
        listed = [row[0] for row in mesh.execute("select id from kinds where id = any(%s) order by id", ([1, 2],))]
        with mesh.cursor(name="much") as cursor:
            cursor.execute("select number from visits")
            rows = sum(1 for _ in cursor)
        with mesh.cursor().copy("copy (select id, price, day from kinds order by id) to stdout (format binary)") as copy:
            copy.set_types(["int4", "numeric", "date"])
            copied = [*copy.rows()][0] == (1, first[3], first[9])
        with mesh.pipeline():
            piped = mesh.execute("select count(*) from kinds").fetchone()
        failed = ""
        with mesh.transaction():
            try:
                with mesh.transaction():
                    mesh.execute("select nope from kinds")
            except psycopg.errors.UndefinedColumn as failure:
                failed = failure.diag.statement_position
            mesh.execute("select 1")
    return [differences(text), differences(binary), wrong, listed, rows, copied, piped[0], failed]


def psycopg2():
    import psycopg2

    mesh = psycopg2.connect(host=host, port=port, dbname="mesh", user=user, password=password)
    mesh.set_session(readonly=True, isolation_level="SERIALIZABLE")
    cursor = mesh.cursor()
    cursor.execute("select * from kinds where id = %s and tags = %s", (1, first[14]))
    row = cursor.fetchone()
    named = mesh.cursor("much")
    named.execute("select number from visits")
    return [differences(row), len(named.fetchall())]


def pg8000():
    import pg8000.native

    mesh = pg8000.native.Connection(user, host=host, port=int(port), database="mesh", password=password)
    row = mesh.run("select * from kinds where id = :id", id=1)[0]
    ask = lambda condition, value: [row[0] for row in mesh.run(f"select id from kinds where {condition}", v=value)]
    return [differences(row), unequal_parameters(ask, plain, lambda name: f"{name} = :v")]


def asyncpg():
    import asyncpg as driver

    async def ask():
        mesh = await driver.connect(host=host, port=int(port), database="mesh", user=user, password=password)
        row = await mesh.fetchrow("select * from kinds where id = 1")
        wrong = []
        for name in [*plain, "moment", "tags", "sizes"]:
            if await mesh.fetchval(f"select id from kinds where {name} = $1", first[names.index(name)]) != 1:
                wrong.append(name)
        listed = await mesh.fetch("select id from kinds where id = any($1) order by id", [1, 2])
        async with mesh.transaction(readonly=True):
            rows = 0
            async for _ in mesh.cursor("select number from visits", prefetch=5000):
                rows += 1
        try:
            endless = "select count(*) from visits a, visits b where a.number * b.number % 1000003 = 17"
            ended = await mesh.fetch(endless, timeout=0.3)
        except asyncio.TimeoutError:
            ended = await mesh.fetchval("select 'goes on'")
        await mesh.close()
        pool = await driver.create_pool(url, min_size=1, max_size=2, server_settings={"search_path": path})
        for _ in range(3):
            async with pool.acquire() as pooled:
                count = await pooled.fetchval("select count(*) from books")
        await pool.close()
        return [differences(row), wrong, [one["id"] for one in listed], rows, ended, count]

    return asyncio.run(ask())


def sqlalchemy():
    import sqlalchemy as sa

    found = []
    for driver in ["psycopg", "psycopg2", "pg8000"]:
        engine = sa.create_engine(f"postgresql+{driver}://{user}:{password}@{host}:{port}/mesh")
        inspector = sa.inspect(engine)
        metadata = sa.MetaData()
        metadata.reflect(engine, schema=path)
        kinds, visits = metadata.tables[f"{path}.kinds"], metadata.tables[f"{path}.visits"]
        with engine.connect() as mesh:
            row = mesh.execute(sa.select(kinds).where(kinds.c.id.in_([1]))).one()
        key = [element.target_fullname for element in visits.foreign_keys]
        comment = inspector.get_table_comment("visits", path)["text"]
        types = [str(kinds.c[name].type) for name in ["big", "price", "moment", "tags"]]
        absent = [inspector.has_table("kinds", path), inspector.has_table("nothing", path)]
        found.append([sorted(metadata.tables), key, comment, types, absent, differences(row)])
    return found[0] if found[0] == found[1] == found[2] else found


def pandas():
    import pandas as pd
    import sqlalchemy as sa

    engine = sa.create_engine(
        f"postgresql+psycopg://{user}:{password}@{host}:{port}/mesh",
        connect_args={"options": f"-csearch_path={path}"},
    )
    frame = pd.read_sql("select big, moment, is_open from kinds where id = 1", engine)
    table = pd.read_sql_table("visits", engine, schema=path)
    chunks = sum(len(chunk) for chunk in pd.read_sql("select * from visits", engine, chunksize=50_000))
    return [str(frame.big[0]), str(frame.moment.dtype)[-4:-1], len(table), chunks]


def adbc():
    import adbc_driver_postgresql.dbapi

    with adbc_driver_postgresql.dbapi.connect(url) as mesh, mesh.cursor() as cursor:
        cursor.execute(f"select {', '.join(plain)} from kinds where id = 1")
        table = cursor.fetch_arrow_table()
        row = [value for column in table.columns for value in column.to_pylist()]
        row[plain.index("price")] = decimal.Decimal(row[plain.index("price")])
        cursor.execute("select * from kinds order by id")
        whole = cursor.fetch_arrow_table().num_rows
        cursor.execute("select number from visits")
        rows = cursor.fetch_arrow_table().num_rows
        schemas = mesh.adbc_get_objects(depth="tables").read_all().to_pylist()[0]["catalog_db_schemas"]
        shown = next(one for one in schemas if one["db_schema_name"] == path)
        return [row == plain_values(), whole, rows, sorted(one["table_name"] for one in shown["db_schema_tables"])]


def polars():
    import polars as pl

    query = f"select {', '.join(plain)} from kinds where id = 1"
    rows = [[*pl.read_database_uri(query, url, engine=engine).row(0)] for engine in ["connectorx", "adbc"]]
    for row in rows:
        row[plain.index("price")] = decimal.Decimal(str(row[plain.index("price")]))
    # connectorx makes doubles of decimals.
    rows[0][plain.index("price")] = first[3]
    whole = "select * from library_loans.visits"
    parts = pl.read_database_uri(whole, url, engine="connectorx", partition_on="number", partition_num=3)
    return [row == plain_values() for row in rows] + [parts.height]


def odbc():
    import pyodbc

    found = []
    for options in ["", "UseDeclareFetch=1;Fetch=1000;", "UseServerSidePrepare=0;"]:
        where = f"SERVER={host};PORT={port};DATABASE=mesh;UID={user};PWD={password};BoolsAsChar=0;{options}"
        mesh = pyodbc.connect(f"DRIVER={odbc_driver};{where}")
        cursor = mesh.cursor()
        tables = [row.table_name for row in cursor.tables(schema=path, tableType="TABLE")]
        columns = [row.column_name for row in cursor.columns(table="kinds", schema=path)]
        key = [row.column_name for row in cursor.primaryKeys(table="visits", schema=path)]
        other = [row.pktable_name for row in cursor.foreignKeys(foreignTable="visits", foreignSchema=path)]
        row = list(cursor.execute(f'select {", ".join(plain)} from "{path}"."kinds" where id = 1').fetchone())
        ask = lambda condition, value: [
            row[0] for row in cursor.execute(f"select id from kinds where {condition}", value).fetchall()
        ]
        wrong = unequal_parameters(ask, [name for name in plain if name != "hour"], lambda name: f"{name} = ?")
        rows = len(cursor.execute("select number from visits").fetchall())
        try:
            cursor.execute("select nope from kinds")
        except pyodbc.Error as failure:
            state = failure.args[0]
        mesh.rollback()
        found.append([tables, columns == names, key, other, row == plain_values(), wrong, rows, state])
    return found[0] if found[0] == found[1] == found[2] else found


clients = [psycopg, psycopg2, pg8000, asyncpg, sqlalchemy, pandas, adbc, polars]
if os.path.exists(odbc_driver):
    clients.append(odbc)
answers = {}
for client in clients:
    try:
        answers[client.__name__] = client()
    except Exception as failure:
        answers[client.__name__] = [f"{type(failure).__name__}: {str(failure).splitlines()[0]}"]
print(json.dumps(answers, default=str))
