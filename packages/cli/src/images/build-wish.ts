/** The options of `image build` as an ImageBuild. */

import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ImageBuild, ImageBuildFile, ImageBuildSource, ImageCustomisation } from '@berth/api'
import { CliError } from '../failure.ts'
import type { Input } from '../input.ts'
import { imageSource } from '../machines/image-source.ts'
import { isRecipe } from './recipes.ts'

/** @throws {CliError} Usage */
export async function buildOf(input: Input, where: { namespace: string; suffix: string }): Promise<ImageBuild> {
  const [{ imageBuildNamespace, baseImageNamespace }, { buildName }] = await Promise.all([
    import('@berth/api'),
    import('@berth/view'),
  ])
  const publish = input.text('publish')
  if (publish === undefined) {
    throw new CliError('Usage', 'the image needs a name of its own: --publish NAME')
  }
  const customise: ImageCustomisation = {
    packages: input.texts('package').flatMap((text) => text.split(',')),
    files: await Promise.all(input.texts('file').map(fileOf)),
    commands: await Promise.all(input.texts('run').map(commandOf)),
    users: await Promise.all(input.texts('sshUser').map(userOf)),
  }
  const size = input.text('diskSize')
  const target = input.text('to') ?? (where.namespace === imageBuildNamespace ? baseImageNamespace : undefined)
  const keep = input.integer('keep', { min: 1, max: 1000 })
  const timeout = input.duration('timeout')
  const description = input.text('description')
  const storageClass = input.text('storageClass')
  const preference = input.text('preference')
  return {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'ImageBuild',
    metadata: { namespace: where.namespace, name: buildName(publish, where.suffix) },
    spec: {
      from: withAccess(await sourceOf(input.arg(0)), input),
      customise,
      publish: {
        name: publish,
        ...(target === undefined ? {} : { namespace: target }),
        ...(description === undefined ? {} : { description }),
        ...(preference === undefined ? {} : { preference: { name: preference } }),
      },
      ...(size === undefined ? {} : { size }),
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      ...(keep === undefined ? {} : { keepVersions: keep }),
      ...(timeout === undefined ? {} : { timeoutSeconds: Math.ceil(timeout / 1000) }),
    },
  }
}

/** @throws {CliError} Usage */
function withAccess(from: ImageBuildSource, input: Input): ImageBuildSource {
  const [secret, certificates] = [input.text('secret'), input.text('certificates')]
  const access = {
    ...(secret === undefined ? {} : { secretRef: secret }),
    ...(certificates === undefined ? {} : { certConfigMap: certificates }),
  }
  if (from.http !== undefined) return { http: { ...from.http, ...access } }
  if (from.registry !== undefined) return { registry: { ...from.registry, ...access } }
  if (Object.keys(access).length === 0) return from
  throw new CliError('Usage', '--secret and --certificates are for an http(s) URL or docker://IMAGE', {
    remedy: 'Leave them out, or begin with an address.',
  })
}

async function sourceOf(text: string): Promise<ImageBuildSource> {
  if (isRecipe(text)) return { debian: { release: 'bookworm' } }
  const { cloudImage } = await import('@berth/api')
  const known = cloudImage(text, process.arch === 'arm64' ? 'arm64' : 'amd64')
  if (known !== undefined) {
    const { url, checksum } = known
    return { http: { url, ...(checksum === undefined ? {} : { checksum }) } }
  }
  const source = imageSource(text)
  switch (source.kind) {
    case 'url':
      return { http: { url: source.url } }
    case 'container':
      return { registry: { url: `docker://${source.image}` } }
    case 'dataSource':
      return { dataSource: { namespace: source.namespace, name: source.name } }
    case 'builtIn':
    case 'path':
      throw new CliError('Usage', `an image cannot be built from "${text}"`, {
        remedy: 'Name debian-12, an image, NAMESPACE/DATASOURCE, an http(s) URL or docker://IMAGE.',
      })
  }
}

/** `LOCAL:PATH` or `LOCAL:PATH:MODE`. */
async function fileOf(text: string): Promise<ImageBuildFile> {
  const [, local = '', path = '', mode] = /^(.+?):(\/[^:]*)(?::(0?[0-7]{3}))?$/.exec(text) ?? []
  if (local === '') {
    throw new CliError(
      'Usage',
      `--file: "${text}" is not LOCAL:PATH, like motd:/etc/motd or run.sh:/usr/local/bin/run:0755`,
    )
  }
  const bytes = await readFile(local)
  const content = bytes.toString('utf8')
  if (!Buffer.from(content).equals(bytes)) {
    throw new CliError(
      'Usage',
      `--file: ${basename(local)} is no text; put it into a Secret and name that in an ImageBuild`,
    )
  }
  return { path, content, ...(mode === undefined ? {} : { mode }) }
}

/** A command, or `@FILE` with a script. */
function commandOf(text: string): Promise<string> {
  return text.startsWith('@') ? readFile(text.slice(1), 'utf8') : Promise.resolve(text)
}

/** `NAME=KEYFILE`: who may log in with that key, and become root. */
async function userOf(text: string): Promise<NonNullable<ImageCustomisation['users']>[number]> {
  const [, name = '', file = ''] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === '') throw new CliError('Usage', `--ssh-user: "${text}" is not NAME=PUBLIC-KEY-FILE`)
  const keys = (await readFile(file, 'utf8')).split('\n').map((line) => line.trim())
  return { name, sshKeys: keys.filter((line) => line !== '' && !line.startsWith('#')), sudo: true }
}
