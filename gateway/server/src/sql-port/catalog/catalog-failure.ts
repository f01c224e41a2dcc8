import type { NoticeFields } from "../protocol/backend-message.ts";

/** What the catalog itself says about a statement, in the protocol's own fields: state, message, position. */
export class CatalogFailure extends Error {
  override readonly name = "CatalogFailure";
  readonly fields: NoticeFields;

  constructor(fields: NoticeFields) {
    super(fields.M ?? "");
    this.fields = fields;
  }
}
