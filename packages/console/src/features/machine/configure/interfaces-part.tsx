/** Network interfaces of the manifest, each with the network of its name. */

import type { JsonObject } from '@berth/meta'
import { draftValue, valueAt } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Empty, FieldGroup } from '../../../ui/index.ts'
import { useDraftContext } from './draft-context.tsx'
import { FieldRow } from './field-row.tsx'
import { places } from './field-table.ts'
import { interfaceFields, namedItems } from './list-fields.ts'
import styles from './configure.module.css'

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
          {interfaceFields(each, networks).map((field) => (
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

function networkText(network: JsonObject | undefined, pod: string): string {
  if (network === undefined) return ''
  const name = valueAt(network, ['multus', 'networkName'])
  return typeof name === 'string' ? name : pod
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number++) if (!taken.includes(`nic${number}`)) return `nic${number}`
}
