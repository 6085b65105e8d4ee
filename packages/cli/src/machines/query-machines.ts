/** Machines that a query of the console's language matches, worked out here from what the API says. */

import {
  claimNames,
  clusterInstancetypes,
  dataVolumes,
  instancetypes,
  isStandalone,
  migrations,
  ownDataVolumeNames,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { keyFor, keyOf, persistentVolumeClaims, type Client } from '@berth/kube'
import type { KubeObject, Resource } from '@berth/meta'
import { compileQuery, describeProblem, machineRow, parseQuery, type Query } from '@berth/view'
import { CliError } from '../failure.ts'

/** @throws {CliError} Usage, with what to write instead */
export function readQuery(text: string): Query {
  const parsed = parseQuery(text)
  if (parsed.ok) return parsed.query
  throw new CliError(
    'Usage',
    `the query "${text.slice(0, 200)}" cannot be read: ${parsed.problems.map(describeProblem).join(' ')}`,
    {
      remedy: 'Write it like `berth vm list "status:Running memory>=2GiB web-"`; a leading `-` goes behind `--`.',
    },
  )
}

/** Fields of queries that other kinds than machines and instances answer, so that those are read only when they are asked for. */
const behind = {
  claims: ['storage', 'storageclass'],
  types: ['cpus', 'memory'],
  migrations: ['status', 'tone'],
} as const

/** @throws {StatusError} when something that the query asks for may not be read */
export async function matchingMachines(
  machines: readonly VirtualMachine[],
  of: {
    query: Query
    instances: readonly VirtualMachineInstance[]
    client: Client
    /** All unless given. */
    namespace: string | undefined
    now: Date
  },
): Promise<VirtualMachine[]> {
  const { query, client, now } = of
  const where = of.namespace === undefined ? {} : { namespace: of.namespace }
  const asks = (fields: readonly string[]): boolean =>
    query.terms.some((term) => term.kind === 'field' && fields.includes(term.field))
  const list = async <T extends KubeObject>(wanted: boolean, kind: Resource<T>): Promise<Map<string, T>> => {
    const found = wanted ? await client.list(kind, kind.namespaced ? where : {}) : { items: [] }
    return new Map(found.items.map((object) => [keyOf(object), object]))
  }
  const types = asks(behind.types) && machines.some(({ spec }) => spec.instancetype !== undefined)
  const [claims, volumes, ownTypes, clusterTypes, moves] = await Promise.all([
    list(asks(behind.claims), persistentVolumeClaims),
    list(asks(behind.claims), dataVolumes),
    list(types, instancetypes),
    list(types, clusterInstancetypes),
    list(asks(behind.migrations), migrations),
  ])
  const instances = new Map(
    of.instances.filter((each) => !isStandalone(each)).map((instance) => [keyOf(instance), instance]),
  )
  const matcher = compileQuery(query)
  return machines.filter((machine) => {
    const { namespace } = machine.metadata
    const instance = instances.get(keyOf(machine))
    const names = new Set([...claimNames((instance ?? machine.spec.template).spec), ...ownDataVolumeNames(machine)])
    const present = <T>(from: ReadonlyMap<string, T>): T[] =>
      [...names].map((name) => from.get(keyFor(namespace, name))).filter((object) => object !== undefined)
    const { name = '', kind = '' } = machine.spec.instancetype ?? {}
    const type = /^virtualmachineinstancetypes?$/i.test(kind)
      ? ownTypes.get(keyFor(namespace, name))
      : clusterTypes.get(name)
    const row = machineRow({
      cluster: '',
      machine,
      standalone: false,
      instance,
      migration: [...moves.values()].find(
        ({ metadata, spec, status }) =>
          metadata.namespace === namespace &&
          spec.vmiName === machine.metadata.name &&
          status?.phase !== 'Succeeded' &&
          status?.phase !== 'Failed',
      ),
      claims: present(claims),
      dataVolumes: present(volumes),
      instancetype: type?.spec,
      hidden: { instances: false, claims: !asks(behind.claims), dataVolumes: !asks(behind.claims) },
    })
    return matcher.matches(row, now.getTime())
  })
}
