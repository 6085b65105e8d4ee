/** What an evaluation may cost. Every step of the evaluator spends here, so that no expression runs without end. */

/** Kubernetes' limit on one evaluation of one expression. */
export const perCallLimit = 10_000_000
/** Kubernetes' limit on all expressions over one object. */
export const perObjectLimit = 100_000_000

/** The expression was cut off: it had cost more than its budget. */
export class CelBudgetExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
    this.name = 'CelBudgetExceeded'
  }
}

export class CelBudget {
  readonly limit: number
  #spent = 0

  /** @param limit in cost units; one is about one step of the evaluator */
  constructor(limit: number) {
    this.limit = limit
  }

  /** What was spent so far; never above the limit by more than the last step. */
  get spent(): number {
    return this.#spent
  }

  /** @throws CelBudgetExceeded when that makes more than the limit */
  spend(cost: number): void {
    this.#spent += cost
    if (this.#spent > this.limit) throw new CelBudgetExceeded()
  }
}
