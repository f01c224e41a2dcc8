import { kebabCase } from "@thoth/kernel/names";
import type { ProductModel, PromiseModel } from "../product-model.ts";
import { serviceLevel } from "./service-level.ts";
import { yamlComment, yamlText } from "./yaml-text.ts";

/**
 * The promises of a product as OpenSLO documents: the product is the service, every promise that can be measured an SLO.
 * @source OpenSLO v1
 */
export function openSlo(model: ProductModel): string {
  const names = new Map<string, number>();
  const levels = model.promises.map((promise) => describeSlo(promise, model, names));
  const others = model.promises.filter((_, index) => levels[index] === undefined);
  const notes = others.map(({ property, value, unit }) =>
    `Promised, but no service level: ${property} ${value} ${unit ?? ""}`.trim(),
  );
  const documents = [describeService(model), ...levels.filter((level) => level !== undefined)];
  return yamlComment(notes) + documents.map(yamlText).join("---\n");
}

function describeService(model: ProductModel) {
  return {
    apiVersion: "openslo/v1",
    kind: "Service",
    metadata: metadata(model.product, model.title, model),
    spec: { description: shortened(model.purpose) },
  };
}

function describeSlo(promise: PromiseModel, model: ProductModel, names: Map<string, number>) {
  const level = serviceLevel(promise, model.id);
  if (level === undefined) return undefined;
  const name = unique(`${model.product}-${kebabCase(promise.property)}`, names);
  return {
    apiVersion: "openslo/v1",
    kind: "SLO",
    metadata: metadata(name, `${model.title}: ${level.title}`, model),
    spec: {
      description: promise.description ?? level.title,
      service: resourceName(model.product),
      indicator: { metadata: { name: resourceName(`${name}-indicator`) }, spec: level.indicator },
      timeWindow: [{ duration: "30d", isRolling: true }],
      budgetingMethod: level.budgetingMethod,
      objectives: [{ displayName: level.title, ...level.objective }],
    },
  };
}

function metadata(name: string, displayName: string, { id, version, domain }: ProductModel) {
  return {
    name: resourceName(name),
    displayName,
    labels: { domain },
    annotations: { "thoth-mesh/contract": `${id}@${version}` },
  };
}

/** A product may make one promise several times, for several columns. */
function unique(name: string, names: Map<string, number>): string {
  const count = (names.get(name) ?? 0) + 1;
  names.set(name, count);
  return count === 1 ? name : `${name}-${count}`;
}

/** RFC 1123: lower-case letters, digits and hyphens, at most 63. */
function resourceName(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-");
  return plain.slice(0, 63).replaceAll(/^-+|-+$/g, "");
}

/** OpenSLO keeps descriptions below 1050 characters. */
function shortened(text: string): string {
  return text.length <= 1050 ? text : `${text.slice(0, 1049)}…`;
}
