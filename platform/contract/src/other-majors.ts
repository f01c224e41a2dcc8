import type { OtherMajor, ProductModel } from "./product-model.ts";

/** Every major version of one product that is served, each knowing what the others let people see. */
export function withOtherMajors(models: readonly ProductModel[]): ProductModel[] {
  return models.map((model) => ({
    ...model,
    otherMajors: models.filter(({ major }) => major !== model.major).map(termsOf),
  }));
}

function termsOf({ major, columns, roles, consent }: ProductModel): OtherMajor {
  return { major, columns, roles, consent };
}
