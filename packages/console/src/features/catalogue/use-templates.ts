/** Templates that somebody can deploy: those of the namespace in scope, or of all namespaces, and the catalogue's. */

import {
  templateAnnotations,
  templateNamespace,
  templates,
  templateSystemLabel,
  type VirtualMachineTemplate,
} from '@berth/api'
import { getCondition } from '@berth/meta'
import { useScope } from '../../routes/scope.ts'
import { useLists, type Listed, type ListState } from './use-lists.ts'

export type ListedTemplate = Listed<VirtualMachineTemplate>

export function useTemplates(): ListState<VirtualMachineTemplate> {
  const { namespace } = useScope()
  // Who may not list all namespaces may list their own and the catalogue.
  const everywhere = useLists(templates)
  const refused = everywhere.failures.length > 0
  const named = useLists(templates, refused ? [...new Set([namespace ?? 'default', templateNamespace])] : [])
  const found = refused ? named : everywhere
  const items = found.items
    .filter(({ item }) => {
      const own = item.metadata.namespace
      return namespace === undefined || own === namespace || own === templateNamespace
    })
    .toSorted(byOrder)
  return { ...found, items }
}

function byOrder(left: ListedTemplate, right: ListedTemplate): number {
  return keyOf(left).localeCompare(keyOf(right))
}

/** A team's own come before the catalogue. */
function keyOf({ item: { metadata } }: ListedTemplate): string {
  return `${metadata.annotations?.[templateAnnotations.order] ?? ''} ${metadata.name ?? ''}`
}

export interface TemplateFacts {
  title: string
  description: string
  /** Two or three letters. */
  icon: string
  system: string
  builtIn: boolean
  /** Why it cannot be used yet. */
  notReady: string | undefined
}

export function templateFacts({ metadata, spec, status }: VirtualMachineTemplate): TemplateFacts {
  const { name = '', namespace, annotations = {}, labels = {} } = metadata
  const title = annotations[templateAnnotations.displayName] ?? name
  const ready = getCondition(status?.conditions, 'Ready')
  return {
    title,
    description: annotations[templateAnnotations.description] ?? annotations['description'] ?? spec.message ?? '',
    icon: (annotations[templateAnnotations.icon] ?? title).slice(0, 3),
    system: labels[templateSystemLabel] ?? '',
    builtIn: namespace === templateNamespace,
    notReady: ready?.status === 'False' ? (ready.message ?? ready.reason ?? '') : undefined,
  }
}

/** Every word of the search is somewhere in it. */
export function matchesTemplate(template: VirtualMachineTemplate, search: string): boolean {
  const { title, description, system } = templateFacts(template)
  const { name = '', namespace = '' } = template.metadata
  const text = [title, description, system, name, namespace].join(' ').toLowerCase()
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
