import type { NetworkCard } from '@berth/view'
import { useLists } from '../../catalogue/use-lists.ts'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Form, IconButton, Section, SelectField, Stack, TextField, helpBelow } from '../../../ui/index.ts'
import styles from '../create.module.css'
import { networkKind } from '../volume-claims.ts'
import type { StepProps } from '../step-props.ts'

const pod = 'pod'

export function NetworkStep({ wizard }: StepProps) {
  const t = useMessages('create')
  const { form } = wizard.state
  const networks = useLists(networkKind)
  const names = networks.items
    .filter(({ cluster }) => cluster === form.cluster)
    .map(({ item }) => `${item.metadata.namespace ?? ''}/${item.metadata.name ?? ''}`)
  const change = (index: number, card: NetworkCard): void =>
    wizard.change({ networks: form.networks.map((present, at) => (at === index ? card : present)) })
  return (
    <>
      <Section title={t('network.cards')}>
        <Stack>
          {form.networks.length === 0 && <p className={styles['lead']}>{t('network.none')}</p>}
          {form.networks.map((card, index) => (
            <div key={index} className={styles['item']}>
              <TextField
                label={t('network.name')}
                value={card.name}
                onChange={(event) => change(index, { ...card, name: event.currentTarget.value.trim() })}
              />
              <SelectField
                label={t('network.network')}
                data={[{ value: pod, label: t('network.pod') }, ...names.map((name) => ({ value: name, label: name }))]}
                value={card.network ?? pod}
                onChange={(value) => change(index, onNetwork(card, value))}
              />
              <SelectField
                label={t('network.model')}
                data={['virtio', 'e1000e', 'e1000', 'rtl8139']}
                placeholder="virtio"
                clearable
                value={card.model ?? null}
                onChange={(value) => change(index, withModel(card, value))}
              />
              <TextField
                label={t('network.mac')}
                placeholder={t('network.macText')}
                value={card.macAddress ?? ''}
                onChange={(event) => change(index, { ...card, macAddress: event.currentTarget.value.trim() })}
              />
              <IconButton
                icon="remove"
                label={t('remove', { name: card.name })}
                onClick={() => wizard.change({ networks: form.networks.filter((_present, at) => at !== index) })}
              />
            </div>
          ))}
          <div>
            <Button
              icon="add"
              onClick={() =>
                wizard.change({
                  networks: [...form.networks, { name: `net${form.networks.length + 1}`, binding: 'masquerade' }],
                })
              }
            >
              {t('network.add')}
            </Button>
          </div>
        </Stack>
      </Section>
      <Section title={t('network.guest')}>
        <Form columns={2}>
          <TextField
            label={t('network.hostname')}
            inputWrapperOrder={[...helpBelow]}
            description={t('network.hostnameText')}
            value={form.hostname}
            onChange={(event) => wizard.change({ hostname: event.currentTarget.value.trim() })}
          />
        </Form>
      </Section>
    </>
  )
}

function onNetwork({ network: _network, ...card }: NetworkCard, value: string | null): NetworkCard {
  return value === null || value === pod
    ? { ...card, binding: 'masquerade' }
    : { ...card, network: value, binding: 'bridge' }
}

function withModel({ model: _model, ...card }: NetworkCard, value: string | null): NetworkCard {
  const model = (['virtio', 'e1000e', 'e1000', 'rtl8139'] as const).find((name) => name === value)
  return model === undefined ? card : { ...card, model }
}
