/**
 * Installs the built-in templates at the start. What an administrator did to them stays: a changed template is not written over, a
 * deleted one does not come back, and `data.enabled: "false"` of the ConfigMap that keeps this book installs nothing new. A name taken
 * out of `data.installed` is installed again.
 */

import { createHash } from 'node:crypto'
import { commonTemplates, templateNamespace, templates, type VirtualMachineTemplate } from '@berth/api'
import { configMaps, type Client, type ConfigMap } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { ownLabels } from '../bootstrap/cluster-roles.ts'
import { ensure } from '../bootstrap/ensure.ts'

/** The book of what was installed, in the catalogue's namespace. */
export const catalogueBook = 'catalogue'
/** What the engine wrote: another digest means that somebody changed it. */
const digestAnnotation = 'berth.dev/catalogue-digest'

export async function installCatalogue(client: Client, architecture: 'amd64' | 'arm64'): Promise<void> {
  const book = await ensure<ConfigMap>(client, configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: templateNamespace, name: catalogueBook, labels: ownLabels },
    data: { enabled: 'true', installed: '' },
  })
  const { enabled = 'true', installed = '' } = book.data ?? {}
  if (enabled === 'false') return
  const before = new Set(installed.split('\n').filter((name) => name !== ''))
  const { items } = await client.list(templates, { namespace: templateNamespace })
  const present = new Map(items.map((template) => [template.metadata.name ?? '', template]))
  const wanted = commonTemplates(architecture).map(marked)
  await Promise.all(wanted.map((template) => bring(client, template, { before, present })))
  const names = [...new Set([...before, ...wanted.map(({ metadata }) => metadata.name ?? '')])]
  if (names.length === before.size) return
  await unlessOvertaken(client.update(configMaps, { ...book, data: { ...book.data, installed: names.join('\n') } }))
}

async function bring(
  client: Client,
  wanted: VirtualMachineTemplate,
  { before, present }: { before: ReadonlySet<string>; present: ReadonlyMap<string, VirtualMachineTemplate> },
): Promise<void> {
  const name = wanted.metadata.name ?? ''
  const current = present.get(name)
  if (current === undefined) {
    if (!before.has(name)) await unlessOvertaken(client.create(templates, wanted))
    return
  }
  const written = current.metadata.annotations?.[digestAnnotation]
  const changedByHand = written !== digestOf(current)
  if (changedByHand || written === wanted.metadata.annotations?.[digestAnnotation]) return
  const { labels, annotations } = wanted.metadata
  const metadata = { ...current.metadata, ...(labels && { labels }), ...(annotations && { annotations }) }
  await unlessOvertaken(client.update(templates, { ...wanted, metadata }))
}

function marked(template: VirtualMachineTemplate): VirtualMachineTemplate {
  const metadata = { ...template.metadata, labels: { ...template.metadata.labels, ...ownLabels } }
  return {
    ...template,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [digestAnnotation]: digestOf({ ...template, metadata }) },
    },
  }
}

/** Of what is in it, in whatever order: the store may keep another order of members than was written. */
function digestOf({ metadata: { labels, annotations = {} }, spec }: VirtualMachineTemplate): string {
  const { [digestAnnotation]: _own, ...told } = annotations
  return createHash('sha256').update(ordered({ spec, labels, told })).digest('hex').slice(0, 16)
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : entry,
  )
}

/** Somebody was faster: what is there now is theirs. */
async function unlessOvertaken(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (error instanceof StatusError && ['AlreadyExists', 'Conflict', 'NotFound'].includes(error.code)) return
    throw error
  }
}
