const batches = new WeakSet<Request>();

/** Notes whether a request holds a list of operations. */
export function noteBatch(request: Request, params: unknown): void {
  if (Array.isArray(params)) batches.add(request);
}

/** Whether an operation is one of several, whose answers come as one list. */
export function isBatch(request: Request): boolean {
  return batches.has(request);
}
