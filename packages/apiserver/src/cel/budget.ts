/** What an evaluation may cost. Every step of the evaluator spends here, so that no expression runs without end. */

/** Kubernetes' limit on one evaluation of one expression. */
export const perCallLimit = 10_000_000
/** Kubernetes' limit on all expressions over one object; {@link CelTime} ends them sooner where a unit takes long. */
export const perObjectLimit = 100_000_000

/** The expression was cut off: it had cost more than its budget. */
export class CelBudgetExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
    this.name = 'CelBudgetExceeded'
  }
}

/** Milliseconds that all expressions over one object may take; nobody else is served meanwhile. */
const mostMs = 1000
/** Cost between looks at the clock. Rules that people write end before the first, so that no clock decides about them. */
const unitsPerLook = 100_000

/**
 * The time of several evaluations together. Cost is not time: it is Kubernetes' model of another evaluator, in which a unit of
 * some functions takes a hundred times as long as one of others.
 */
export class CelTime {
  readonly #now: () => number
  readonly #end: number
  #untilLook = unitsPerLook

  /** @param now in milliseconds, from any start */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#end = now() + mostMs
  }

  /** Whether what has cost this took too long. */
  isOverAfter(cost: number): boolean {
    this.#untilLook -= cost
    if (this.#untilLook > 0) return false
    this.#untilLook = unitsPerLook
    return this.#now() > this.#end
  }
}

export class CelBudget {
  readonly limit: number
  readonly #time: CelTime | undefined
  #spent = 0

  /**
   * @param limit in cost units; one is about one step of the evaluator
   * @param time shared by what is evaluated one after the other; without it only the cost is limited
   */
  constructor(limit: number, time?: CelTime) {
    this.limit = limit
    this.#time = time
  }

  /** What was spent so far; never above the limit by more than the last step. */
  get spent(): number {
    return this.#spent
  }

  /** @throws CelBudgetExceeded when that makes more than the limit, or has taken too long */
  spend(cost: number): void {
    this.#spent += cost
    if (this.#spent > this.limit || this.#time?.isOverAfter(cost) === true) throw new CelBudgetExceeded()
  }
}
