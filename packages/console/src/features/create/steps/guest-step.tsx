/** What the guest is told at its first start. */

import { checkCloudConfig, snippets, withSnippet, type CloudConfigFinding } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import {
  Button,
  Form,
  Menu,
  Notice,
  PasswordField,
  Section,
  Segments,
  SelectField,
  Stack,
  TextAreaField,
  TextField,
  helpBelow,
} from '../../../ui/index.ts'
import styles from '../create.module.css'
import { loginData, type WizardForm } from '../form.ts'
import type { StepProps } from '../step-props.ts'

export function GuestStep({ wizard }: StepProps) {
  const t = useMessages('create')
  const { form } = wizard.state
  const choose = (guest: WizardForm['guest']): void => {
    // What the short form says is where the long one begins.
    const begin = guest === 'yaml' && form.guest === 'login' ? { userData: loginData(form) } : {}
    wizard.change({ guest, ...begin })
  }
  return (
    <Section title={t('steps.guest')}>
      <Stack>
        <div>
          <Segments
            label={t('steps.guest')}
            value={form.guest}
            options={[
              { value: 'none', label: t('guest.none') },
              { value: 'login', label: t('guest.login') },
              { value: 'yaml', label: t('guest.yaml') },
              { value: 'sysprep', label: t('guest.sysprep') },
            ]}
            onChange={choose}
          />
        </div>
        {form.guest === 'none' && <p className={styles['lead']}>{t('guest.noneText')}</p>}
        {form.guest === 'login' && <LoginFields wizard={wizard} />}
        {form.guest === 'yaml' && <CloudConfigFields wizard={wizard} />}
        {form.guest === 'sysprep' && <SysprepFields wizard={wizard} />}
      </Stack>
    </Section>
  )
}

function LoginFields({ wizard }: Pick<StepProps, 'wizard'>) {
  const t = useMessages('create')
  const { form } = wizard.state
  return (
    <>
      {form.password === '' && form.sshKey === '' && <Notice tone="attention" title={t('guest.nobody')} />}
      <Form columns={2}>
        <TextField
          label={t('guest.user')}
          inputWrapperOrder={[...helpBelow]}
          description={t('guest.userText')}
          value={form.user}
          onChange={(event) => wizard.change({ user: event.currentTarget.value.trim() })}
        />
        <PasswordField
          label={t('guest.password')}
          inputWrapperOrder={[...helpBelow]}
          description={t('guest.passwordText')}
          autoComplete="new-password"
          value={form.password}
          onChange={(event) => wizard.change({ password: event.currentTarget.value })}
        />
      </Form>
      <TextAreaField
        label={t('guest.keys')}
        inputWrapperOrder={[...helpBelow]}
        description={t('guest.keysText')}
        placeholder="ssh-ed25519 AAAA…"
        rows={3}
        spellCheck={false}
        value={form.sshKey}
        onChange={(event) => wizard.change({ sshKey: event.currentTarget.value })}
      />
    </>
  )
}

function CloudConfigFields({ wizard }: Pick<StepProps, 'wizard'>) {
  const t = useMessages('create')
  const { form } = wizard.state
  const words: Record<string, string> = {
    updates: t('snippet.updates'),
    agent: t('snippet.agent'),
    packages: t('snippet.packages'),
    timezone: t('snippet.timezone'),
    ntp: t('snippet.ntp'),
    file: t('snippet.file'),
    command: t('snippet.command'),
    swap: t('snippet.swap'),
    docker: t('snippet.docker'),
    webserver: t('snippet.webserver'),
  }
  return (
    <>
      <div>
        <Menu
          label={t('guest.snippets')}
          groups={[
            {
              items: snippets.map((snippet) => ({
                id: snippet.id,
                label: words[snippet.id] ?? snippet.id,
                onSelect: () => wizard.change({ userData: withSnippet(form.userData, snippet) }),
              })),
            },
          ]}
        >
          <Button icon="add">{t('guest.snippets')}</Button>
        </Menu>
      </div>
      <TextAreaField
        className={styles['mono'] ?? ''}
        label={t('guest.userData')}
        rows={14}
        spellCheck={false}
        value={form.userData}
        onChange={(event) => wizard.change({ userData: event.currentTarget.value })}
      />
      <Findings findings={checkCloudConfig(form.userData)} />
      <TextAreaField
        className={styles['mono'] ?? ''}
        label={t('guest.networkData')}
        inputWrapperOrder={[...helpBelow]}
        description={t('guest.networkDataText')}
        rows={4}
        spellCheck={false}
        value={form.networkData}
        onChange={(event) => wizard.change({ networkData: event.currentTarget.value })}
      />
    </>
  )
}

function Findings({ findings }: { findings: readonly CloudConfigFinding[] }) {
  const t = useMessages('create')
  const words: Record<CloudConfigFinding['reason'], (finding: CloudConfigFinding) => string> = {
    header: ({ detail }) => t('finding.header', { detail }),
    syntax: ({ detail }) => detail,
    notAMap: () => t('finding.notAMap'),
    unknownKey: ({ detail }) => t('finding.unknownKey', { detail }),
    tooLarge: ({ detail }) => t('finding.tooLarge', { detail }),
    duplicate: ({ detail }) => detail,
  }
  return (
    <ul className={styles['findings']} aria-live="polite">
      {findings.map((finding) => (
        <li key={`${finding.line} ${finding.reason} ${finding.detail}`} data-severity={finding.severity}>
          {finding.severity === 'error' ? '■ ' : '▲ '}
          {t('finding.line', { line: finding.line })} {words[finding.reason](finding)}
        </li>
      ))}
    </ul>
  )
}

function SysprepFields({ wizard }: Pick<StepProps, 'wizard'>) {
  const t = useMessages('create')
  const { sysprep } = wizard.state.form
  return (
    <>
      <p className={styles['lead']}>{t('guest.sysprepText')}</p>
      <Form columns={2}>
        <SelectField
          label={t('guest.sysprepKind')}
          data={[
            { value: 'configMap', label: 'ConfigMap' },
            { value: 'secret', label: 'Secret' },
          ]}
          allowDeselect={false}
          value={sysprep.kind}
          onChange={(kind) =>
            wizard.change({ sysprep: { ...sysprep, kind: kind === 'secret' ? 'secret' : 'configMap' } })
          }
        />
        <TextField
          label={t('guest.sysprepName')}
          value={sysprep.name}
          onChange={(event) => wizard.change({ sysprep: { ...sysprep, name: event.currentTarget.value.trim() } })}
        />
      </Form>
    </>
  )
}
