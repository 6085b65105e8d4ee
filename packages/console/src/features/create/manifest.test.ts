import { isJsonObject, type JsonObject } from '@berth/meta'
import { withText } from '@berth/view'
import { describe, expect, it } from 'vitest'
import { emptyForm, type WizardForm } from './form.ts'
import { draftOf, objectsOf, storable, withForm, type WizardState } from './manifest.ts'

const place = { cluster: 'local', namespace: 'default' }

function stateOf(change: Partial<WizardForm> = {}): WizardState {
  const batch = { pattern: 'web', count: 1, start: 1 }
  return { form: { ...emptyForm(place), source: 'empty', batch, ...change } }
}

/** With a line put before the run strategy by hand. */
function typed(state: WizardState): WizardState {
  const draft = draftOf(state)
  if (draft === undefined) throw new Error('no draft')
  return { ...state, manual: withText(draft, draft.text.replace('  runStrategy', '  # by hand\n  runStrategy')) }
}

const textOf = (state: WizardState): string => draftOf(state)?.text ?? ''

function at(object: JsonObject | undefined, ...path: string[]): unknown {
  return path.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), object)
}

describe('the manifest of the wizard', () => {
  it('is what the form says until somebody types', () => {
    expect(draftOf({ form: emptyForm(place) })).toBeUndefined()
    expect(textOf(withForm(stateOf(), { memory: '3Gi' }))).toContain('guest: 3Gi')
  })

  it('keeps what was typed when the form changes afterwards', () => {
    const changed = withForm(typed(stateOf()), { memory: '3Gi', tpm: true })
    expect(textOf(changed)).toContain('# by hand')
    expect(textOf(changed)).toContain('guest: 3Gi')
    expect(textOf(changed)).toContain('persistent: true')
  })

  it('keeps a text that is no YAML as it is', () => {
    const draft = draftOf(stateOf())
    if (draft === undefined) throw new Error('no draft')
    const broken = { ...stateOf(), manual: withText(draft, 'a: [') }
    expect(textOf(withForm(broken, { memory: '3Gi' }))).toBe('a: [')
    expect(objectsOf(broken)).toEqual([])
  })

  it('is made for every name of a batch, with what was typed in each', () => {
    const batch = { pattern: 'web-{n}', count: 3, start: 1 }
    const state = stateOf({ batch })
    const draft = draftOf(state)
    if (draft === undefined) throw new Error('no draft')
    const objects = objectsOf({ ...state, manual: withText(draft, draft.text.replace('guest: 1Gi', 'guest: 5Gi')) })
    expect(objects.map(({ name }) => name)).toEqual(['web-1', 'web-2', 'web-3'])
    for (const { name, object } of objects) {
      expect(at(object, 'metadata', 'name')).toBe(name)
      expect(at(object, 'spec', 'template', 'spec', 'domain', 'memory', 'guest')).toBe('5Gi')
      expect(JSON.stringify(object)).toContain(`"${name}-root"`)
    }
  })
})

describe('what is kept beyond the page', () => {
  it('holds no password', () => {
    const state = stateOf({ guest: 'login', password: 'hunter2' })
    expect(JSON.stringify(storable(typed(state)))).not.toContain('hunter2')
    const inYaml = stateOf({ guest: 'yaml', userData: '#cloud-config\npassword: hunter2\n' })
    expect(JSON.stringify(storable(inYaml))).not.toContain('hunter2')
  })
  it('holds everything else', () => {
    const state = typed(stateOf({ guest: 'yaml', userData: '#cloud-config\npackages: [vim]\n' }))
    expect(storable(state)).toEqual(state)
  })
})
