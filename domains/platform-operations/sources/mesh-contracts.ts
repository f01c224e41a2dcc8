import { publishedContracts } from "@thoth/ingest/published-contracts";

export const meshContracts = publishedContracts("mesh-contracts");
