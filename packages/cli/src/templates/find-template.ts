/** Which template a name means, and what a list shows of each. */

import { templateAnnotations, templateNamespace, templates, type VirtualMachineTemplate } from '@berth/api'
import type { Client } from '@berth/kube'
import { getCondition, unlessMissing } from '@berth/meta'
import type { Session } from '../context.ts'
import { CliError } from '../failure.ts'
import type { ObjectColumn } from '../output/print-objects.ts'

/** Those of a namespace and of the catalogue, in the catalogue's order; of all namespaces where none is given. */
export async function templatesFor(client: Client, namespace: string | undefined): Promise<VirtualMachineTemplate[]> {
  const places = namespace === undefined ? [undefined] : [...new Set([namespace, templateNamespace])]
  const lists = await Promise.all(
    places.map((place) => client.list(templates, place === undefined ? {} : { namespace: place })),
  )
  return lists.flatMap(({ items }) => items).toSorted((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1))
}

/** A person's own templates come before the catalogue. */
function orderOf({ metadata }: VirtualMachineTemplate): string {
  const order = metadata.annotations?.[templateAnnotations.order] ?? ''
  return `${order} ${metadata.namespace ?? ''}/${metadata.name ?? ''}`
}

/** `NAME` of the namespace or of the catalogue, or `NAMESPACE/NAME`. */
export async function findTemplate({ client, namespace }: Session, text: string): Promise<VirtualMachineTemplate> {
  const [first = '', second, ...more] = text.split('/')
  if (first === '' || second === '' || more.length > 0) {
    throw new CliError('Usage', `"${text}" is neither NAME nor NAMESPACE/NAME`)
  }
  const name = second ?? first
  const places = second === undefined ? [namespace, templateNamespace] : [first]
  for (const place of places) {
    const found = await unlessMissing(client.get(templates, { namespace: place, name }))
    if (found !== undefined) return found
  }
  throw new CliError('NotFound', `there is no template "${name}" in ${places.join(' or ')}`, {
    remedy: 'See what there is with `berth template list`.',
  })
}

export const templateColumns: readonly ObjectColumn<VirtualMachineTemplate>[] = [
  { heading: 'NAME', value: ({ metadata }) => metadata.name },
  { heading: 'NAMESPACE', value: ({ metadata }) => metadata.namespace },
  { heading: 'SYSTEM', value: ({ metadata }) => metadata.annotations?.[templateAnnotations.displayName] },
  {
    heading: 'READY',
    value: ({ status }) => (getCondition(status?.conditions, 'Ready')?.status === 'True' ? 'yes' : 'no'),
  },
  {
    heading: 'PARAMETERS',
    wide: true,
    value: ({ spec }) => (spec.parameters ?? []).map(({ name }) => name).join(','),
  },
  { heading: 'REMARK', wide: true, value: (template) => whyNotReady(template) },
]

export function whyNotReady({ status }: VirtualMachineTemplate): string | undefined {
  const ready = getCondition(status?.conditions, 'Ready')
  return ready === undefined || ready.status === 'True' ? undefined : ready.message
}
