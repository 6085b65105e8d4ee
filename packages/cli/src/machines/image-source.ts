/** What `--image` means. */

import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { MachineSource } from '@berth/view'
import { CliError } from '../failure.ts'

/** What a command line can name of all that machines are made from. */
export type ImageSource = Extract<MachineSource, { kind: 'builtIn' | 'url' | 'container' | 'path' | 'dataSource' }>

export const builtInImage = 'tiny-guest'
/** Where the embedded engine publishes the images of its library. */
export const imageNamespace = 'berth-images'

/** As in the registry sources of CDI. */
const containerScheme = 'docker://'
const namePattern = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/

/** @throws {CliError} Usage */
export function imageSource(text: string, options: { cwd?: string } = {}): ImageSource {
  if (text === builtInImage) return { kind: 'builtIn' }
  if (/^https?:\/\//.test(text)) {
    if (URL.canParse(text)) return { kind: 'url', url: text }
    throw new CliError('Usage', `--image: "${text}" is not a URL`)
  }
  if (text.startsWith(containerScheme)) {
    const image = text.slice(containerScheme.length)
    if (/^[^\s/]\S*$/.test(image)) return { kind: 'container', image }
    throw new CliError('Usage', `--image: "${text}" names no container image`)
  }
  if (text.startsWith('~/')) return { kind: 'path', path: resolve(homedir(), text.slice(2)) }
  if (/^\.{0,2}\//.test(text)) return { kind: 'path', path: resolve(options.cwd ?? process.cwd(), text) }
  const [first = '', second, ...more] = text.split('/')
  const [namespace, name] = second === undefined ? [imageNamespace, first] : [first, second]
  if (more.length === 0 && namePattern.test(namespace) && namePattern.test(name))
    return { kind: 'dataSource', namespace, name }
  throw new CliError('Usage', `--image: "${text}" is no image name, URL or path`, {
    remedy:
      'Give a name of `berth image list`, NAMESPACE/DATASOURCE, an http(s) URL, docker://IMAGE, or a path that starts with / or ./',
  })
}

/** The account the image is set up with; undefined where nobody can know. */
export async function defaultUserIn(source: ImageSource): Promise<string | undefined> {
  const { defaultUserOf } = await import('@berth/view')
  return defaultUserOf(nameIn(source))
}

function nameIn(source: ImageSource): string {
  switch (source.kind) {
    case 'dataSource':
      return source.name
    case 'url':
      return source.url
    case 'container':
      return source.image
    case 'builtIn':
    case 'path':
      return ''
  }
}
