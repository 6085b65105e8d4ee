/**
 * Which servers the engine asks for disks and images on behalf of people. On a cluster an importer runs in the network of pods; here it is
 * the engine, on the host itself, where services listen that trust whoever is on the host, and clouds hand out the host's credentials.
 */

import { networkInterfaces } from 'node:os'
import { addressKind, plainAddress, type AddressRule } from '@berth/imaging'

/** What is there for whoever has an export's token. */
const exportsPath = '/api/export.kubevirt.io/'

export interface ImportRulesOptions {
  /** Whether servers of this host may be asked: its loopback and its own addresses. */
  hostServices: boolean
  /** Addresses of this host; the system's unless given. */
  ownAddresses?: () => readonly string[]
}

export class ImportRules {
  readonly #options: ImportRulesOptions
  /** Of the engine's own API; undefined until it listens. */
  #port: number | undefined

  constructor(options: ImportRulesOptions) {
    this.#options = options
  }

  listensOn(port: number): void {
    this.#port = port
  }

  readonly refuses: AddressRule = ({ address, port, path }) => {
    const kind = addressKind(address)
    if (kind === 'linkLocal')
      return 'nothing is imported from link-local addresses, where clouds keep what only hosts may know'
    const { hostServices, ownAddresses = addressesOfHost } = this.#options
    const own = kind === 'loopback' || ownAddresses().some((each) => plainAddress(each) === plainAddress(address))
    if (!own) return undefined
    if (port === this.#port)
      return path.startsWith(exportsPath) ? undefined : 'of the engine itself only exports are imported'
    if (hostServices) return undefined
    return 'it is the host of the engine, which serves people elsewhere as well. Its operator may allow that with `berth up --imports-from-host`'
  }
}

function addressesOfHost(): string[] {
  return Object.values(networkInterfaces()).flatMap((cards) => (cards ?? []).map(({ address }) => address))
}

/** Whether whoever reaches this address is on the host already, where its other services are theirs to reach as well. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || (addressKind(host) === 'loopback' && host !== '0.0.0.0' && host !== '::')
}
