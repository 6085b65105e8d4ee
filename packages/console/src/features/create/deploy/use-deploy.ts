/** Fills a template in at the server and makes the machine in the chosen namespace, with the person's own rights. */

import {
  generateValue,
  isSecretParameter,
  templates,
  virtualMachines,
  type ProcessedTemplate,
  type VirtualMachine,
  type VirtualMachineTemplate,
} from '@berth/api'
import { BackendError, clusterApi } from '../../../backend/index.ts'
import { createMachines } from '../create-machines.ts'

export interface Deployed {
  machine: VirtualMachine
  message: string
  /** Made for this machine and shown once. */
  secrets: { name: string; value: string }[]
}

export interface DeployRequest {
  cluster: string
  template: VirtualMachineTemplate
  namespace: string
  values: Record<string, string>
  dryRun?: boolean
  signal?: AbortSignal
}

export async function deployTemplate(request: DeployRequest): Promise<Deployed> {
  const { cluster, template, namespace, values, dryRun = false, signal } = request
  const api = clusterApi(cluster)
  const secrets = madeSecrets(template, values)
  const made = Object.fromEntries(secrets.map(({ name, value }) => [name, value]))
  const { namespace: home = '', name = '' } = template.metadata
  const processed = await api.subresource<ProcessedTemplate>(
    {
      group: `subresources.${templates.group}`,
      version: templates.version,
      resource: templates.resource,
      namespace: home,
      name,
    },
    'process',
    { method: 'POST', body: { parameters: { ...values, ...made } }, ...(signal === undefined ? {} : { signal }) },
  )
  // The server has checked that it is one.
  const machine = processed.virtualMachine as unknown as VirtualMachine
  const wanted = {
    ...machine,
    metadata: { ...machine.metadata, namespace: machine.metadata.namespace ?? namespace },
  }
  const created = dryRun
    ? await api.create(virtualMachines, wanted, { dryRun, ...(signal === undefined ? {} : { signal }) })
    : await deployed(cluster, wanted)
  return { machine: created, message: processed.message ?? '', secrets }
}

async function deployed(cluster: string, machine: VirtualMachine): Promise<VirtualMachine> {
  const [answer] = await createMachines(cluster, 'deploy', [machine])
  if (answer === undefined || answer instanceof BackendError) throw answer
  return answer
}

/** Made here rather than by the server, which does not tell what it made. */
function madeSecrets({ spec }: VirtualMachineTemplate, given: Record<string, string>): Deployed['secrets'] {
  return (spec.parameters ?? []).flatMap((parameter) => {
    const { name, generate, from = '', value = '' } = parameter
    const open = isSecretParameter(parameter) && generate === 'expression' && value === ''
    return open && given[name] === undefined ? [{ name, value: generateValue(from, secureRandom) }] : []
  })
}

const steps = 2 ** 32

/** 0 to just under 1. */
function secureRandom(): number {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return number / steps
}
