/** Returns epoch milliseconds. Time is a parameter everywhere below the composition root. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
