/** What somebody has entered in the wizard, and the wish it comes to. Plain data: it survives leaving the page. */

import type { RunStrategy } from '@berth/api'
import {
  cloudConfig,
  defaultUserOf,
  type Batch,
  type ExtraDisk,
  type MachineSource,
  type MachineWish,
  type NetworkCard,
} from '@berth/view'

export const sourceKinds = ['dataSource', 'url', 'iso', 'container', 'claim', 'copy', 'empty', 'builtIn'] as const
export type FormSource = (typeof sourceKinds)[number]

export interface WizardForm {
  cluster: string
  namespace: string
  batch: Batch
  description: string
  source: FormSource | undefined
  /** Of url and iso. */
  url: string
  checksum: string
  /** `namespace/name` of a DataSource. */
  image: string
  container: string
  /** Name of a claim. */
  claim: string
  sizing: 'custom' | 'instancetype'
  cpus: number
  memory: string
  instancetype: string
  preference: string
  boot: MachineWish['boot']
  tpm: boolean
  diskSize: string
  disks: ExtraDisk[]
  networks: NetworkCard[]
  guest: 'none' | 'login' | 'yaml' | 'sysprep'
  user: string
  /** Never stored. */
  password: string
  sshKey: string
  userData: string
  networkData: string
  sysprep: { kind: 'configMap' | 'secret'; name: string }
  hostname: string
  runStrategy: RunStrategy
  graceSeconds: string
  /** `key=value` each. */
  labels: string[]
  nodeSelector: string[]
}

export function emptyForm(place: { cluster: string; namespace: string }): WizardForm {
  return {
    ...place,
    batch: { pattern: '', count: 1, start: 1 },
    description: '',
    source: undefined,
    url: '',
    checksum: '',
    image: '',
    container: '',
    claim: '',
    sizing: 'custom',
    cpus: 1,
    memory: '1Gi',
    instancetype: '',
    preference: '',
    boot: 'bios',
    tpm: false,
    diskSize: '',
    disks: [],
    networks: [{ name: 'default', binding: 'masquerade' }],
    guest: 'none',
    user: '',
    password: '',
    sshKey: '',
    userData: '#cloud-config\n',
    networkData: '',
    sysprep: { kind: 'configMap', name: '' },
    hostname: '',
    runStrategy: 'Always',
    graceSeconds: '',
    labels: [],
    nodeSelector: [],
  }
}

/** Undefined while something is missing that the source needs. */
export function sourceOf(form: WizardForm): MachineSource | undefined {
  switch (form.source) {
    case undefined:
      return undefined
    case 'dataSource': {
      const [namespace = '', name = ''] = form.image.split('/')
      return name === '' ? undefined : { kind: 'dataSource', namespace, name }
    }
    case 'url':
    case 'iso':
      return form.url === '' ? undefined : { kind: form.source, url: form.url, checksum: form.checksum }
    case 'container':
      return form.container === '' ? undefined : { kind: 'container', image: form.container }
    case 'claim':
      return form.claim === '' ? undefined : { kind: 'claim', name: form.claim }
    case 'copy':
      return form.claim === '' ? undefined : { kind: 'copy', namespace: form.namespace, name: form.claim }
    case 'empty':
      return { kind: 'empty' }
    case 'builtIn':
      return { kind: 'builtIn' }
  }
}

/** @param name of this machine of the batch */
export function wishOf(form: WizardForm, name: string): MachineWish | undefined {
  const source = sourceOf(form)
  if (source === undefined) return undefined
  const labels = pairs(form.labels)
  const nodeSelector = pairs(form.nodeSelector)
  const grace = Number(form.graceSeconds)
  return {
    name,
    namespace: form.namespace,
    source,
    ...sizeOf(form),
    ...(form.preference === '' ? {} : { preference: { name: form.preference } }),
    ...(form.diskSize === '' ? {} : { diskSize: form.diskSize }),
    boot: form.boot,
    tpm: form.tpm,
    start: form.runStrategy === 'Always',
    runStrategy: form.runStrategy,
    disks: form.disks,
    networks: form.networks,
    ...guestOf(form, source),
    ...(form.hostname === '' ? {} : { hostname: form.hostname }),
    ...(form.description === '' ? {} : { description: form.description }),
    ...(labels === undefined ? {} : { labels }),
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
    ...(form.graceSeconds === '' || !Number.isInteger(grace) ? {} : { graceSeconds: grace }),
  }
}

function sizeOf(form: WizardForm): Pick<MachineWish, 'cpus' | 'memory' | 'instancetype'> {
  if (form.sizing === 'instancetype' && form.instancetype !== '') return { instancetype: { name: form.instancetype } }
  return { cpus: form.cpus, memory: form.memory }
}

function guestOf(
  form: WizardForm,
  source: MachineSource,
): Pick<MachineWish, 'userData' | 'networkData' | 'loginUser' | 'sysprep'> {
  const network = form.networkData.trim() === '' ? {} : { networkData: form.networkData }
  switch (form.guest) {
    case 'none':
      return {}
    case 'sysprep':
      return form.sysprep.name === '' ? {} : { sysprep: form.sysprep }
    case 'yaml':
      return { userData: form.userData, ...network }
    case 'login': {
      const imageName = source.kind === 'url' ? source.url : source.kind === 'dataSource' ? source.name : ''
      const loginUser = form.user === '' ? defaultUserOf(imageName) : form.user
      return { userData: loginData(form), ...(loginUser === undefined ? {} : { loginUser }), ...network }
    }
  }
}

/** The user data that the short form comes to. */
export function loginData({ user, password, sshKey }: WizardForm): string {
  return cloudConfig({
    ...(user === '' ? {} : { user }),
    ...(password === '' ? {} : { password }),
    sshKeys: sshKey
      .split('\n')
      .map((key) => key.trim())
      .filter((key) => key !== ''),
  })
}

function pairs(texts: readonly string[]): Record<string, string> | undefined {
  if (texts.length === 0) return undefined
  return Object.fromEntries(
    texts.map((text) => {
      const mark = text.indexOf('=')
      return mark < 0 ? [text, ''] : [text.slice(0, mark), text.slice(mark + 1)]
    }),
  )
}
