/** Server-side tables (meta.k8s.io Table), which `kubectl get` prints, and the metadata-only form of objects and lists. */

import type { Json, JsonObject, KubeObject, ListMeta } from '@berth/meta'
import type { PrinterColumn, ResourceDefinition } from '../resource/definition.ts'
import { ageCell, cellOf } from './cells.ts'

/** What each row carries of its object; clients ask with `?includeObject=`. */
export type IncludeObject = 'Metadata' | 'Object' | 'None'

export type MetaVersion = 'v1' | 'v1beta1'

export interface TableOptions {
  definition: Pick<ResourceDefinition, 'columns'>
  objects: readonly KubeObject[]
  now: Date
  /** `Metadata` unless given. */
  includeObject?: IncludeObject
  /** Of the list, or `resourceVersion` of a single object. */
  listMeta?: ListMeta
  /** False leaves the column definitions out: in a watch only the first event has them. True unless given. */
  columnDefinitions?: boolean
  /** Instead of the definition's own. */
  columns?: readonly PrinterColumn[]
  version?: MetaVersion
}

export interface Table {
  kind: 'Table'
  apiVersion: string
  metadata: ListMeta
  columnDefinitions: JsonObject[] | null
  rows: { cells: Json[]; object?: JsonObject | null }[]
}

const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  value: (object) => object.metadata.name ?? '',
}

/** Kinds that declare no columns get the ones kube-apiserver gives custom resources. */
const createdAt: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created.',
  value: (object, now) => ageCell(object.metadata.creationTimestamp, now),
}

/** The columns of a table, `Name` first; a definition that brings its own `Name` keeps it. */
export function columnsOf(columns: readonly PrinterColumn[] | undefined): readonly PrinterColumn[] {
  const own = columns === undefined || columns.length === 0 ? [createdAt] : columns
  return own.some((column) => column.format === 'name') ? own : [nameColumn, ...own]
}

/** One table of any number of objects: a list, a single object, or the object of a watch event. */
export function renderTable(options: TableOptions): Table {
  const { definition, objects, now, includeObject = 'Metadata', listMeta = {}, version = 'v1' } = options
  const columns = columnsOf(options.columns ?? definition.columns)
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: listMeta,
    columnDefinitions: options.columnDefinitions === false ? null : columns.map(columnDefinition),
    rows: objects.map((object) => ({
      // The object came off the wire as JSON, which its type does not say.
      cells: columns.map((column) => cellOf(column, object as KubeObject & JsonObject, now)),
      ...rowObject(object, includeObject, version),
    })),
  }
}

function columnDefinition(column: PrinterColumn): JsonObject {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  }
}

function rowObject(object: KubeObject, include: IncludeObject, version: MetaVersion): { object?: JsonObject } {
  if (include === 'None') return {}
  return { object: include === 'Metadata' ? partialObject(object, version) : (object as KubeObject & JsonObject) }
}

/** `PartialObjectMetadata`: identity and metadata, nothing of the content. */
export function partialObject(object: KubeObject, version: MetaVersion = 'v1'): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata as JsonObject,
  }
}

/** `PartialObjectMetadataList` of a list's items. */
export function partialObjectList(
  objects: readonly KubeObject[],
  listMeta: ListMeta,
  version: MetaVersion = 'v1',
): JsonObject {
  return {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: { ...listMeta },
    items: objects.map((object) => partialObject(object, version)),
  }
}
