/** The same answer as a table, JSON, YAML or names. */

import type { KubeObject, Resource } from '@berth/meta'
import type { OptionSpec } from '../command.ts'
import type { CommandContext } from '../context.ts'
import type { Input } from '../input.ts'
import { renderTable } from './table.ts'

export const outputFormats = ['wide', 'json', 'yaml', 'name'] as const
export type OutputFormat = (typeof outputFormats)[number]

export const outputOption: OptionSpec = {
  flags: '-o, --output FORMAT',
  summary: 'json, yaml, name or wide instead of the table',
  choices: outputFormats,
}

/** For commands that answer with things that have names, and no table to widen. */
export const namedOutputOption: OptionSpec = {
  flags: '-o, --output FORMAT',
  summary: 'json, yaml or name',
  choices: ['json', 'yaml', 'name'],
}

/** For commands whose answer is no object. */
export const dataOutputOption: OptionSpec = {
  flags: '-o, --output FORMAT',
  summary: 'json or yaml',
  choices: ['json', 'yaml'],
}

export function outputOf(input: Input): OutputFormat | undefined {
  return outputFormats.find((format) => format === input.text('output'))
}

export interface ObjectColumn<T> {
  heading: string
  wide?: boolean
  value(object: T): string | undefined
}

/** @param single true prints one object, not a list of one */
export async function printObjects<T extends KubeObject>(
  context: CommandContext,
  objects: readonly T[],
  how: {
    format: OutputFormat | undefined
    resource: Resource<T>
    columns: readonly ObjectColumn<T>[]
    single?: boolean
    /** Said instead of an empty table, on stderr. */
    whenEmpty?: string
  },
): Promise<void> {
  const { format, resource, columns, single = false, whenEmpty } = how
  const { stdout, stderr } = context.terminal
  switch (format) {
    case 'json':
    case 'yaml': {
      const [first] = objects
      const value =
        single && first !== undefined ? first : { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects }
      return printData(context, value, format)
    }
    case 'name': {
      // Not at the top: the options above are part of every start.
      const { qualifiedResource } = await import('@berth/meta')
      for (const object of objects) stdout.write(`${qualifiedResource(resource)}/${object.metadata.name ?? ''}\n`)
      return
    }
    case 'wide':
    case undefined: {
      if (objects.length === 0) return stderr.write(`${whenEmpty ?? 'Nothing found.'}\n`)
      const shown = columns.filter((column) => column.wide !== true || format === 'wide')
      const rows = objects.map((object) => shown.map((column) => column.value(object)))
      stdout.write(
        renderTable(
          shown.map((column) => column.heading),
          rows,
        ),
      )
    }
  }
}

export async function printData(context: CommandContext, value: unknown, format: 'json' | 'yaml'): Promise<void> {
  const text = format === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : await toYaml(value)
  context.terminal.stdout.write(escapeControls(text))
}

/**
 * DEL and the control characters after it, which neither format escapes by itself and terminals obey (U+009B is ESC `[`). JSON
 * has them in strings only, YAML in double-quoted ones; both read the escape as the character.
 */
function escapeControls(text: string): string {
  return text.replace(/[\u007F-\u009F]/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`)
}

export async function toYaml(value: unknown): Promise<string> {
  const { yamlText } = await import('./yaml-text.ts')
  return yamlText(value)
}
