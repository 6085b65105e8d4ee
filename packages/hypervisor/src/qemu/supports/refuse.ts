/** Ends a check: `what` is missing here, `remedy` is what to do. */
export type Refuse = (what: string, remedy: string) => never
