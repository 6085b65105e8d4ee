/** The wizard's state, kept for the tab: leaving and coming back loses nothing but secrets. */

import { openDraft, readYaml, withText } from '@berth/view'
import { isJsonObject, type JsonObject, type KubeObject } from '@berth/meta'
import { useCallback, useEffect, useState } from 'react'
import { useSession } from '../../backend/index.ts'
import { useScope } from '../../routes/scope.ts'
import { emptyForm, type WizardForm } from './form.ts'
import { draftOf, nameIn, storable, withForm, type WizardState } from './manifest.ts'

const storageKey = 'berth.create'

export interface WizardHandle {
  state: WizardState
  change: (change: Partial<WizardForm>) => void
  /** The text of the manifest, as typed. */
  type: (text: string) => void
  /** A manifest from elsewhere. @returns what is wrong with it */
  load: (text: string) => 'notYaml' | 'otherKind' | undefined
  reset: () => void
}

export function useWizard(start: Partial<WizardForm>): WizardHandle {
  const { clusters } = useSession()
  const scope = useScope()
  const [first] = clusters
  const cluster = scope.cluster ?? first?.id ?? ''
  const namespace =
    scope.namespace ?? clusters.find(({ id }) => id === cluster)?.namespace ?? first?.namespace ?? 'default'
  const [state, setState] = useState<WizardState>(() => {
    const kept = stored()
    const form = { ...emptyForm({ cluster, namespace }), ...kept?.form, ...start }
    return kept?.manual === undefined ? { form } : { form, manual: kept.manual }
  })
  useEffect(() => {
    sessionStorage.setItem(storageKey, JSON.stringify(storable(state)))
  }, [state])
  return {
    state,
    change: useCallback((change) => setState((current) => withForm(current, change)), []),
    type: useCallback((text) => {
      setState((current) => {
        const draft = draftOf(current)
        return draft === undefined ? current : { ...current, manual: withText(draft, text) }
      })
    }, []),
    load: useCallback((text) => {
      const read = readYaml(text)
      if (!('value' in read)) return 'notYaml'
      const object = read.value
      if (object['kind'] !== 'VirtualMachine') return 'otherKind'
      setState((current) => ({
        form: { ...current.form, batch: { ...current.form.batch, pattern: nameIn(object) ?? '' }, source: undefined },
        // Kept as it was written, comments and all.
        manual: withText(openDraft(asObject(object)), text),
      }))
      return undefined
    }, []),
    reset: useCallback(() => {
      sessionStorage.removeItem(storageKey)
      setState({ form: emptyForm({ cluster, namespace }) })
    }, [cluster, namespace]),
  }
}

export function forgetWizard(): void {
  sessionStorage.removeItem(storageKey)
}

function asObject(object: JsonObject): KubeObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
  return { ...object, apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata }
}

/** Of an older page, or of somebody's hand: what does not fit is left. */
function stored(): WizardState | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(storageKey) ?? 'null')
    if (typeof value !== 'object' || value === null || !('form' in value)) return undefined
    // Only this page writes it.
    return value as WizardState
  } catch {
    return undefined
  }
}
