import type { ValueFormat } from "./frontend-message.ts";
import { message } from "./message-writer.ts";

/** A column of a result, as `RowDescription` tells of it. */
export interface RowField {
  readonly name: string;
  /** 0 unless it is a column of a table in the catalog. */
  readonly tableOid: number;
  readonly columnNumber: number;
  readonly typeOid: number;
  /** Bytes of a value; negative when it varies. */
  readonly typeSize: number;
  readonly typeModifier: number;
}

/** I: idle, T: in a transaction, E: in one that has failed. */
export type TransactionStatus = "I" | "T" | "E";

const saslCodes = { begin: 10, continue: 11, final: 12 };

export const authenticationOk = message("R", (writer) => writer.int32(0));
export const askPassword = message("R", (writer) => writer.int32(3));
export const parseComplete = message("1");
export const bindComplete = message("2");
export const closeComplete = message("3");
export const noData = message("n");
export const portalSuspended = message("s");
export const emptyQueryResponse = message("I");
export const copyDone = message("c");

export function askSasl(mechanisms: readonly string[]): Buffer {
  return message("R", (writer) => {
    writer.int32(saslCodes.begin);
    for (const mechanism of mechanisms) writer.text(mechanism);
    return writer.int8(0);
  });
}

export function saslStep(step: "continue" | "final", data: string): Buffer {
  return message("R", (writer) => writer.int32(saslCodes[step]).string(data));
}

export function parameterStatus(name: string, value: string): Buffer {
  return message("S", (writer) => writer.text(name).text(value));
}

export function backendKeyData(processId: number, secret: number): Buffer {
  return message("K", (writer) => writer.uint32(processId).uint32(secret));
}

/** Answers a client that asked for a newer minor version or for options that we do not know. */
export function negotiateProtocolVersion(minor: number, unknownOptions: readonly string[]): Buffer {
  return message("v", (writer) => {
    writer.int32((3 << 16) | minor).int32(unknownOptions.length);
    for (const name of unknownOptions) writer.text(name);
    return writer;
  });
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return message("Z", (writer) => writer.string(status));
}

export function commandComplete(tag: string): Buffer {
  return message("C", (writer) => writer.text(tag));
}

export function parameterDescription(oids: readonly number[]): Buffer {
  return message("t", (writer) => {
    writer.int16(oids.length);
    for (const oid of oids) writer.uint32(oid);
    return writer;
  });
}

/** @param formats one a field */
export function rowDescription(fields: readonly RowField[], formats: readonly ValueFormat[]): Buffer {
  return message("T", (writer) => {
    writer.int16(fields.length);
    for (const [index, field] of fields.entries()) {
      writer.text(field.name).uint32(field.tableOid).int16(field.columnNumber);
      writer.uint32(field.typeOid).int16(field.typeSize).int32(field.typeModifier);
      writer.int16(formats[index] ?? 0);
    }
    return writer;
  });
}

/** A copy to the client begins: all columns as text. */
/** @param format of all columns: 0 text, 1 binary */
export function copyOutResponse(columns: number, format: 0 | 1): Buffer {
  return message("H", (writer) => {
    writer.int8(format).int16(columns);
    for (let index = 0; index < columns; index += 1) writer.int16(format);
    return writer;
  });
}

/** One-letter field → text, as in the protocol: S, V, C, M, D, H, P, … */
export type NoticeFields = Readonly<
  Partial<Record<"S" | "V" | "C" | "M" | "D" | "H" | "P" | "W" | "s" | "t" | "c", string>>
>;

export function errorResponse(fields: NoticeFields): Buffer {
  return fieldsMessage("E", fields);
}

export function noticeResponse(fields: NoticeFields): Buffer {
  return fieldsMessage("N", fields);
}

function fieldsMessage(type: string, fields: NoticeFields): Buffer {
  return message(type, (writer) => {
    for (const [name, value] of Object.entries(fields)) writer.string(name).text(value);
    return writer.int8(0);
  });
}
