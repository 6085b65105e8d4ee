/** Says of every template whether it can be used: one whose image is not on this host says what makes it. */

import { templates, type VirtualMachineTemplate } from '@berth/api'
import { createController, keyOf, parseKey, type Controller } from '@berth/kube'
import { isJsonObject, setCondition, type Json } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { imageNamespace } from '../volumes/image-publisher.ts'

const ready = 'VirtualMachineTemplate is ready to be processed'

export function createTemplateController(services: EngineServices): Controller {
  const { client, informers, clock } = services

  async function reconcile(key: string): Promise<void> {
    const { namespace, name } = parseKey(key)
    const template = informers.templates.get(namespace, name)
    if (template === undefined || template.metadata.deletionTimestamp !== undefined) return
    const missing = imagesOf(template).find(({ namespace: at, name: image }) => !informers.dataSources.get(at, image))
    const { generation } = template.metadata
    const found =
      missing === undefined
        ? { status: 'True', reason: 'Reconciled', message: ready }
        : {
            status: 'False',
            reason: 'ImageMissing',
            message: missingText(missing),
          }
    const update = { type: 'Ready', ...found, ...(generation === undefined ? {} : { observedGeneration: generation }) }
    const before = template.status?.conditions ?? []
    const conditions = setCondition(before, update, clock.now())
    if (conditions !== before)
      await client.updateStatus(templates, { ...template, status: { conditions: [...conditions] } })
  }

  return createController({
    name: 'templates',
    reconcile,
    watches: [
      { informer: informers.templates },
      { informer: informers.dataSources, keys: (image) => templatesWith(keyOf(image)) },
    ],
    ...services.runtime,
  })

  function templatesWith(image: string): string[] {
    return informers.templates
      .list()
      .filter((template) => imagesOf(template).some(({ namespace, name }) => `${namespace}/${name}` === image))
      .map(keyOf)
  }
}

/** Images of this host are made by a command. */
function missingText({ namespace, name }: { namespace: string; name: string }): string {
  return namespace === imageNamespace
    ? `Image ${name} is missing on this host; make it with: berth image build ${name}`
    : `DataSource ${namespace}/${name} does not exist`
}

/** DataSources that the machine's disks are made from, as far as no parameter names them. */
function imagesOf({ spec }: Readonly<VirtualMachineTemplate>): { namespace: string; name: string }[] {
  const disks = member(member(spec.virtualMachine, 'spec'), 'dataVolumeTemplates')
  if (!Array.isArray(disks)) return []
  return disks.flatMap((disk) => {
    const source = member(member(disk, 'spec'), 'sourceRef')
    const [namespace, name] = [member(source, 'namespace'), member(source, 'name')]
    const fixed = typeof namespace === 'string' && typeof name === 'string' && !`${namespace}${name}`.includes('${')
    return fixed ? [{ namespace, name }] : []
  })
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined
}
