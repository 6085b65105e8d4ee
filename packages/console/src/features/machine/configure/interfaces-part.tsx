/** Network interfaces of the manifest, each with the network of its name. */

import { isJsonObject, type JsonObject } from '@berth/meta'
import { draftValue, valueAt, type DraftPath } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Empty, FieldGroup } from '../../../ui/index.ts'
import { namedItems } from './disks-part.tsx'
import { useDraftContext } from './draft-context.tsx'
import { FieldRow } from './field-row.tsx'
import { places, type FieldSpec } from './field-table.ts'
import styles from './configure.module.css'

const models = ['', 'virtio', 'e1000', 'e1000e', 'igb', 'rtl8139']

export function InterfacesPart() {
  const t = useMessages('machine')
  const { machineDraft } = useDraftContext()
  const value = draftValue(machineDraft.draft)
  const interfaces = namedItems(valueAt(value, [...places.devices, 'interfaces']))
  const networks = namedItems(valueAt(value, [...places.spec, 'networks']))
  const names = interfaces.map(({ name }) => name)
  const add = (): void => {
    const name = freeName(names)
    machineDraft.set([...places.devices, 'interfaces', { name }], { name, masquerade: {} })
    machineDraft.set([...places.spec, 'networks', { name }], { name, pod: {} })
  }
  const remove = (name: string): void => {
    machineDraft.set([...places.devices, 'interfaces', { name }], undefined)
    machineDraft.set([...places.spec, 'networks', { name }], undefined)
  }
  return (
    <>
      {interfaces.length === 0 && <Empty icon="network" title={t('network.defaultOnly')} />}
      {interfaces.map((each) => (
        <FieldGroup
          key={each.name}
          legend={each.name}
          description={networkText(
            networks.find(({ name }) => name === each.name),
            t('network.pod'),
          )}
        >
          {fieldsOf(each.name, networks).map((field) => (
            <FieldRow key={field.id} field={field} />
          ))}
          <div className={styles['remove']}>
            <Button kind="quiet" icon="remove" onClick={() => remove(each.name)}>
              {t('configure.removeOf', { name: each.name })}
            </Button>
          </div>
        </FieldGroup>
      ))}
      <div>
        <Button icon="add" onClick={add}>
          {t('network.add')}
        </Button>
      </div>
    </>
  )
}

function fieldsOf(name: string, networks: readonly JsonObject[]): FieldSpec[] {
  const place: DraftPath = [...places.devices, 'interfaces', { name }]
  const network = networks.find((each) => each['name'] === name)
  const multus: FieldSpec[] =
    network !== undefined && isJsonObject(network['multus'])
      ? [{ id: 'networkName', path: [...places.spec, 'networks', { name }, 'multus', 'networkName'], kind: 'text' }]
      : []
  return [
    ...multus,
    { id: 'nicModel', path: [...place, 'model'], kind: 'select', options: models },
    { id: 'macAddress', path: [...place, 'macAddress'], kind: 'text' },
    { id: 'bootOrder', path: [...place, 'bootOrder'], kind: 'number', least: 1 },
    { id: 'ports', path: [...place, 'ports'], kind: 'yaml' },
  ]
}

function networkText(network: JsonObject | undefined, pod: string): string {
  if (network === undefined) return ''
  const name = valueAt(network, ['multus', 'networkName'])
  return typeof name === 'string' ? name : pod
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number++) if (!taken.includes(`nic${number}`)) return `nic${number}`
}
