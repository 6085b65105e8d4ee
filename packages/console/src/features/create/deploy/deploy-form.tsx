import type { VirtualMachineTemplate } from '@berth/api'
import type { TFunction } from 'i18next'
import type { StatusCause } from '@berth/meta'
import { parameterFields, parameterValues, type ParameterField } from '@berth/view'
import { useEffect, useState } from 'react'
import { BackendError, useCapabilities, useRight } from '../../../backend/index.ts'
import { templateFacts } from '../../catalogue/use-templates.ts'
import { useMessages } from '../../../i18n/index.ts'
import { useGo } from '../../../routes/navigation.tsx'
import { useScope } from '../../../routes/scope.ts'
import {
  Button,
  Buttons,
  Form,
  Notice,
  PasswordField,
  Problem,
  Section,
  Stack,
  SuggestField,
  TextAreaField,
  TextField,
  helpBelow,
} from '../../../ui/index.ts'
import styles from '../create.module.css'
import { deployShownAs } from '../show-as.ts'
import { ShowAs } from '../show-as-tabs.tsx'
import { nameWords } from '../name-words.ts'
import { consoleOf } from './console-of.ts'
import { DeployedNotice } from './deployed-notice.tsx'
import { deployTemplate, type Deployed } from './use-deploy.ts'

/** Time for the fingers to rest. */
const restMs = 600

export function DeployForm({ cluster, template }: { cluster: string; template: VirtualMachineTemplate }) {
  const t = useMessages('create')
  const go = useGo()
  const scope = useScope()
  const { data: capabilities } = useCapabilities(cluster)
  const [namespace, setNamespace] = useState(scope.namespace ?? 'default')
  const mayCreate = useRight(cluster, namespace, 'virtualmachines.kubevirt.io/create')
  const fields = parameterFields(template.spec.parameters ?? [])
  const [entered, setEntered] = useState<Record<string, string>>({})
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const [deployed, setDeployed] = useState<Deployed>()
  const values = parameterValues(fields, entered)
  const checked = useCheck({ cluster, template, namespace, values })
  const missing = fields.find(({ name, required, generated }) => required && !generated && (values[name] ?? '') === '')
  const facts = templateFacts(template)

  const deploy = async (): Promise<void> => {
    setBusy(true)
    setFailure(undefined)
    try {
      const made = await deployTemplate({ cluster, template, namespace, values })
      if (made.secrets.length > 0) setDeployed(made)
      else go(consoleOf(cluster, made))
    } catch (error) {
      setFailure(error)
    }
    setBusy(false)
  }

  if (deployed !== undefined) return <DeployedNotice cluster={cluster} deployed={deployed} />
  const causes = causesOf(failure ?? checked)
  const unplaced = causes.filter((cause) => fields.every((field) => errorOf([cause], field, t) === undefined))
  return (
    <form
      className={styles['narrow']}
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy && missing === undefined) void deploy()
      }}
    >
      <Stack gap={4}>
        <p className={styles['lead']}>{facts.description}</p>
        <Section title={t('deploy.parameters')} quiet>
          <Form columns={2}>
            {fields.map((field) => (
              <Parameter
                key={field.name}
                field={field}
                value={entered[field.name] ?? field.value}
                error={errorOf(causes, field, t)}
                onChange={(value) => setEntered({ ...entered, [field.name]: value })}
              />
            ))}
            <SuggestField
              label={t('namespace')}
              inputWrapperOrder={[...helpBelow]}
              description={t('namespaceText')}
              value={namespace}
              data={capabilities?.namespaces.names ?? []}
              onChange={setNamespace}
            />
          </Form>
        </Section>
        {failure !== undefined && <Problem title={t('deploy.failed')} error={failure} />}
        {failure === undefined && checked !== undefined && (causes.length === 0 || unplaced.length > 0) && (
          <Notice tone="attention" title={t('wouldRefuse')}>
            {causes.length === 0
              ? checked.message
              : unplaced.map(({ field, message }) => <div key={`${field} ${message}`}>{message}</div>)}
          </Notice>
        )}
        <Buttons>
          <Button
            type="submit"
            kind="primary"
            icon="play"
            busy={busy}
            reason={
              typeof mayCreate === 'string'
                ? mayCreate
                : missing === undefined
                  ? undefined
                  : t('deploy.missing', { name: missing.label })
            }
          >
            {t('deploy.confirm')}
          </Button>
        </Buttons>
        <ShowAs shown={deployShownAs(template, namespace, values)} />
      </Stack>
    </form>
  )
}

function Parameter({
  field,
  value,
  error,
  onChange,
}: {
  field: ParameterField
  value: string
  error: string | undefined
  onChange: (value: string) => void
}) {
  const t = useMessages('create')
  const props = {
    label: field.label,
    description: field.description,
    value,
    inputWrapperOrder: [...helpBelow],
    'aria-required': field.required && !field.generated,
    placeholder: field.generated ? t('deploy.generated') : '',
    error,
  }
  if (field.kind === 'secret') {
    return (
      <PasswordField {...props} autoComplete="new-password" onChange={(event) => onChange(event.currentTarget.value)} />
    )
  }
  if (field.kind === 'key') {
    return (
      <TextAreaField {...props} rows={2} spellCheck={false} onChange={(event) => onChange(event.currentTarget.value)} />
    )
  }
  return <TextField {...props} spellCheck={false} onChange={(event) => onChange(event.currentTarget.value)} />
}

/** What the server would refuse, a moment after the last change. */
function useCheck({
  cluster,
  template,
  namespace,
  values,
}: {
  cluster: string
  template: VirtualMachineTemplate
  namespace: string
  values: Record<string, string>
}): BackendError | undefined {
  const [found, setFound] = useState<BackendError>()
  const key = JSON.stringify([namespace, values])
  useEffect(() => {
    const stopping = new AbortController()
    const [place, entered] = JSON.parse(key) as [string, Record<string, string>]
    const timer = setTimeout(() => {
      deployTemplate({
        cluster,
        template,
        namespace: place,
        values: entered,
        dryRun: true,
        signal: stopping.signal,
      }).then(
        () => setFound(undefined),
        (error: unknown) => {
          if (error instanceof BackendError && error.code >= 400 && error.code < 500) setFound(error)
        },
      )
    }, restMs)
    return () => {
      clearTimeout(timer)
      stopping.abort()
    }
  }, [cluster, template, key])
  return found
}

/** What the server says of one parameter: found by where the built-in templates put it. */
function errorOf(causes: readonly StatusCause[], { name, kind }: ParameterField, t: TFunction): string | undefined {
  const about = fieldsOf[name] ?? noField
  const found = causes.find(({ field = '' }) => about.test(field))
  if (found === undefined) return undefined
  if (name === 'NAME') return found.message === undefined ? undefined : nameWords(t, found.message)
  return kind === 'size' && found.message?.includes('quantit') === true ? t('deploy.badSize') : found.message
}

const embedded = 'failed to convert unstructured object to VirtualMachine: '

/** The server tells what is wrong with the machine in one sentence about the template; each of its parts is about a field. */
function causesOf(problem: unknown): readonly StatusCause[] {
  if (!(problem instanceof BackendError)) return []
  if (problem.code === 409 && problem.causes.length === 0) return [{ field: 'metadata.name', message: problem.message }]
  return problem.causes.map((cause) => {
    const at = cause.message?.indexOf(embedded) ?? -1
    if (at < 0) return cause
    const text = cause.message?.slice(at + embedded.length) ?? ''
    const mark = text.indexOf(': ')
    return mark < 0
      ? { ...cause, message: text }
      : { ...cause, field: text.slice(0, mark), message: text.slice(mark + 2) }
  })
}

const noField = /^$/
/** Where the built-in templates put their parameters. */
const fieldsOf: Readonly<Record<string, RegExp>> = {
  NAME: /^metadata\.name/,
  CPUS: /cpu/,
  MEMORY: /memory/,
  DISK_SIZE: /storage|size/i,
}
