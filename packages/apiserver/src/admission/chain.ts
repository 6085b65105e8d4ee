/** All admission plug-ins of a server, asked one after the other. */

import type { AdmissionAttributes, AdmissionPlugin, Settle } from './plugin.ts'

export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[]

  constructor(plugins: readonly AdmissionPlugin[]) {
    this.#plugins = plugins
  }

  /** Those that may change the object: for most writes there are none. */
  mutators(attributes: AdmissionAttributes): readonly AdmissionPlugin[] {
    return this.#plugins.filter((plugin) => plugin.mutate !== undefined && plugin.handles(attributes))
  }

  /**
   * True when a plug-in may have changed the object.
   * @throws {StatusError} when one refuses
   */
  async mutate(attributes: AdmissionAttributes, asked = this.mutators(attributes)): Promise<boolean> {
    let again = false
    for (const plugin of asked) {
      if ((await plugin.mutate?.(attributes)) === true) again = true
    }
    // Once more, so that those before the change see it; a second change is nobody's reason for a third round.
    for (const plugin of again ? asked : []) {
      await (plugin.reinvoke === undefined ? plugin.mutate?.(attributes) : plugin.reinvoke(attributes))
    }
    return asked.length > 0
  }

  /**
   * @returns to be called once when the write is over
   * @throws {StatusError} when one refuses; what others had reserved is given back by then
   */
  async validate(attributes: AdmissionAttributes): Promise<Settle> {
    const settles: Settle[] = []
    const settle: Settle = (stored) => {
      for (const each of settles.splice(0)) each(stored)
    }
    try {
      for (const plugin of this.#plugins) {
        if (plugin.validate === undefined || !plugin.handles(attributes)) continue
        const own = await plugin.validate(attributes)
        if (typeof own === 'function') settles.push(own)
      }
    } catch (error) {
      settle(false)
      throw error
    }
    return settle
  }
}
