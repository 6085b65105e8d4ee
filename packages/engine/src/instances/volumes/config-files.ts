/** Volumes that bring objects of the API into the guest, as files. */

import { configMaps, secrets } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { EngineError } from '../../errors.ts'
import { downwardApiEntries } from './downward-api.ts'
import { isoFile } from './iso.ts'
import { serviceAccountEntries } from './service-account.ts'
import { missing, type ConfigEntries, type VolumeFile, type VolumeRequest } from './volume-file.ts'

/** As KubeVirt labels them; `volumeLabel` comes first. */
const defaultLabel = 'cfgdata'
const sysprepLabel = 'unattendCD'

export async function configFile(request: VolumeRequest): Promise<VolumeFile> {
  const { configMap, secret, downwardAPI, sysprep } = request.volume
  const given = (configMap ?? secret ?? downwardAPI)?.volumeLabel
  const label = given !== undefined && given !== '' ? given : sysprep === undefined ? defaultLabel : sysprepLabel
  return isoFile(request, { label, files: await configEntries(request) })
}

/**
 * The files of a configMap, secret, sysprep, downwardAPI or serviceAccount volume.
 * @throws {EngineError} MissingDependency
 * @throws {StatusError} NotFound, when it is not optional
 */
export async function configEntries(request: VolumeRequest): Promise<ConfigEntries> {
  const { configMap, secret, sysprep, downwardAPI, serviceAccount, name } = request.volume
  if (configMap !== undefined) return orNothing(configMap.optional, configMapEntries(request, configMap.name ?? ''))
  if (secret !== undefined) return orNothing(secret.optional, secretEntries(request, secret.secretName ?? ''))
  if (sysprep !== undefined) return sysprepEntries(request)
  if (downwardAPI !== undefined) return downwardApiEntries(request)
  if (serviceAccount !== undefined) return serviceAccountEntries(request)
  throw missing(request.instance, `the files of volume "${name}"`)
}

async function configMapEntries({ instance, services }: VolumeRequest, name: string): Promise<ConfigEntries> {
  const namespace = instance.metadata.namespace ?? ''
  const { data = {}, binaryData } = await services.client.get(configMaps, { namespace, name })
  const texts = Object.entries(data).map(([key, value]): [string, Buffer] => [key, Buffer.from(value)])
  return new Map([...texts, ...fromBase64(binaryData)])
}

async function secretEntries({ instance, services }: VolumeRequest, name: string): Promise<ConfigEntries> {
  const namespace = instance.metadata.namespace ?? ''
  return new Map(fromBase64((await services.client.get(secrets, { namespace, name })).data))
}

/** Windows looks for these names, in any case of letters. */
const answerFiles: readonly string[] = ['autounattend.xml', 'unattend.xml']

async function sysprepEntries(request: VolumeRequest): Promise<ConfigEntries> {
  const { configMap, secret } = request.volume.sysprep ?? {}
  const entries =
    secret === undefined
      ? await configMapEntries(request, configMap?.name ?? '')
      : await secretEntries(request, secret.name ?? '')
  if ([...entries.keys()].some((key) => answerFiles.includes(key.toLowerCase()))) return entries
  throw new EngineError(
    'MissingDependency',
    'Sysprep drive should contain autounattend.xml or unattend.xml but neither were found.',
    {
      remedy: `Add one of them to the ${secret === undefined ? 'ConfigMap' : 'Secret'} of volume "${request.volume.name}".`,
    },
  )
}

function fromBase64(data: Record<string, string> = {}): [string, Buffer][] {
  return Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')])
}

async function orNothing(optional: boolean | undefined, entries: Promise<ConfigEntries>): Promise<ConfigEntries> {
  try {
    return await entries
  } catch (error) {
    if (optional === true && error instanceof StatusError && error.code === 'NotFound') return new Map()
    throw error
  }
}
