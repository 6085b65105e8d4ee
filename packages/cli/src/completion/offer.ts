/** What could come next on a command line. */

import type { KubeObject } from '@berth/meta'
import type { CommandSpec, Completion, OptionSpec } from '../command.ts'
import type { CommandContext } from '../context.ts'
import type { ProgramTable } from '../usage.ts'

/** Tells the script to offer files. */
const files = [':files']
/** A person waits for the Tab key. */
const serverWaitMs = 2000
const maxOffered = 500

/** @param words typed so far without `berth`; the last one is unfinished, perhaps empty */
export async function offer(table: ProgramTable, words: readonly string[], context: CommandContext): Promise<string[]> {
  const typed = words.slice(0, -1)
  const last = words.at(-1) ?? ''
  const offered = await candidates(table, typed, last, context)
  if (offered === files) return files
  return offered.filter((word) => word.startsWith(last)).slice(0, maxOffered)
}

async function candidates(
  table: ProgramTable,
  typed: readonly string[],
  last: string,
  context: CommandContext,
): Promise<string[]> {
  const found = findCommand(table, typed)
  if (found === undefined) return nextWords(table, typed)
  const { spec, rest } = found
  const pending = optionNamed(spec, rest.at(-1))
  if (pending !== undefined && takesValue(pending)) {
    return values(pending.choices ?? pending.completion, rest, context)
  }
  if (last.startsWith('-')) return (spec.options ?? []).flatMap(({ flags }) => longName(flags)).concat('--help')
  const position = positionals(spec, rest).length
  const args = spec.args ?? []
  const argument = args[position] ?? (args.at(-1)?.variadic === true ? args.at(-1) : undefined)
  return values(argument?.completion, rest, context)
}

function findCommand(
  table: ProgramTable,
  typed: readonly string[],
): { spec: CommandSpec; rest: readonly string[] } | undefined {
  for (const count of [2, 1]) {
    const name = typed.slice(0, count).join(' ')
    const spec = typed.length >= count ? table.commands.find((command) => command.name === name) : undefined
    if (spec !== undefined) return { spec, rest: typed.slice(count) }
  }
  return undefined
}

function nextWords(table: ProgramTable, typed: readonly string[]): string[] {
  const prefix = typed.length === 0 ? '' : `${typed.join(' ')} `
  const names = table.commands
    .filter(({ hidden, name }) => hidden !== true && name.startsWith(prefix))
    .map(({ name }) => name)
  return [...new Set(names.map((name) => name.slice(prefix.length).split(' ')[0] ?? ''))].sort()
}

function optionNamed(spec: CommandSpec, word: string | undefined): OptionSpec | undefined {
  if (word === undefined || !word.startsWith('-')) return undefined
  return spec.options?.find(({ flags }) => flags.split(/, | /).includes(word))
}

function takesValue({ flags }: OptionSpec): boolean {
  return / [A-Z]+$/.test(flags)
}

function longName(flags: string): string[] {
  const name = /--[a-z-]+/.exec(flags)?.[0]
  return name === undefined ? [] : [name]
}

function positionals(spec: CommandSpec, rest: readonly string[]): string[] {
  return rest.filter((word, index) => {
    if (word.startsWith('-')) return false
    const before = optionNamed(spec, rest[index - 1])
    return before === undefined || !takesValue(before)
  })
}

/** Value of an option that was typed already, so that names come from the right place. */
function optionValue(rest: readonly string[], ...names: string[]): string | undefined {
  const index = rest.findLastIndex((word) => names.includes(word))
  return index < 0 ? undefined : rest[index + 1]
}

async function values(
  completion: Completion | undefined,
  rest: readonly string[],
  context: CommandContext,
): Promise<string[]> {
  if (completion === undefined) return []
  if (typeof completion !== 'string') return [...completion]
  if (completion === 'file') return files
  if (completion === 'image') return images(context)
  if (completion === 'context') return []
  try {
    return await withinTime(context, namesOnServer(completion, rest, context))
  } catch {
    return [] // no server, no names: the Tab key is no place for an error
  }
}

async function namesOnServer(
  kind: Exclude<Extract<Completion, string>, 'image' | 'file' | 'context'>,
  rest: readonly string[],
  context: CommandContext,
): Promise<string[]> {
  const [{ namespaces, persistentVolumeClaims, storageClasses }, api] = await Promise.all([
    import('@berth/kube'),
    import('@berth/api'),
  ])
  const { clusterInstancetypes, clusterPreferences, templateNamespace, templates, virtualMachines } = api
  const kubeconfig = optionValue(rest, '--kubeconfig')
  const named = optionValue(rest, '--context')
  const namespaceTyped = optionValue(rest, '-n', '--namespace')
  const { client, namespace } = await context.connect({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(named === undefined ? {} : { context: named }),
    ...(namespaceTyped === undefined ? {} : { namespace: namespaceTyped }),
  })
  const lists = {
    machine: () => client.list(virtualMachines, { namespace }),
    namespace: () => client.list(namespaces),
    instancetype: () => client.list(clusterInstancetypes),
    preference: () => client.list(clusterPreferences),
    template: () => client.list(templates, { namespace: templateNamespace }),
    snapshot: () => client.list(api.virtualMachineSnapshots, { namespace }),
    disk: () => client.list(persistentVolumeClaims, { namespace }),
    storageclass: () => client.list(storageClasses),
    policy: () => client.list(api.snapshotPolicies, { namespace }),
  }
  const items: readonly KubeObject[] = (await lists[kind]()).items
  return items.map(({ metadata }) => metadata.name ?? '').filter((name) => name !== '')
}

async function images(context: CommandContext): Promise<string[]> {
  const [{ ImageCache }, path, { builtInImage }] = await Promise.all([
    import('@berth/imaging'),
    import('node:path'),
    import('../machines/image-source.ts'),
  ])
  const found = await new ImageCache(path.join(context.dataDirectory, 'images')).list()
  return [builtInImage, ...found.map(({ name }) => name)]
}

function withinTime<T>(context: CommandContext, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = context.clock.after(serverWaitMs, () => reject(new Error('too late')))
    work.then(resolve, reject).finally(cancel)
  })
}
