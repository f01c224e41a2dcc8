// Asks the SQL port by the clients that people use from Go, and says what each of them makes of the answers.
package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/lib/pq"
)

const kinds = "id, big, price::text, ratio, name, is_open, day, moment, local"

type row struct {
	id            int32
	big           int64
	price         string
	ratio         float64
	name          string
	isOpen        bool
	day           time.Time
	moment, local time.Time
}

func (r *row) cells() []any {
	return []any{&r.id, &r.big, &r.price, &r.ratio, &r.name, &r.isOpen, &r.day, &r.moment, &r.local}
}

func (r *row) isFirst() bool {
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	moment := time.Date(2026, 2, 28, 23, 0, 0, 123456000, time.UTC)
	local := time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC)
	return r.id == 1 && r.big == 9007199254740993 && r.price == "123456789012345.678" && r.ratio == 0.1 &&
		r.name == "Ä \"q\" 's" && r.isOpen && r.day.Equal(day) && r.moment.Equal(moment) && r.local.Equal(local)
}

func need(err error) {
	if err != nil {
		panic(err)
	}
}

func byPgx(ctx context.Context, url string) []any {
	connection, err := pgx.Connect(ctx, url)
	need(err)
	defer connection.Close(ctx)
	var first row
	need(connection.QueryRow(ctx, "select "+kinds+" from kinds where id = $1", 1).Scan(first.cells()...))
	var tags []pgtype.Text
	var grid [][]int32
	var about string
	need(connection.QueryRow(ctx, "select tags, grid, about from kinds where id = 1").Scan(&tags, &grid, &about))
	modes := []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
		pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol}
	found := []int{}
	for _, mode := range modes {
		var count int
		statement := "select count(*)::integer from kinds where id = any($1) and big = $2 and day = $3 and price > $4"
		arguments := []any{mode, []int32{1, 2}, first.big, first.day, "0.5"}
		if mode == pgx.QueryExecModeSimpleProtocol {
			// Without parameters a list is a text, '{1,2}', and is none for the engine.
			statement = "select count(*)::integer from kinds where big = $1 and day = $2 and price > $3"
			arguments = []any{mode, first.big, first.day, 0.5}
		}
		need(connection.QueryRow(ctx, statement, arguments...).Scan(&count))
		found = append(found, count)
	}
	batch := &pgx.Batch{}
	for id := 1; id <= 3; id++ {
		batch.Queue("select id from kinds where id = $1", id)
	}
	results := connection.SendBatch(ctx, batch)
	sum := 0
	for range 3 {
		var id int
		need(results.QueryRow().Scan(&id))
		sum += id
	}
	need(results.Close())
	rows, err := connection.Query(ctx, "select number from visits")
	need(err)
	visits := 0
	for rows.Next() {
		visits++
	}
	need(rows.Err())
	var copied bytes.Buffer
	_, err = connection.PgConn().CopyTo(ctx, &copied, "copy (select isbn from books order by 1) to stdout (format csv)")
	need(err)
	transaction, err := connection.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	need(err)
	inner, err := transaction.Begin(ctx)
	need(err)
	_, err = inner.Exec(ctx, "select nope from kinds")
	var refused *pgconn.PgError
	code := ""
	if errors.As(err, &refused) {
		code = refused.Code
	}
	need(inner.Rollback(ctx))
	var one int
	need(transaction.QueryRow(ctx, "select 1").Scan(&one))
	need(transaction.Commit(ctx))
	return []any{first.isFirst(), fmt.Sprint(len(tags), grid, about), found, sum, visits, copied.String(), code, one}
}

func byPq(ctx context.Context, url string, options string) []any {
	database, err := sql.Open("postgres", url+options)
	need(err)
	defer database.Close()
	var first row
	need(database.QueryRowContext(ctx, "select "+kinds+" from kinds where id = $1", 1).Scan(first.cells()...))
	statement, err := database.PrepareContext(ctx, "select id from kinds where big = $1 and name = $2")
	need(err)
	var id int
	for range 3 {
		need(statement.QueryRowContext(ctx, first.big, first.name).Scan(&id))
	}
	ids := []int64{}
	if options == "" {
		var number int64
		rows, err := database.QueryContext(ctx, "select id from kinds where id = any($1) order by id", pq.Array([]int64{1, 2}))
		need(err)
		for rows.Next() {
			need(rows.Scan(&number))
			ids = append(ids, number)
		}
		need(rows.Err())
	}
	transaction, err := database.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	need(err)
	_, err = transaction.ExecContext(ctx, "select nope from kinds")
	var refused *pq.Error
	code := ""
	if errors.As(err, &refused) {
		code = string(refused.Code)
	}
	need(transaction.Rollback())
	rows, err := database.QueryContext(ctx, "select number from visits")
	need(err)
	visits := 0
	for rows.Next() {
		visits++
	}
	need(rows.Err())
	return []any{first.isFirst(), id, ids, code, visits}
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	port, user, password := os.Args[1], os.Args[2], os.Args[3]
	url := fmt.Sprintf("postgres://%s:%s@127.0.0.1:%s/mesh?sslmode=disable&search_path=library_loans", user, password, port)
	found := map[string][]any{
		"pgx":           byPgx(ctx, url),
		"lib/pq":        byPq(ctx, url, ""),
		"lib/pq binary": byPq(ctx, url, "&binary_parameters=yes"),
	}
	need(json.NewEncoder(os.Stdout).Encode(found))
}
