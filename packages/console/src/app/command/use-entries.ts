/** What the command bar offers for a text: pages, machines, verbs, and what a verb would touch. */

import { useMemo } from 'react'
import { useQueries } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { templateAnnotations, templates, type VirtualMachineTemplate } from '@berth/api'
import { quote, type Row, type Selection } from '@berth/view'
import { capabilitiesQuery, clusterApi, useSession } from '../../backend/index.ts'
import { openConsole } from '../../features/consoles/index.ts'
import { stateWord, useMessages } from '../../i18n/index.ts'
import { useRowsStore, useTable } from '../../live/index.ts'
import { createPath, machinePath, machineTabPath, tasksPath, workloadsPath } from '../../routes/paths.ts'
import { scopeQuery, useScope, useSetScope } from '../../routes/scope.ts'
import { setDock } from '../dock-state.ts'
import { railItems } from '../rail.tsx'
import type { Entry } from './entry.ts'
import { parseCommand, verbsFor, type Command, type OpenedBy } from './parse-command.ts'

const mostRows = 8
const machines = 'kind:VirtualMachine,VirtualMachineInstance'

export interface Entries {
  entries: readonly Entry[]
  /** Said above them: how many match, or why nothing does. */
  hint?: string
}

export function useEntries(text: string): Entries {
  const t = useMessages('app')
  const scope = useScope()
  const command = useMemo(() => parseCommand(text), [text])
  const asked = queryOf(command)
  const part = scopeQuery(scope)
  const query = useMemo(
    () => ({ table: 'workloads' as const, query: `${part} ${asked ?? 'name:""'}`.trim(), sort: [{ column: 'name' }] }),
    [part, asked],
  )
  const store = useRowsStore(query)
  const table = useTable(store)
  const namespaces = useNamespaces(command)
  const found = useTemplatesNamed(command)
  const rows =
    asked === undefined
      ? []
      : table.window.flatMap((line) => {
          const row = typeof line === 'string' ? store.row(line) : undefined
          return row === undefined ? [] : [row]
        })
  const hint = table.refusal?.message
  switch (command.kind) {
    case 'go':
      return {
        entries: [
          ...pagesFor(command.text, t),
          ...rows.slice(0, mostRows).map((row) => machineEntry(row, t)),
          ...verbEntries(text, t),
        ],
      }
    case 'action': {
      if (asked === undefined) return { entries: [], hint: t('command.whichMachines') }
      const word = t(`actions:action.${command.action}`)
      const whole: Selection = { kind: 'query', table: 'workloads', query: query.query, except: [] }
      const names = rows.slice(0, 3).map(({ name }) => name)
      const all: Entry = {
        id: 'all',
        label: t('command.all', { action: word, count: table.total }),
        detail: names.join(', ') + (table.total > names.length ? ' …' : ''),
        icon: 'tasks',
        does: { kind: 'ask', action: command.action, selection: whole },
      }
      const single = rows.slice(0, mostRows).map((row): Entry => ({
        ...machineEntry(row, t),
        label: t('command.one', { action: word, name: row.name }),
        reason: row.refused[command.action],
        does: {
          kind: 'ask',
          action: command.action,
          selection: { kind: 'keys', keys: [row.key] },
          name: row.name,
        },
      }))
      if (table.total === 0) return { entries: [], hint: hint ?? t('command.none') }
      return { entries: table.total > 1 ? [all, ...single] : single }
    }
    case 'open': {
      const entries = rows.slice(0, mostRows).map((row) => openEntry(row, command.what, t))
      return asked === undefined
        ? { entries: [], hint: t('command.whichMachine') }
        : { entries, ...(entries.length === 0 ? { hint: hint ?? t('command.none') } : {}) }
    }
    case 'create':
      return {
        entries: [
          ...found,
          { id: 'create', label: t('command.create'), icon: 'add', does: { kind: 'go', href: createPath() } },
        ],
      }
    case 'namespace':
      return { entries: namespaces }
  }
}

/** Undefined where no machines are asked for. */
function queryOf(command: Command): string | undefined {
  switch (command.kind) {
    case 'go':
      return command.text === '' ? undefined : `${machines} name:${quoted(`*${command.text}*`)}`
    case 'action':
    case 'open':
      return command.query === '' ? undefined : `${machines} ${command.query}`
    case 'create':
    case 'namespace':
      return undefined
  }
}

/** A pattern with blanks is no pattern to the language: then only the whole name is found. */
function quoted(pattern: string): string {
  return /[\s",\\]/.test(pattern) ? quote(pattern.slice(1, -1)) : pattern
}

function pagesFor(text: string, t: ReturnType<typeof useMessages>): Entry[] {
  const typed = text.toLowerCase()
  const pages: Entry[] = railItems.map(({ id, icon, href }) => ({
    id: `page-${id}`,
    label: t(`rail.${id}`),
    icon,
    does: { kind: 'go', href: href() },
  }))
  pages.push({ id: 'page-tasks', label: t('dock.tasks'), icon: 'tasks', does: { kind: 'go', href: tasksPath() } })
  const found = pages.filter(({ label }) => label.toLowerCase().includes(typed))
  if (text === '') return found
  return [
    ...found,
    {
      id: 'search',
      label: t('command.search', { text }),
      icon: 'search',
      does: { kind: 'go', href: workloadsPath({ q: text }) },
    },
  ]
}

function verbEntries(text: string, t: ReturnType<typeof useMessages>): Entry[] {
  return verbsFor(text).map((verb) => ({
    id: `verb-${verb}`,
    label: `${verb} …`,
    detail: t(`command.verb.${verb}`, { defaultValue: '' }),
    icon: 'next',
    does: { kind: 'type', text: `${verb} ` },
  }))
}

function machineEntry(row: Row, t: TFunction): Entry {
  const { cluster, namespace, name } = row
  return {
    id: row.key,
    label: name,
    detail: `${stateWord(t, row.status)} · ${namespace}`,
    tone: row.tone,
    does: { kind: 'go', href: machinePath({ cluster, namespace, name }) },
  }
}

function openEntry(row: Row, what: OpenedBy, t: TFunction): Entry {
  const { cluster, namespace, name } = row
  if (what === 'why') return machineEntry(row, t)
  if (what === 'clone' || what === 'export') {
    const href = machineTabPath({ cluster, namespace, name, tab: 'disks' }, { open: what })
    return { ...machineEntry(row, t), reason: row.refused[what], does: { kind: 'go', href } }
  }
  const kind = what === 'vnc' ? ('vnc' as const) : ('serial' as const)
  return {
    ...machineEntry(row, t),
    reason: row.refused[what],
    does: {
      kind: 'run',
      run() {
        const opened = { cluster, namespace, name, kind }
        openConsole(opened)
        setDock({ open: true, tab: JSON.stringify([cluster, namespace, name, kind]) })
      },
    },
  }
}

/** By name or title; each leads to its form. */
function useTemplatesNamed(command: Command): Entry[] {
  const t = useMessages('app')
  const { clusters } = useSession()
  const wanted = command.kind === 'create'
  const answers = useQueries({
    queries: clusters.map(({ id, state }) => ({
      queryKey: ['command', 'templates', id],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        clusterApi(id).list<VirtualMachineTemplate>(templates, { signal }),
      enabled: wanted && state === 'reachable',
    })),
  })
  if (!wanted) return []
  const typed = command.text.toLowerCase()
  return clusters
    .flatMap(({ id }, index) => (answers[index]?.data?.items ?? []).map((item) => ({ id, item })))
    .map(({ id, item: { metadata } }): Entry => {
      const { name = '', namespace = '', annotations = {} } = metadata
      const title = annotations[templateAnnotations.displayName] ?? name
      return {
        id: `${id}/${namespace}/${name}`,
        label: t('command.createFrom', { name: title }),
        detail: namespace,
        icon: 'template',
        does: { kind: 'go', href: createPath({ template: `${id}/${namespace}/${name}` }) },
      }
    })
    .filter(({ id, label }) => `${id} ${label}`.toLowerCase().includes(typed))
    .slice(0, mostRows)
}

function useNamespaces(command: Command): Entry[] {
  const { clusters } = useSession()
  const setScope = useSetScope()
  const wanted = command.kind === 'namespace'
  const answers = useQueries({
    queries: clusters.map(({ id, state }) => ({ ...capabilitiesQuery(id), enabled: wanted && state === 'reachable' })),
  })
  if (!wanted) return []
  return clusters
    .flatMap(({ id, name }, index) =>
      (answers[index]?.data?.namespaces.names ?? [])
        .filter((namespace) => namespace.includes(command.text))
        .map((namespace): Entry => ({
          id: `${id}/${namespace}`,
          label: namespace,
          ...(clusters.length > 1 ? { detail: name } : {}),
          does: { kind: 'run', run: () => setScope({ cluster: id, namespace }) },
        })),
    )
    .slice(0, 20)
}
