import { nearest } from "@thoth/contract/spelling";
import { defineErrors } from "@thoth/kernel/mesh-error";

export const gatewayError = defineErrors("gateway", {
  "port-in-use": (p: { host: string; port: number }) => ({
    message: `Port ${p.port} on ${p.host} is taken by another program`,
    hint: "Stop that program, or choose another port with MESH_PORT=4001 (0 takes any free one).",
  }),
  "cannot-listen": (p: { host: string; port: number; reason: string }) => ({
    message: `Cannot listen on ${p.host}:${p.port}: ${p.reason}`,
    hint: "Choose another address with MESH_HOST or another port with MESH_PORT.",
  }),
  "type-conflict": (p: { name: string; domains: readonly string[] }) => ({
    message: `Domains ${p.domains.join(" and ")} both define ${p.name}, and not alike`,
    hint: "Rename one of the products, schema objects or relationships: only one of them could be served.",
  }),
  "name-reserved": (p: { name: string; domain: string }) => ({
    message: `Domain ${p.domain} defines ${p.name}, which belongs to the gateway's own discovery fields`,
    hint: "Rename the product, or the object in its schema.",
  }),
  "key-conflict": (p: { type: string; keys: readonly string[]; domains: readonly string[] }) => ({
    message: `Domains ${p.domains.join(" and ")} disagree on the key of ${p.type}: ${p.keys.join(" and ")}`,
    hint: "One of them refers to another version of the product's contract. Publish the contract, and refer to the newest version.",
  }),
  "subgraph-unavailable": (p: { domain: string; reason: string }) => ({
    message: `The domain ${p.domain} does not answer (${p.reason}), so its fields are null`,
    hint: "The rest of the answer is complete. Ask again later, or tell the domain's owner.",
  }),
  "lookup-unkeyed": (p: { domain: string; type: string }) => ({
    message: `The domain ${p.domain} answers rows of ${p.type} without their keys, so nobody can tell whose they are`,
    hint: "Tell the domain's owner: it serves another version of its contracts than the gateway knows.",
  }),
  "brown-out": (p: { element: string; back: string; end: string | undefined; replacement: string | undefined }) => ({
    message: `${p.element} is on its way out and switched off until ${p.back}`,
    hint: `${p.replacement === undefined ? "Ask its owner what to use instead" : `Use ${p.replacement} instead`}${p.end === undefined ? "." : `: from ${p.end} on it may be gone for good.`}`,
  }),
  retired: (p: { element: string; end: string | undefined; replacement: string | undefined }) => ({
    message: `${p.element} has ended${p.end === undefined ? "" : ` (${p.end})`}`,
    hint:
      p.replacement === undefined
        ? "dataProducts lists what there is."
        : `Use ${p.replacement} instead; its product's page in the catalog tells what changed.`,
  }),
  "too-deep": (p: { depth: number | string; limit: number }) => ({
    message: `The query nests ${p.depth} levels deep, and ${p.limit} are allowed`,
    hint: "Ask for fewer levels of relations, or in two queries.",
  }),
  "too-many-fields": (p: { fields: number; limit: number }) => ({
    message: `The query asks for ${p.fields} fields, and ${p.limit} are allowed`,
    hint: "Ask for fewer columns, or in two queries. Fields of a fragment count wherever it is used.",
  }),
  "too-many-questions": (p: { roots: number; limit: number }) => ({
    message: `The operation has ${p.roots} fields at the top, and ${p.limit} are the most`,
    hint: "Ask for several rows in one field, such as where: { code: { in: [...] } }, or send several operations.",
  }),
  "too-many-definitions": (p: { definitions: number; limit: number }) => ({
    message: `The document has ${p.definitions} operations and fragments, and ${p.limit} are the most`,
    hint: "Send only the operation that is meant and the fragments that it uses.",
  }),
  "too-many-repeats": (p: { name: string; times: number }) => ({
    message: `${p.name} is asked for ${p.times} times at one place, with different arguments`,
    hint: "Give each its own alias: fields of one name at one place have to be the same.",
  }),
  "discovery-too-costly": (p: { values: number; limit: number }) => ({
    message: `The operation could take up to ${p.values} values from the catalog or the schema, and ${p.limit} are allowed`,
    hint: "Ask for fewer products at a time, or follow upstream and downstream over fewer steps.",
  }),
  "answer-too-large": (p: { limitBytes: number }) => ({
    message: `The answer would be larger than ${p.limitBytes} bytes`,
    hint: "Ask for less at a time: fewer fields, shorter pages, fewer operations in one request.",
  }),
  "agreement-page": (p: { first: number; most: number }) => ({
    message: `first: ${p.first} is not between 0 and ${p.most}`,
    hint: `Ask for first: ${p.most} or less, and go on with after: <id of the last one>.`,
  }),
  "agreement-after": (p: { after: string }) => ({
    message: `None of the agreements in this list is ${p.after}`,
    hint: "Pass the id of the last one of the page before, or leave after out to begin with the newest.",
  }),
  "alias-reserved": (p: { alias: string }) => ({
    message: `The name ${p.alias} is reserved`,
    hint: "Let aliases begin with a letter or one underscore.",
  }),
  "body-too-large": (p: { limitBytes: number }) => ({
    message: `The request is larger than ${p.limitBytes} bytes`,
    hint: "Split long lists of values into several requests.",
  }),
  "content-type": (p: { contentType: string }) => ({
    message: `A request of type ${p.contentType} is not accepted`,
    hint: 'Send `content-type: application/json` with a body such as {"query": "{ dataProducts { id } }"}.',
  }),
  "bad-request": (p: { reason: string }) => ({
    message: p.reason,
    hint: 'Send a POST with `content-type: application/json` and one JSON object: {"query": "…", "variables": {…}}.',
  }),
  "bad-variables": (p: { reason: string }) => ({
    message: p.reason,
    hint: "Send `variables` as one object, with a value of the declared type for every variable that has no default.",
  }),
  "content-encoding": (p: { encoding: string }) => ({
    message: `A request body that is encoded as ${p.encoding} is not accepted`,
    hint: "Send the body as it is, without content-encoding. Answers may be compressed all the same.",
  }),
  "cross-site": () => ({
    message: "A page of another site sent this operation",
    hint: "Ask the operators to add the site's origin to MESH_ORIGINS, or ask from a server.",
  }),
  "batch-too-large": (p: { operations: number; limit: number }) => ({
    message: `The request holds ${p.operations} operations, and ${p.limit} are the most`,
    hint: "Send several requests; they are answered side by side.",
  }),
  "stream-in-batch": () => ({
    message: "An operation whose answer goes on cannot be one of several in a request",
    hint: "Send subscriptions and live queries each in a request of its own.",
  }),
  "stream-accept": () => ({
    message: "The answer to this operation goes on, and the request does not take such answers",
    hint: "Send `accept: text/event-stream`; answers come as server-sent events, as the GraphQL-SSE protocol says.",
  }),
  "too-many-streams": (p: { open: number; limit: number }) => ({
    message: `${p.open} streams are open already, and no more can be opened now`,
    hint: `Close those that are not needed: one consumer may have ${p.limit}. One stream can tell of all products.`,
  }),
  "no-runs": () => ({
    message: "This process does not know of runs",
    hint: "Ask the one that runs the pipelines: mesh up.",
  }),
  "token-required": () => ({
    message: "Only who is known may listen to runs",
    hint: "Send a token as `Authorization: Bearer <token>`.",
  }),
  "stream-broken": () => ({
    message: "The stream cannot go on",
    hint: "Connect again with the id of the last event as Last-Event-ID; the log of the server says more.",
  }),
  "rate-exceeded": (p: { what: string; waitMs: number }) => ({
    message: `More ${p.what} were asked for than one consumer may have`,
    hint: `Ask again after ${Math.max(1, Math.ceil(p.waitMs / 1_000))} s, and less often. Who sends a token is counted by name and not by address.`,
    retryAfterMs: p.waitMs,
  }),
  "document-unknown": (p: { id: string }) => ({
    message: `There is no document ${p.id}`,
    hint: "Send the document itself as `query`, or add it to the mesh's documents folder and restart the gateway.",
  }),
  "document-mismatch": (p: { id: string }) => ({
    message: `The document is not the one that ${p.id} stands for`,
    hint: "Send either the id alone, or the SHA-256 of the very text in `query`, in hexadecimal.",
  }),
  "document-required": () => ({
    message: "This gateway answers the documents in its folder and no others",
    hint: "Send `documentId` with the SHA-256 of one of them, and ask the operators to add yours: a file in documents/.",
  }),
  "introspection-denied": (p: { authenticated: boolean }) => ({
    message: "The schema is not shown here",
    hint: p.authenticated
      ? "Send a token: who is known may ask for the schema. dataProducts lists what there is."
      : "dataProducts lists what there is; the contracts tell the rest.",
  }),
  "changed-between-parts": () => ({
    message: "The data changed before this part was answered, and an answer is made from one state",
    hint: "Ask again. What came before this part is as it was when the question came.",
  }),
  "changed-meanwhile": (p: { attempts: number }) => ({
    message: `the data changed ${p.attempts} times while the operation was being answered`,
    hint: "Ask again; if it stays, ask for fewer fields at a time.",
    retryAfterMs: 1_000,
  }),
  "sql-port-in-use": (p: { host: string; port: number }) => ({
    message: `Port ${p.port} on ${p.host}, for SQL, is taken by another program`,
    hint: "Stop that program, or choose another port with MESH_SQL_PORT=5434 (0 takes any free one, off takes none).",
  }),
  "sql-protocol": (p: { problem: string }) => ({
    message: `This is not Postgres' protocol as it is spoken here: ${p.problem}`,
    hint: "Connect with a client of PostgreSQL, such as psql, node-postgres, psycopg or JDBC.",
  }),
  "sql-message-too-large": (p: { bytes: number; limitBytes: number }) => ({
    message: `A message of ${p.bytes} bytes came, and ${p.limitBytes} are allowed`,
    hint: "Send long lists of values in several statements.",
  }),
  "sql-unsupported": (p: { what: string; instead: string }) => ({
    message: `${p.what} is not supported`,
    hint: p.instead,
  }),
  "sql-syntax": (p: { problem: string }) => ({
    message: p.problem,
    hint: "The SQL port reads products: SELECT, COPY (SELECT …) TO STDOUT, cursors, and statements about the session.",
  }),
  "sql-many-statements": (p: { count: number }) => ({
    message: `${p.count} statements came in one message, and more than one of them reads data`,
    hint: "Send one statement at a time. Use WITH for intermediate results.",
  }),
  "sql-unknown-statement": (p: { name: string }) => ({
    message: `There is no prepared statement ${p.name === "" ? "without a name" : p.name} in this session`,
    hint: "It was never prepared, or was closed.",
  }),
  "sql-unknown-cursor": (p: { name: string }) => ({
    message: `There is no cursor ${p.name === "" ? "without a name" : p.name} in this session`,
    hint: "It was never opened, was closed, or ended with its transaction.",
  }),
  "sql-unknown-savepoint": (p: { name: string }) => ({
    message: `There is no savepoint ${p.name} in this transaction`,
    hint: "It was never set, or was released.",
  }),
  "sql-statement-taken": (p: { name: string }) => ({
    message: `There is a prepared statement ${p.name} already`,
    hint: "Close the first one, or choose another name.",
  }),
  "sql-cursor-taken": (p: { name: string }) => ({
    message: `There is a cursor ${p.name} already`,
    hint: "Close the first one, or choose another name.",
  }),
  "sql-too-many-open": (p: { kind: string; limit: number }) => ({
    message: `This session has ${p.limit} ${p.kind} open, and that is the most`,
    hint: "Close those that are not needed any more.",
  }),
  "sql-text-too-long": (p: { length: number; limit: number }) => ({
    message: `The text is ${p.length} characters long, and the most is ${p.limit}`,
    hint: "Send fewer statements at a time, and long lists as values of $1, ….",
  }),
  "sql-rest-too-large": () => ({
    message: "The client has not taken these rows for a while, and there are too many to keep them all for it",
    hint: "Take rows as they come, ask for fewer, or fetch the product as a file.",
  }),
  "sql-transaction-failed": () => ({
    message: "A statement of this transaction has failed, so nothing more is done in it",
    hint: "Send ROLLBACK, or ROLLBACK TO a savepoint.",
  }),
  "sql-no-transaction": (p: { what: string }) => ({
    message: `${p.what} is for inside of transactions`,
    hint: "Send BEGIN first.",
  }),
  "sql-unknown-setting": (p: { name: string }) => ({
    message: `There is no setting ${p.name}`,
    hint: "SHOW ALL lists the settings of a session.",
  }),
  "sql-bad-setting": (p: { name: string; value: string; expected: string }) => ({
    message: `${p.name} cannot be ${JSON.stringify(p.value)}`,
    hint: `It can be ${p.expected}.`,
  }),
  "sql-bad-value": (p: { what: string; reason: string }) => ({
    message: `The value of ${p.what} cannot be read: ${p.reason}`,
    hint: "Send it as text, or in the binary form of its type.",
  }),
  "sql-parameter-count": (p: { given: number; needed: number }) => ({
    message: `${p.given} values were given for a statement with ${p.needed} parameters`,
    hint: "Give one value for each of $1, $2, …",
  }),
  "sql-result-changed": () => ({
    message: "The statement has other columns or types than when it was prepared",
    hint: "Prepare it again: the product or what you may see of it has changed.",
  }),
  "sql-access-changed": (p: { product: string }) => ({
    message: `What you may see of ${p.product} has changed while it was being read`,
    hint: "What came before this error is not the whole answer. Ask again; `mesh access` tells which agreements are in force.",
  }),
  "sql-cancelled": () => ({
    message: "The statement was cancelled because its client asked for that",
    hint: "Ask again when you want the answer.",
  }),
  "sql-timed-out": (p: { seconds: number }) => ({
    message: `The statement took longer than ${p.seconds} seconds`,
    hint: "Ask for less at a time, or set statement_timeout to more where the server allows it.",
  }),
  "sql-client-stalled": (p: { seconds: number }) => ({
    message: `The client has not taken any of the answer for ${p.seconds} seconds`,
    hint: "Read the answer as it comes, or fetch it in parts through a cursor.",
  }),
  "sql-idle": (p: { seconds: number; where: string }) => ({
    message: `Nothing came from the client for ${p.seconds} seconds ${p.where}`,
    hint: "Connect again. A pool of connections should drop idle ones earlier.",
  }),
  "sql-slow-sign-in": (p: { seconds: number }) => ({
    message: `Signing in took longer than ${p.seconds} seconds`,
    hint: "Connect again; if it stays, look for what delays the network or asks for the password.",
  }),
  "sql-stopping": () => ({
    message: "The server is stopping",
    hint: "Connect again in a moment.",
    retryAfterMs: 5_000,
  }),
  "sql-too-many-connections": (p: { limit: number; whose: string }) => ({
    message: `${p.limit} connections${p.whose} are open, and that is the most`,
    hint: "Close those that are not needed, share them in a pool, or try again later.",
    retryAfterMs: 5_000,
  }),
  "sql-unknown-database": (p: { name: string }) => ({
    message: `There is no database ${JSON.stringify(p.name)}`,
    hint: "The database is mesh; domains are its schemas.",
  }),
  "sql-no-user": () => ({
    message: "No user was named",
    hint: "Connect as the one your token or service key is for, or as anonymous for what is public.",
  }),
  "sql-sign-in-refused": (p: { user: string }) => ({
    message: `Signing in as ${JSON.stringify(p.user)} failed`,
    hint: "The password is a token (`mesh token`), or the key of a service. Nobody needs one to sign in as anonymous.",
  }),
  "sql-other-user": (p: { user: string }) => ({
    message: `The credential is not for ${JSON.stringify(p.user)}`,
    hint: "Connect as the name that the token or key was made for, or as token.",
  }),
  "sql-tls-needed": () => ({
    message: "A token is only taken over TLS or from this machine",
    hint: "Connect with sslmode=require, or use a service key, which never crosses the network. The operator turns TLS on with MESH_SQL_TLS_CERT and MESH_SQL_TLS_KEY.",
  }),
  "sql-too-many-attempts": (p: { seconds: number }) => ({
    message: "Too many attempts to sign in have failed from this address",
    hint: `Wait ${p.seconds} seconds, and use a token that is good.`,
    retryAfterMs: p.seconds * 1_000,
  }),
  "sql-signed-out": (p: { reason: string }) => ({
    message: `This session has ended: ${p.reason}`,
    hint: "Connect again with a token or key that is good.",
  }),
  "sql-catalog-mixed": () => ({
    message: "One statement cannot read both products and the catalog",
    hint: "Ask pg_catalog or information_schema in one statement, and products in another.",
  }),
  "sql-catalog-refused": (p: { message: string }) => ({
    message: p.message,
    hint: "This was asked of the catalog, a Postgres without data of its own that can only be read: pg_catalog and information_schema. Ask for products in a statement without its words.",
  }),
  "sql-catalog-slow": (p: { seconds: number }) => ({
    message: `The catalog did not answer within ${p.seconds} seconds`,
    hint: "Ask for less: statements about the catalog alone should take milliseconds.",
  }),
  "sql-catalog-paused": (p: { seconds: number }) => ({
    message: `A statement of yours about the catalog took too long: for ${p.seconds} seconds it takes no other one`,
    hint: "Wait, and ask for less then. The next one that takes too long means twice the pause. Products can be asked meanwhile.",
  }),
  "sql-catalog-too-large": (p: { limit: string }) => ({
    message: `The answer from the catalog is larger than ${p.limit}`,
    hint: "Ask for fewer rows or columns.",
  }),
  "sql-catalog-failed": (p: { reason: string }) => ({
    message: `The catalog cannot answer: ${p.reason}`,
    hint: "Products can still be asked. Try again; if it stays, tell the operators.",
  }),
  "sql-tls-files": (p: { file: string; reason: string }) => ({
    message: `The certificate or key of the SQL port cannot be used: ${p.reason}`,
    hint: `Look at ${p.file}; MESH_SQL_TLS_CERT and MESH_SQL_TLS_KEY name PEM files that belong together.`,
  }),
  "no-such-file": (p: { path: string }) => ({
    message: `Nothing is at ${p.path}`,
    hint: "GET /products lists what there is: /products/<domain>/<product>.csv, .json, .ndjson, .parquet or .arrow.",
  }),
  "unknown-product": (p: { product: string; major: number | undefined; known?: readonly string[] }) => ({
    message: `There is no data product ${p.product}${p.major === undefined ? "" : ` in version ${p.major}`}`,
    hint: `${guess(p.product, p.known)}GET /products lists what there is.`,
  }),
  "no-such-stream": (p: { path: string; known: readonly string[] }) => ({
    message: `${p.path} names no product to listen to`,
    hint: `Listen at ${p.known.map((id) => `/streams/${id}`).join(", ") || "/streams/<domain>/<product>, once there is a product"}.`,
  }),
  "no-such-snapshot": (p: { product: string; snapshot: string; kept: readonly string[] }) => ({
    message: `The state ${p.snapshot} of ${p.product} is not kept`,
    hint: `Kept are ${p.kept.join(", ") || "none"}. Leave snapshot out for the current one.`,
  }),
  "unknown-parameter": (p: { parameter: string; known: readonly string[] }) => ({
    message: `A file has no parameter ${JSON.stringify(p.parameter)}`,
    hint: `Its parameters are ${p.known.join(", ")}.`,
  }),
  "bad-parameter": (p: { parameter: string; problem: string }) => ({
    message: `${p.parameter} ${p.problem}`,
    hint: 'Such as select=code,name&order=-week,code&limit=100&where={"week":{"withinLast":"P4W"}}, with the where encoded for an address.',
  }),
  "read-only": (p: { method: string }) => ({
    message: `Files can only be read, and ${p.method} is no way of reading`,
    hint: "Use GET or HEAD. Data change in the pipelines of their domains.",
  }),
  "export-elsewhere": (_: { format: string }) => ({
    message: "Parquet files are not made by this server",
    hint: "Ask for .arrow, .csv or .ndjson, or ask the server that mesh up runs.",
  }),
  "export-too-large": (p: { limitBytes: number }) => ({
    message: `The file would be larger than the ${p.limitBytes} bytes that this server keeps for exports`,
    hint: "Ask for fewer rows or columns (where, select, limit), or for .arrow, .csv or .ndjson, which are kept nowhere.",
  }),
  "too-many-files": (p: { files: number }) => ({
    message: `${p.files} files are being sent already`,
    hint: "Try again in a moment.",
    retryAfterMs: 5_000,
  }),
  "file-late": (p: { ms: number }) => ({
    message: `The file was not begun within ${Math.ceil(p.ms / 1_000)} s`,
    hint: "Ask for fewer rows or columns (where, select, limit), or try again later.",
    retryAfterMs: 5_000,
  }),
  unexpected: (p: { id: string }) => ({
    message: `Something went wrong on our side (reference ${p.id})`,
    hint: "Try again; if it stays, give the reference to the operators, who find it in the server's log.",
  }),
});

function guess(name: string, known: readonly string[] = []): string {
  const meant = nearest(name, known);
  return meant === undefined ? "" : `Did you mean ${meant}? `;
}
